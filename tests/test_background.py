"""The static background, and the colours that it is made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsrl.background import Background, pack_colours, unpack_colours
from dsrl.errors import DataError
from dsrl.pictures import read_screen, write_screen
from dsrl.preprocessing import Box, crop
from dsrl.runs import figures

PLAYFIELD = Box(top=34, left=8, height=160, width=144)
GREY, WALL, BRICK = 0x202020, 0x6040FF, 0xFF0000
frames = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=3, max_side=6).map(lambda s: (*s, 3)))


def figure(background: Background, colours: np.ndarray) -> np.ndarray:
    """Return where a playfield of these packed colours shows a figure; all of it is looked at."""
    everywhere, found = np.ones((1, 1), dtype=bool), np.zeros(colours.shape, dtype=bool)
    lines, playfield = unpack_colours(colours).reshape(len(colours), -1), Box(0, 0, *colours.shape)
    for row, left, right, colour in figures(lines, playfield, background.scenery, everywhere):
        assert (colours[row, left:right] == colour).all()
        found[row, left:right] = True
    return found


@pytest.fixture
def background() -> Background:
    colours = np.random.default_rng(0).integers(0, 2**24, PLAYFIELD[2:]).astype(np.int32)
    return Background.from_colours(colours)


def test_red_is_the_highest_byte_and_blue_the_lowest():
    frame = np.array([[[1, 2, 3], [255, 255, 255], [0, 0, 0]]], dtype=np.uint8)
    assert pack_colours(frame).tolist() == [[0x010203, 0xFFFFFF, 0]]
    assert pack_colours(frame).dtype == np.int32


@given(frames)
def test_unpacking_colours_gives_back_the_pixels_of_frames_and_batches(frame):
    colours = pack_colours(frame)
    assert colours.shape == frame.shape[:-1]
    np.testing.assert_array_equal(unpack_colours(colours), frame)


@given(frames, st.integers(0, 3), st.integers(0, 3))
def test_part_of_a_frame_is_packed_like_the_whole(frame, top, left):
    part = (..., slice(-1 - top, None), slice(-1 - left, None))
    np.testing.assert_array_equal(pack_colours(frame[(*part, slice(None))]), pack_colours(frame)[part])


def test_what_moves_is_no_background():
    frames = np.full((5, 210, 160, 3), 0x20, dtype=np.uint8)
    frames[:, 34:40] = unpack_colours(np.array(WALL))
    for step, frame in enumerate(frames):
        frame[100:104, 40 + 4 * step : 48 + 4 * step] = 255  # seen twice at most in one place
    frames[:, :34] = 99  # the score is outside the playfield
    background = Background.from_frames(frames, PLAYFIELD)
    assert background.colours.shape == (160, 144)
    assert set(background.colours[:6].ravel().tolist()) == {WALL}
    assert set(background.colours[6:].ravel().tolist()) == {GREY}
    assert background.ground == GREY


def test_a_figure_is_neither_background_nor_the_ground_under_a_broken_brick():
    still = np.full((4, 4), GREY, dtype=np.int32)
    still[0] = BRICK
    now = still.copy()
    now[0, 0] = GREY  # broken
    now[0, 1] = WALL  # something before a brick
    now[2, 2] = BRICK  # a flying brick
    assert np.argwhere(figure(Background.from_colours(still), now)).tolist() == [[0, 1], [2, 2]]


def test_a_picture_of_another_size_is_refused(tmp_path):
    write_screen(tmp_path / "small.png", np.zeros((84, 84, 3), dtype=np.uint8))
    with pytest.raises(DataError, match="whole screen, 160 wide"):
        read_screen(tmp_path / "small.png")


def shields(gone: bool) -> np.ndarray:
    """Return 40 frames of a wall, a marker that always stands, and a shield that is `gone` in the last."""
    frames = np.zeros((40, 210, 160, 3), dtype=np.uint8)
    frames[:, 40:44] = unpack_colours(np.array(WALL))
    frames[:, 60:66, 10:18] = unpack_colours(np.array(BRICK))
    frames[:, 150:168, 80:88] = unpack_colours(np.array(BRICK))
    if gone:
        frames[-1, 150:168, 80:88] = 0
    return frames


def test_a_small_thing_that_can_go_is_a_landmark_and_an_object_where_it_stands():
    frames = shields(gone=True)
    background = Background.from_frames(frames, PLAYFIELD)
    rows, columns = np.nonzero(background.landmarks)
    top, left, *_ = PLAYFIELD
    assert (rows.min() + top, rows.max() + top, columns.min() + left, columns.max() + left) == (
        150,
        167,
        80,
        87,
    )
    assert background.landmarks.sum() == 18 * 8
    standing, gone = (pack_colours(crop(frames[index], PLAYFIELD)) for index in (0, -1))
    np.testing.assert_array_equal(figure(background, standing), background.landmarks)
    assert not figure(background, gone).any()


def test_what_looks_like_what_can_go_is_a_landmark_too():
    frames = shields(gone=True)
    frames[:, 150:168, 120:128] = unpack_colours(np.array(BRICK))
    landmarks = Background.from_frames(frames, PLAYFIELD).landmarks
    assert landmarks.sum() == 2 * 18 * 8
    assert landmarks[150 - 34 : 168 - 34, 120 - 8 : 128 - 8].all()


def test_what_always_stands_where_nothing_happens_is_no_landmark():
    assert not Background.from_frames(shields(gone=False), PLAYFIELD).landmarks.any()


def test_few_things_alike_that_stand_where_something_happens_are_landmarks_and_many_are_not():
    frames = np.zeros((40, 210, 160, 3), dtype=np.uint8)
    for step, frame in enumerate(frames):
        frame[60 + 2 * step : 64 + 2 * step, 100:104] = 255
    frames[:, 80:90, 30:38] = unpack_colours(np.array(BRICK))  # a fruit
    frames[:, 80:90, 8:16] = unpack_colours(np.array(BRICK))  # a post at the edge of the playfield
    frames[:, 180:186, 60:68] = unpack_colours(np.array(BRICK))  # beneath the scene
    for dash in range(13):
        frames[:, 96:98, 10 + 11 * dash : 18 + 11 * dash] = unpack_colours(np.array(WALL))
    landmarks = Background.from_frames(frames, PLAYFIELD).landmarks
    assert landmarks.sum() == 80
    assert landmarks[80 - 34 : 90 - 34, 30 - 8 : 38 - 8].all()


def test_a_sprite_of_small_parts_stands_out_as_a_whole_and_a_smaller_one_does_not():
    frames = np.zeros((40, 210, 160, 3), dtype=np.uint8)
    for step, frame in enumerate(frames):
        frame[60 + 2 * step : 64 + 2 * step, 100:104] = 255
    frames[:, 80:81, 30:36] = unpack_colours(np.array(BRICK))
    frames[:, 81:82, 30:36] = unpack_colours(np.array(WALL))
    frames[:, 80:81, 50:56] = unpack_colours(np.array(BRICK))  # less than the pixels of a thing
    landmarks = Background.from_frames(frames, PLAYFIELD).landmarks
    assert landmarks.sum() == 12
    assert landmarks[80 - 34 : 82 - 34, 30 - 8 : 36 - 8].all()


def test_a_ladder_is_a_landmark_though_it_ends_at_floors_of_its_colour_and_other_stripes_are_none():
    frames = np.zeros((2, 210, 160, 3), dtype=np.uint8)
    frames[:, 80:84] = frames[:, 112:116] = unpack_colours(np.array(WALL))  # two floors
    for rung in range(86, 112, 4):
        frames[:, rung : rung + 2, 60:68] = unpack_colours(np.array(WALL))
    frames[:, [130, 133, 136], 60:68] = unpack_colours(np.array(WALL))  # too few for a ladder
    frames[:, [150, 153, 158, 161], 60:68] = unpack_colours(np.array(WALL))  # unequal distances
    landmarks = Background.from_frames(frames, PLAYFIELD).landmarks
    rows, columns = np.nonzero(landmarks)
    assert set(rows + PLAYFIELD.top) == {row for rung in range(86, 112, 4) for row in (rung, rung + 1)}
    assert set(columns + PLAYFIELD.left) == set(range(60, 68))


@pytest.mark.parametrize(("count", "seen"), [(12, 12), (13, 0)])
def test_ladders_are_few_and_what_is_hatched_all_over_is_scenery(count, seen):
    frames = np.zeros((2, 210, 160, 3), dtype=np.uint8)
    for left in range(20, 20 + 9 * count, 9):
        frames[:, 100:116:4, left : left + 4] = unpack_colours(np.array(WALL))
    assert Background.from_frames(frames, PLAYFIELD).landmarks.sum() == seen * 4 * 4


def test_what_has_the_colour_of_scenery_is_a_piece_of_it_unless_it_is_as_small_as_a_pin():
    frames = np.zeros((40, 210, 160, 3), dtype=np.uint8)
    for step, frame in enumerate(frames):
        frame[60 + 2 * step : 64 + 2 * step, 100:104] = 255
    frames[:, 180:190] = unpack_colours(np.array(WALL))  # the wall of a maze
    frames[:, 80:90, 30:50] = unpack_colours(np.array(WALL))  # a piece within it
    frames[:, 80:90, 70:78] = unpack_colours(np.array(BRICK))  # a fruit
    frames[:, 100:104, 70:72] = unpack_colours(np.array(WALL))  # a pin
    landmarks = Background.from_frames(frames, PLAYFIELD).landmarks
    assert landmarks.sum() == 80 + 8
    assert landmarks[80 - 34 : 90 - 34, 70 - 8 : 78 - 8].all()
    assert landmarks[100 - 34 : 104 - 34, 70 - 8 : 72 - 8].all()


def test_a_sky_that_changes_its_colour_is_no_figure_but_a_bird_before_it_is():
    still = np.full((8, 40), GREY, dtype=np.int32)
    now = still.copy()
    now[2:6] = WALL
    now[3:5, 10:14] = BRICK
    found = figure(Background.from_colours(still), now)
    assert found.sum() == 8
    assert found[3:5, 10:14].all()
