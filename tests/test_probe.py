"""What a latent code says of places, where the answer is known."""

import numpy as np
import pytest

from dsrl.labelled import Label, Labelled
from dsrl.preprocessing import Box, Preprocessing
from dsrl.probe import Probe, islands, latent_symbols, linear_probe

PLAYFIELD = Box(34, 0, 160, 160)


@pytest.fixture(scope="module")
def labelled():
    """A ball that goes everywhere, alone or with two walls, and a mark that is in few frames."""
    random = np.random.default_rng(0)
    frames, labels = np.zeros((240, 2, 210, 160, 3), dtype=np.uint8), []
    for index, (pair, (x, y)) in enumerate(zip(frames, random.integers(20, 60, (240, 2)), strict=True)):
        pair[:, 34 + y : 42 + y, x : x + 8] = 200
        labels.append([Label("Ball", x, 34 + y, 8, 8), *[Label("Wall", 0, 40, 8, 8)] * 2])
        labels[-1] += [Label("Mark", 5, 50, 2, 2)] * (index < 30)
    return Labelled(frames, labels)


@pytest.fixture(scope="module")
def vae(luminance_vae):
    return luminance_vae(PLAYFIELD, np.zeros((210, 160, 3), dtype=np.uint8), 100.0)


def test_the_probe_reads_places_from_a_code_that_has_them(vae, labelled):
    found = linear_probe(vae, labelled)
    assert list(found) == ["Ball"]  # walls are never alone, and marks too seldom in the second half
    assert found["Ball"].frames == 120
    assert found["Ball"].chance == pytest.approx(
        15.3, abs=2
    )  # mean distance from the middle of a square of side 40
    assert found["Ball"].error < found["Ball"].chance / 2


def test_the_probe_finds_nothing_in_a_code_of_something_else(vae, labelled):
    shuffled = labelled._replace(frames=np.random.default_rng(1).permutation(labelled.frames))
    assert linear_probe(vae, shuffled)["Ball"].share < 0.2


def test_no_distance_to_explain_is_nothing_explained():
    assert Probe(0.0, 0.0, 50).share == 0.0


def test_an_island_of_occupied_cells_is_a_symbol_in_native_pixels():
    nats = np.zeros((42, 42))
    nats[2:4, 5:9] = 3.0
    nats[20, 20] = 0.6
    nats[30, 30] = 0.4  # under the threshold
    found = islands(nats, Preprocessing(Box(34, 0, 168, 160)))
    cell = 160 / 42
    assert [symbol.y for symbol in found] == pytest.approx([34 + 3 * 4, 34 + 20.5 * 4])
    assert [symbol.x for symbol in found] == pytest.approx([7 * cell, 20.5 * cell])
    assert (found[0].width, found[0].height) == pytest.approx((4 * cell, 8.0))


def test_the_divergence_alone_finds_the_ball(vae, labelled):
    for (symbol,), (ball, *_) in zip(latent_symbols(vae, labelled), labelled.labels, strict=True):
        assert abs(symbol.x - ball.centre[0]) < 4
        assert abs(symbol.y - ball.centre[1]) < 4
