"""The scenes of a game: as many backgrounds as there are rooms, and the nearest is the one shown."""

import numpy as np
import pytest

from dsrl.background import Background, pack_colours
from dsrl.errors import DataError, EncoderError
from dsrl.pictures import read_screen
from dsrl.preprocessing import Box, crop
from dsrl.scenes import Scenes

PLAYFIELD = Box(top=34, left=8, height=160, width=144)
WALL, ALIEN = 60, 200


@pytest.fixture
def scenes() -> Scenes:
    colours = np.random.default_rng(0).integers(0, 2**24, (2, *PLAYFIELD[2:])).astype(np.int32)
    return Scenes(tuple(map(Background.from_colours, colours)))


def room(door: int, steps: int = 20) -> np.ndarray:
    """Return frames of a room with a wall beside a door, through which something small goes."""
    frames = np.zeros((steps, 210, 160, 3), dtype=np.uint8)
    frames[:, 60:80] = frames[:, 160:180] = WALL
    frames[:, 60:180, door : door + 30] = WALL
    for step, frame in enumerate(frames):
        frame[100:108, 60 + 2 * step : 64 + 2 * step] = ALIEN
    return frames


def fleet(steps: int = 60) -> np.ndarray:
    """Return frames of 36 aliens that go slowly from side to side, and down."""
    frames = np.zeros((steps, 210, 160, 3), dtype=np.uint8)
    for step, frame in enumerate(frames):
        for y in range(40 + step // 3, 130 + step // 3, 16):
            for x in range(10 + step, 100 + step, 16):
                frame[y : y + 8, x : x + 6] = ALIEN
    return frames


def test_each_room_has_a_background_of_its_own():
    rooms = room(door=10), room(door=110, steps=12)
    found = Scenes.from_frames(np.concatenate(rooms), PLAYFIELD)
    assert len(found.backgrounds) == 2
    for frames in rooms:
        empty = frames[0].copy()
        empty[100:108, 60:64] = 0
        shown = found.shown(frames[5], PLAYFIELD)
        np.testing.assert_array_equal(shown.colours, pack_colours(crop(empty, PLAYFIELD)))


def test_a_fleet_that_moves_is_no_scene():
    found = Scenes.from_frames(fleet(), PLAYFIELD)
    assert [not background.colours.any() for background in found.backgrounds] == [True]


def test_a_room_that_is_seen_in_a_single_frame_is_no_scene():
    frames = np.concatenate([room(door=10, steps=40), room(door=110, steps=1)])
    assert len(Scenes.from_frames(frames, PLAYFIELD).backgrounds) == 1


def test_scenes_that_consecutive_frames_show_now_and_then_are_none_and_unseen_rooms_stay():
    rooms = [room(door) for door in (10, 70, 110)]
    found = Scenes.from_frames(np.concatenate(rooms), PLAYFIELD)
    assert len(found.backgrounds) == 3
    lasts, flashes, unseen = (found.shown(frames[5], PLAYFIELD) for frames in rooms)
    steps = [*rooms[0][:8], rooms[1][3], *rooms[0][8:16], rooms[1][4]]
    kept = found.lasting(steps, PLAYFIELD).backgrounds
    assert [any(one is other for other in kept) for one in (lasts, flashes, unseen)] == [True, False, True]


def test_one_scene_at_least_lasts():
    rooms = room(door=10), room(door=110)
    found = Scenes.from_frames(np.concatenate(rooms), PLAYFIELD)
    alternating = [frame for pair in zip(*rooms, strict=True) for frame in pair]
    assert len(found.lasting(alternating, PLAYFIELD).backgrounds) == 1


def test_where_all_scrolls_there_is_one_scene():
    landscape = np.random.default_rng(0).integers(0, 256, (210 + 40, 160, 3), dtype=np.uint8)
    frames = np.stack([landscape[step : step + 210] for step in range(40)])
    assert len(Scenes.from_frames(frames, PLAYFIELD).backgrounds) == 1


def test_what_is_saved_is_loaded(scenes, tmp_path):
    scenes.save(tmp_path, PLAYFIELD)
    loaded = Scenes.load(tmp_path, PLAYFIELD).backgrounds
    assert len(loaded) == 2
    for one, other in zip(loaded, scenes.backgrounds, strict=True):
        np.testing.assert_array_equal(one.colours, other.colours)
        np.testing.assert_array_equal(one.landmarks, other.landmarks)
        assert one.ground == other.ground


def test_the_picture_has_a_whole_screen_per_scene_black_outside_the_playfield(scenes, tmp_path):
    scenes.save(tmp_path, PLAYFIELD)
    screens = read_screen(tmp_path / "background.png").reshape(2, 210, 160, 3)
    for screen, background in zip(screens, scenes.backgrounds, strict=True):
        np.testing.assert_array_equal(pack_colours(crop(screen, PLAYFIELD)), background.colours)
        crop(screen, PLAYFIELD)[:] = 0
    assert not screens.any()


def damage(path, how):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(
        {"flip": content, "cut": content[: len(content) // 2], "empty": b"", "text": b"GIF?"}[how]
    )


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "text"])
def test_a_damaged_picture_is_named_and_left_alone(scenes, tmp_path, how):
    path = tmp_path / "background.png"
    scenes.save(tmp_path, PLAYFIELD)
    damage(path, how)
    content = path.read_bytes()
    with pytest.raises(
        EncoderError, match=r"background\.png is not a PNG of a whole screen.* `dsrl pretrain`"
    ):
        Scenes.load(tmp_path, PLAYFIELD)
    assert path.read_bytes() == content


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(EncoderError, match=r"background\.png is missing"):
        Scenes.load(tmp_path, PLAYFIELD)
    with pytest.raises(DataError, match=r"background\.png is missing"):
        read_screen(tmp_path / "background.png")


def test_pictures_of_another_number_of_rows_are_refused(scenes, tmp_path):
    scenes.save(tmp_path, PLAYFIELD)
    with pytest.raises(EncoderError, match=r"not of screens of \(250, 160\)"):
        Scenes.load(tmp_path, PLAYFIELD, (250, 160))
