"""Few-shot accuracy, where it is known."""

import numpy as np
import pytest

from dsrl.fewshot import few_shot_accuracy


def test_what_looks_unlike_is_told_from_one_example_and_chance_is_chance():
    categories = ["ball", "bat"] * 50
    apart = np.array([[0.0, 1.0], [1.0, 0.0]] * 50)
    assert few_shot_accuracy(apart, categories, shots=1) == 1.0
    noise = np.random.default_rng(0).normal(size=(100, 2))
    assert few_shot_accuracy(noise, categories, shots=4) == pytest.approx(0.5, abs=0.1)


def test_the_examples_themselves_do_not_count():
    # Both balls that are left look like bats; counted with the examples, one in two would be right.
    looks, categories = np.array([[0.0]] * 2 + [[1.0]] * 40), ["ball"] * 2 + ["bat"] * 40
    swapped = looks.copy()
    swapped[0] = 1.0
    assert few_shot_accuracy(swapped, categories, shots=1, seed=0) < 1.0
    assert few_shot_accuracy(looks, categories, shots=1) == 1.0


def test_categories_with_too_few_objects_are_left_out_and_one_alone_tells_nothing():
    looks, categories = np.array([[0.0], [1.0]] * 10 + [[5.0]]), ["ball", "bat"] * 10 + ["rare"]
    assert few_shot_accuracy(looks, categories, shots=4) == 1.0
    assert few_shot_accuracy(looks, categories, shots=10) is None
    assert few_shot_accuracy(np.zeros((0, 1)), [], shots=1) is None


def test_the_same_seed_gives_the_same_figure():
    looks, categories = np.random.default_rng(0).normal(size=(60, 3)), ["a", "b", "c"] * 20
    first, again, other = (few_shot_accuracy(looks, categories, 4, seed) for seed in (0, 0, 1))
    assert first == again != other
