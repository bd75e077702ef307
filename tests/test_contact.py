"""Objects that touch: what fills a mask is told apart by known sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl.contact import Pair, pieces, split
from dsrl.kinds import Kinds
from dsrl.looks import Looks
from dsrl.perception import Detector, Perception
from dsrl.preprocessing import Box
from dsrl.scenes import Scenes

PADDLE, BALL = (16, 4), (2, 4)
SIZES = [BALL, (8, 4), PADDLE]


def mask(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Return where boxes are, cut to the box around them all."""
    filled = np.zeros((60, 60), dtype=bool)
    for left, top, right, bottom in boxes:
        filled[top:bottom, left:right] = True
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    return filled[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("gap", [0, 1, 2, 3])
@pytest.mark.parametrize("x", [0, 7, 14])
def test_a_ball_on_a_paddle_is_told_from_it(gap, x):
    found = split(mask((x, 0, x + 2, 4), (0, 4 + gap, 16, 8 + gap)), SIZES)
    assert found == Pair(first=(0, 4 + gap, 16, 8 + gap), second=(x, 0, x + 2, 4))


@pytest.mark.parametrize("hidden", [1, 2])
def test_what_lies_under_the_other_is_as_large_as_it_is_alone(hidden):
    above = mask((5, hidden, 7, 4 + hidden), (0, 4, 16, 8))
    assert split(above, SIZES) == Pair((0, 4 - hidden, 16, 8 - hidden), (5, 0, 7, 4))
    below = mask((0, 4, 16, 8), (5, 8 - hidden, 7, 12 - hidden))
    assert split(below, SIZES) == Pair((0, 0, 16, 4), (5, 4 - hidden, 7, 8 - hidden))


def test_a_paddle_half_behind_the_wall_is_known_by_that_size():
    assert split(mask((0, 0, 2, 4), (3, 5, 11, 9)), SIZES) == Pair((3, 5, 11, 9), (0, 0, 2, 4))


@pytest.mark.parametrize(
    "filled",
    [
        mask((0, 0, 16, 4)),  # alone
        mask((0, 0, 20, 4), (5, 4, 7, 8)),  # on something larger than all that is known
        mask((5, 0, 7, 2), (9, 2, 11, 4), (0, 4, 16, 8)),  # with two things
        mask((5, 3, 7, 4), (0, 4, 16, 8)),  # with a quarter of a ball
        ~np.eye(8, dtype=bool),  # a sprite with holes
    ],
)
def test_what_cannot_be_told_stays_one(filled):
    assert split(filled, SIZES) is None


STAIRS = mask((0, 0, 4, 6), (4, 6, 8, 12), (0, 13, 4, 19))


def test_squares_that_meet_at_their_corners_or_over_a_gap_are_as_many_things():
    assert pieces(STAIRS, [(4, 6), PADDLE]) == [(0, 0, 4, 6), (4, 6, 8, 12), (0, 13, 4, 19)]


@pytest.mark.parametrize("sizes", [[], [PADDLE], [(4, 5)]])
def test_bits_that_are_never_seen_alone_stay_one(sizes):
    assert pieces(STAIRS, sizes) == []


def test_a_square_with_a_bit_of_another_colour_beside_it_is_no_piece():
    beside = np.zeros((8, 12), dtype=bool)
    beside[:6, :4] = True
    assert pieces(beside, [(4, 6)]) == []


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 40), st.integers(0, 3))
def test_the_two_cover_the_mask_and_no_other_place(width, height, x, gap):
    filled = mask((x, 0, x + width, height), (10, height + gap, 26, height + gap + 4))
    if pair := split(filled, [PADDLE, (width, height)]):
        covered = np.zeros_like(filled)
        for left, top, right, bottom in pair:
            covered[top:bottom, left:right] = True
        assert (covered == filled).all()


@pytest.mark.parametrize("paddles", [[(60, 189)], [(100, 120), (60, 189)]])
def test_perception_sees_two_where_the_detector_sees_one(luminance_vae, paddles):
    empty = np.zeros((210, 160, 3), dtype=np.uint8)
    red, playfield = (200, 72, 72), Box(30, 0, 166, 160)
    frame = empty.copy()
    for x, y in paddles:
        frame[y : y + 4, x : x + 16] = frame[y - 5 : y - 1, x + 10 : x + 12] = red
    looks = Looks(
        np.array([PADDLE, BALL], dtype=float), np.array([red, red], dtype=np.uint8), np.zeros((2, 8))
    )
    kinds = Kinds(looks, np.array([0, 1]), (0.5, 0.5), "appearance", ("paddle", "ball"))
    vae = luminance_vae(playfield, empty, contrast=20.0)
    perception = Perception(Detector(vae, Scenes.from_frames(empty[None], playfield)), kinds)
    assert len(perception.detector(frame, frame).boxes) == len(paddles)
    seen = [
        (symbol.kind, symbol.x, symbol.y, symbol.width, symbol.height) for symbol in perception(frame, frame)
    ]
    pairs = [((0, x + 8, y + 2, 16, 4), (1, x + 11, y - 3, 2, 4)) for x, y in paddles]
    assert seen == [thing for pair in pairs for thing in pair]
