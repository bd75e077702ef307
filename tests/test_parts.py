"""From coloured pixels to the boxes of objects."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsrl.connection import GAP, LARGEST, MANY, find_parts
from dsrl.parts import Parts, both
from dsrl.runs import NOTHING, runs_of
from dsrl.sprites import FLIGHT, SMALLEST, find_objects, join, without_counterpart

RED, GREEN, WHITE = 0xC84848, 0x5CBA5C, 0xECECEC


def picture(*rectangles: tuple[int, int, int, int, int], shape=(120, 160)) -> np.ndarray:
    """Return a black picture with rectangles of (left, top, right, bottom, colour), later ones in front."""
    colours = np.zeros(shape, dtype=np.int32)
    for left, top, right, bottom, colour in rectangles:
        colours[top:bottom, left:right] = colour
    return colours


def parts_in(colours: np.ndarray) -> Parts:
    """Return the parts of a picture in front of black."""
    return find_parts(runs_in(colours), colours.size)


def parts_of(*rectangles, shape=(120, 160)) -> Parts:
    return parts_in(picture(*rectangles, shape=shape))


def runs_in(colours: np.ndarray) -> np.ndarray:
    """Return the runs of a picture in front of black."""
    return runs_of(np.where(colours == 0, NOTHING, colours).astype(np.int32))


def boxes_of(parts: Parts) -> list[tuple[int, ...]]:
    return sorted(map(tuple, parts.boxes.tolist()))


@st.composite
def scattered(draw, room=GAP + 1):
    """Rectangles with at least `room` pixels between them: one a cell of 20 x 24 pixels, in some cells."""
    cells = draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), min_size=1, unique=True))
    rectangles = []
    for column, row in cells:
        left, top = draw(st.integers(0, 18 - room)), draw(st.integers(0, 22 - room))
        width, height = draw(st.integers(1, 20 - room - left)), draw(st.integers(2, 24 - room - top))
        corner = (20 * column + left, 24 * row + top)
        colour = draw(st.sampled_from([RED, GREEN, WHITE]))
        rectangles.append((*corner, corner[0] + width, corner[1] + height, colour))
    return rectangles


@given(scattered())
def test_objects_apart_are_found_exactly(rectangles):
    parts = join(parts_of(*rectangles))
    found = zip(parts.boxes.tolist(), parts.areas.tolist(), parts.colours.tolist(), strict=True)
    assert sorted((*box, area, colour) for box, area, colour in found) == sorted(
        (left, top, right, bottom, (right - left) * (bottom - top), colour)
        for left, top, right, bottom, colour in rectangles
    )


@given(scattered(), st.integers(0, 40), st.integers(0, 30))
def test_shifting_the_picture_shifts_the_boxes(rectangles, right, down):
    colours = picture(*rectangles)
    shifted = np.pad(colours, ((down, 30 - down), (right, 40 - right)))
    here, there = (join(parts_in(each)) for each in (colours, shifted))
    assert (there.boxes - [right, down] * 2).tolist() == here.boxes.tolist()


@given(scattered())
def test_a_mirrored_picture_has_mirrored_boxes(rectangles):
    colours = picture(*rectangles)
    mirrored = np.ascontiguousarray(colours[:, ::-1])
    here, there = (join(parts_in(each)) for each in (colours, mirrored))
    assert boxes_of(here) == sorted(
        (160 - right, top, 160 - left, bottom) for left, top, right, bottom in there.boxes.tolist()
    )


def middle(places: np.ndarray) -> float:
    """Return the middle of the places half as full as that of a pixel is on average."""
    counts = np.bincount(places)
    full = np.flatnonzero(2 * counts >= counts[places].mean())
    return float(full[0] + full[-1] + 1) / 2


def by_labelling(colours: np.ndarray) -> list[tuple[float, ...]]:
    """Return box, area, colour and centre of each part, found by labelling the grown mask of each colour."""
    found = []
    for colour in np.unique(colours[colours != 0]):
        mask = np.pad((colours == colour).astype(np.uint8), GAP // 2)
        grown = cv2.dilate(mask, np.ones((GAP + 1,) * 2, np.uint8))
        count, labels = cv2.connectedComponents(grown, connectivity=8)
        for part in range(1, count):
            rows, columns = np.nonzero(mask * (labels == part))
            box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            centre = middle(columns) - GAP // 2, middle(rows) - GAP // 2
            found.append((*(int(side) - GAP // 2 for side in box), len(rows), int(colour), *centre))
    return sorted(found)


@given(hnp.arrays(np.int32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 2)))
def test_parts_are_those_of_labelling_every_colour(colours):
    parts = parts_in(colours * (np.indices(colours.shape) % 3 == 0).all(axis=0))
    columns = (*parts.boxes.T, parts.areas, parts.colours, *parts.centres.T)
    expected = by_labelling(colours * (np.indices(colours.shape) % 3 == 0).all(axis=0))
    expected = [part for part in expected if part[4] <= LARGEST * colours.size]
    np.testing.assert_allclose(sorted(zip(*columns, strict=True)), expected)


def test_an_empty_picture_has_no_parts():
    parts = join(parts_of())
    assert parts.boxes.shape == (0, 4)
    assert parts.areas.shape == parts.colours.shape == (0,)


def test_a_small_gap_in_one_colour_is_bridged_and_a_larger_one_is_not():
    assert boxes_of(parts_of((10, 10, 14, 14, RED), (18, 10, 23, 14, RED))) == [(10, 10, 23, 14)]
    apart = parts_of((10, 10, 14, 14, RED), (19, 10, 23, 14, RED))
    assert boxes_of(apart) == [(10, 10, 14, 14), (19, 10, 23, 14)]


def test_the_area_counts_filled_pixels_not_gaps():
    assert parts_of((10, 10, 14, 14, RED), (18, 10, 22, 15, RED)).areas.tolist() == [36]


def test_solid_pieces_of_one_size_side_by_side_are_as_many_things():
    pins = [(10, 10, 12, 14, RED), (14, 13, 16, 17, RED), (18, 10, 20, 14, RED)]
    assert boxes_of(parts_of(*pins)) == sorted(pin[:4] for pin in pins)
    bits = [(10, 10, 12, 12, RED), (14, 10, 16, 12, RED)]
    assert boxes_of(parts_of(*bits)) == [(10, 10, 16, 12)]
    walls = [(10, 10, 14, 22, RED), (18, 10, 22, 24, RED)]
    assert boxes_of(parts_of(*walls)) == [(10, 10, 22, 24)]


def test_many_solid_pieces_of_one_size_are_no_part_of_the_wall_beside_them():
    wall, pills = (10, 10, 100, 16, RED), [(12 + 8 * n, 19, 16 + 8 * n, 21, RED) for n in range(MANY)]
    assert boxes_of(parts_of(wall, *pills)) == sorted(box[:4] for box in (wall, *pills))
    assert boxes_of(parts_of(wall, pills[0])) == [(10, 10, 100, 21)]
    green = [(*pill[:4], GREEN) for pill in pills[1:]]
    assert boxes_of(parts_of(wall, pills[0], *green)) == sorted(
        [(10, 10, 100, 21), *(box[:4] for box in green)]
    )


def test_a_thin_line_across_the_scene_is_no_object_and_a_long_figure_is():
    line = [(10 + n // 6, 20 + n, 12 + n // 6, 21 + n, RED) for n in range(60)]
    assert boxes_of(join(parts_of(*line))) == []
    assert boxes_of(join(parts_of((10, 20, 18, 80, RED)))) == [(10, 20, 18, 80)]


def test_dots_apart_are_no_object_and_a_chequered_flag_is():
    stars = [(10, 10, 11, 11, RED), (13, 13, 14, 14, RED), (16, 16, 17, 17, RED)]
    assert boxes_of(join(parts_of(*stars))) == []
    flag = [(10 + n, 10 + n % 3, 11 + n, 11 + n % 3, RED) for n in range(6)]
    assert boxes_of(join(parts_of(*flag))) == [(10, 10, 16, 13)]


def test_a_dot_in_a_single_row_is_noise():
    assert boxes_of(join(parts_of((10, 10, 13, 11, RED), (30, 10, 34, 11, RED)))) == [(30, 10, 34, 11)]


def test_only_the_figure_has_parts():
    colours = picture((10, 10, 14, 14, RED), (40, 40, 44, 44, RED))
    figure = np.zeros_like(colours, dtype=bool)
    figure[:12, :80] = True
    assert boxes_of(parts_in(np.where(figure, colours, 0))) == [(10, 10, 14, 12)]


def test_a_ball_that_touches_a_paddle_is_not_the_paddle():
    parts = join(parts_of((40, 40, 44, 56, GREEN), (38, 45, 40, 49, WHITE)))
    assert boxes_of(parts) == [(38, 45, 40, 49), (40, 40, 44, 56)]


def test_a_sprite_of_several_colours_is_one_with_the_colour_of_the_largest():
    parts = join(parts_of((40, 40, 48, 44, WHITE), (40, 44, 48, 54, RED), (40, 54, 48, 58, WHITE)))
    assert boxes_of(parts) == [(40, 40, 48, 58)]
    assert (parts.areas.tolist(), parts.colours.tolist()) == ([144], [RED])


def test_bands_of_other_widths_on_one_another_are_one_sprite():
    parts = join(parts_of((46, 40, 50, 43, RED), (40, 43, 56, 49, GREEN), (38, 49, 52, 53, WHITE)))
    assert boxes_of(parts) == [(38, 40, 56, 53)]


def test_a_missile_that_leaves_a_sprite_is_not_the_sprite():
    parts = join(parts_of((46, 32, 47, 40, WHITE), (40, 40, 56, 48, GREEN)))
    assert boxes_of(parts) == [(40, 40, 56, 48), (46, 32, 47, 40)]


def test_two_tall_figures_that_touch_stay_two():
    parts = join(parts_of((40, 20, 54, 40, WHITE), (42, 40, 56, 60, GREEN)))
    assert boxes_of(parts) == [(40, 20, 54, 40), (42, 40, 56, 60)]


def test_two_tall_figures_of_one_height_side_by_side_stay_two():
    parts = join(parts_of((40, 40, 54, 86, WHITE), (54, 40, 68, 86, GREEN)))
    assert boxes_of(parts) == [(40, 40, 54, 86), (54, 40, 68, 86)]


def test_a_tall_figure_with_an_arm_before_another_is_not_the_other():
    arm, body = (36, 70, 56, 74, GREEN), (56, 40, 66, 86, GREEN)
    parts = join(parts_of((32, 60, 44, 106, WHITE), arm, body))
    assert boxes_of(parts) == [(32, 60, 44, 106), (36, 40, 66, 86)]


@pytest.mark.parametrize("reach", [4, 14, 30])
def test_an_outstretched_arm_does_not_move_the_centre(reach):
    body, arm = (40, 40, 54, 86, WHITE), (54, 50, 54 + reach, 54, WHITE)
    for parts in (parts_of(body), parts_of(body, arm)):
        assert parts.centres.tolist() == [[47, 63]]


def test_the_centre_of_a_joined_sprite_is_the_mean_of_its_parts_by_their_pixels():
    parts = join(parts_of((40, 40, 48, 44, WHITE), (40, 44, 48, 56, RED)))
    assert parts.centres.tolist() == [[44, 48]]


def test_a_face_lies_on_its_head():
    parts = join(parts_of((40, 40, 56, 56, RED), (44, 44, 48, 48, WHITE)))
    assert (boxes_of(parts), parts.areas.tolist()) == ([(40, 40, 56, 56)], [256])


def test_one_pixel_is_noise_and_two_are_an_object():
    assert SMALLEST == 2
    assert boxes_of(join(parts_of((10, 10, 11, 11, RED), (30, 10, 31, 12, RED)))) == [(30, 10, 31, 12)]


def test_what_fills_the_playfield_is_no_object():
    assert LARGEST == 0.25
    quarter, more = (10, 10, 90, 70, RED), (10, 10, 91, 70, RED)
    assert boxes_of(parts_of(quarter)) == [quarter[:4]]  # 80 x 60 of 160 x 120
    assert boxes_of(parts_of(more)) == []


def test_a_part_flickers_when_none_of_its_colour_is_near_in_the_later_frame():
    earlier = parts_of((40, 40, 44, 44, RED), (80, 40, 84, 44, GREEN), (120, 40, 124, 44, WHITE))
    near, far = 44 + FLIGHT, 85 + FLIGHT
    later = parts_of((near, 40, near + 4, 44, RED), (far, 40, far + 4, 44, GREEN))
    assert boxes_of(without_counterpart(earlier, later)) == [(80, 40, 84, 44), (120, 40, 124, 44)]


RECTANGLES = st.lists(
    st.tuples(
        st.integers(0, 36), st.integers(0, 36), *[st.sampled_from([1, 2, 4, 8])] * 2, st.integers(1, 3)
    ),
    max_size=24,
).map(lambda drawn: [(left, top, left + w, top + h, colour) for left, top, w, h, colour in drawn])


@given(RECTANGLES, RECTANGLES)
def test_looking_only_where_something_may_have_flickered_misses_nothing(before, after):
    earlier, later = (picture(*rectangles, shape=(48, 48)) for rectangles in (before, after))
    found = find_objects(runs_in(earlier), runs_in(later), later.size)
    now = parts_in(later)
    everything = join(both(now, without_counterpart(parts_in(earlier), now)))
    for column, expected in zip(found, everything, strict=True):
        np.testing.assert_array_equal(column, expected)


def test_where_a_frame_is_empty_all_of_the_other_flickers():
    some, none = parts_of((40, 40, 44, 44, RED)), parts_of()
    assert boxes_of(without_counterpart(some, none)) == [(40, 40, 44, 44)]
    assert boxes_of(without_counterpart(none, some)) == []


def test_the_rungs_of_a_ladder_are_one_thing_and_pins_in_a_column_are_many():
    rungs = [(60, top, 68, top + 4, RED) for top in range(10, 10 + 8 * MANY, 8)]
    assert boxes_of(parts_of(*rungs)) == [(60, 10, 68, 14 + 8 * (MANY - 1))]
    pins = [(60, top, 62, top + 4, RED) for top in range(10, 10 + 8 * MANY, 8)]
    assert len(boxes_of(parts_of(*pins))) == MANY
