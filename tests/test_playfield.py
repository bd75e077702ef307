"""The playfield: where things move, found without labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dsrl.calibration import View
from dsrl.playfield import SMALLEST, TRAVEL, _in_play, find_playfield, travels
from dsrl.preprocessing import WHOLE_SCREEN

BALL, DIGITS, BAR = (236, 236, 236), (144, 72, 17), (92, 186, 92)


def views(top: int = 60, bottom: int = 160, steps: int = 80):
    """Yield a ball that goes up and down between two rows, a score that counts, and a bar that shrinks."""
    for step in range(steps):
        frame = np.zeros((210, 160, 3), dtype=np.uint8)
        phase = step * 5 % (2 * (bottom - 4 - top))
        y = top + min(phase, 2 * (bottom - 4 - top) - phase)
        frame[y : y + 4, 40 + step % 60 : 44 + step % 60] = BALL
        frame[8:16, 20 + 4 * (step // 20) : 28] = DIGITS
        frame[180:186, 20 : 100 - step] = BAR
        yield View(frame, frame, first=step == 0)


def test_the_playfield_is_where_things_move_and_reaches_to_the_score_and_to_the_bar():
    assert find_playfield(views()) == (16, 0, 180 - 16, 160)


def test_where_nothing_moves_the_playfield_is_the_whole_screen():
    frame = np.zeros((210, 160, 3), dtype=np.uint8)
    assert find_playfield([View(frame, frame, first=step == 0) for step in range(5)]) == WHOLE_SCREEN


def test_what_moves_in_few_rows_is_no_finding():
    assert SMALLEST == 32
    assert find_playfield(views(top=60, bottom=66, steps=40))[2] >= SMALLEST


@given(st.integers(0, 40), st.integers(1, 30))
def test_a_thing_travels_when_opposite_edges_do(far, width):
    left = np.linspace(40, 40 + far, 12).round().astype(int)
    boxes = np.stack([left, left * 0 + 80, left + width, left * 0 + 84], axis=1)
    assert travels(boxes, np.zeros(12, dtype=int)).all() == (far >= TRAVEL)


def test_a_bar_that_shrinks_does_not_travel():
    boxes = np.array([[20, 10, 100 - 4 * step, 14] for step in range(20)])
    assert not travels(boxes, np.zeros(20, dtype=int)).any()


def test_a_few_leaps_are_no_travel():
    boxes = np.array([[20 + 16 * (step // 25), 10, 28 + 16 * (step // 25), 14] for step in range(100)])
    assert not travels(boxes, np.zeros(100, dtype=int)).any()


def test_tracks_are_told_apart():
    moving, still = [[4 * step, 0, 4 * step + 4, 4] for step in range(10)], [[90, 90, 94, 94]] * 10
    boxes = np.array([box for pair in zip(moving, still, strict=True) for box in pair])
    assert travels(boxes, np.array([3, 1] * 10)).tolist() == [True, False] * 10


def test_a_band_of_rows_in_which_little_moves_beside_what_changes_is_a_display():
    crossing, changing = np.zeros((2, 12), dtype=int)
    crossing[1:3], changing[1:3] = 10, 51  # digits
    crossing[4:9], changing[4:8] = 10, 900  # a play, with a row where something only moves
    changing[8] = 50
    crossing[10] = 1  # seldom
    assert np.flatnonzero(_in_play(crossing, changing, seldom=5)).tolist() == [4, 5, 6, 7, 8]
