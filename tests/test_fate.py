import numpy as np
import pytest

from dsrl.fate import are_parts, fates

STEPS = 20


def box(x, y, width, height):
    return [x, y, x + width, y + height]


def test_a_kind_that_moves_is_told_from_one_that_stays_and_from_one_that_flickers():
    boxes = [
        np.array([box(3 * step, 20, 4, 4), box(50, 60, 8, 8), *([box(90, 60, 8, 8)] if step % 2 else [])])
        for step in range(STEPS)
    ]
    tracks = [np.arange(len(frame)) for frame in boxes]
    moves, stays = fates(boxes, tracks, tracks, count=3)
    assert moves.tolist() == [1, 0, 0]
    assert stays == pytest.approx([1 - 1 / STEPS, 1 - 1 / STEPS, 0])


def test_growing_is_no_move():
    boxes = [np.array([box(10, 10, 4 + step, 4)]) for step in range(STEPS)]
    tracks = [np.array([0])] * STEPS
    assert fates(boxes, tracks, tracks, count=1)[0].tolist() == [0]


@pytest.mark.parametrize(("beside", "part"), [(lambda step: 6, True), (lambda step: step % 7, False)])
def test_what_is_always_in_the_same_place_beside_something_larger_is_a_part_of_it(beside, part):
    boxes = [
        np.array([box(3 * step, 40, 10, 10), box(3 * step + beside(step), 50, 2, 2)]) for step in range(STEPS)
    ]
    kinds = [np.array([0, 1])] * STEPS
    assert are_parts(boxes, kinds, moving=np.array([True, True])).tolist() == [False, part]


def test_what_is_now_and_then_alone_is_no_part():
    boxes = [
        np.array([box(3 * step, 40, 10, 10), box(3 * step + 6, 50 + 20 * (step % 4 == 0), 2, 2)])
        for step in range(STEPS)
    ]
    assert not are_parts(boxes, [np.array([0, 1])] * STEPS, np.array([True, True])).any()


def test_what_stands_beside_something_that_stands_is_no_part():
    boxes = [np.array([box(30, 40, 10, 10), box(36, 50, 2, 2)])] * STEPS
    assert not are_parts(boxes, [np.array([0, 1])] * STEPS, np.array([False, False])).any()
