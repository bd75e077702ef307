import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsrl.errors import ConfigError
from dsrl.preprocessing import Box, Preprocessing, crop, luminance, max_pool, resize

FRAME = hnp.arrays(np.uint8, (210, 160, 3))


def colours(*rows):
    return np.array(rows, dtype=np.uint8)


def test_luminance_is_the_weighted_sum_computed_by_hand():
    # 100 * 0.2126 + 150 * 0.7152 + 200 * 0.0722 = 142.98; 30.6144 + 51.4944 + 1.2274 = 83.3362
    frame = colours([[0, 0, 0], [255, 255, 255], [100, 150, 200]], [[144, 72, 17], [0, 0, 7], [1, 0, 0]])
    assert luminance(frame).tolist() == [[0, 255, 143], [83, 1, 0]]


def test_luminance_rounds_a_half_up():
    # 41 * 0.7152 + 44 * 0.0722 = 29.3232 + 3.1768 = 32.5, and (1, 1, 1) adds 1
    assert luminance(colours([[0, 41, 44], [1, 42, 45], [3, 44, 47]])).tolist() == [[33, 34, 36]]


@given(FRAME)
def test_luminance_is_the_exactly_rounded_sum_everywhere(frame):
    weights = np.array([2126, 7152, 722])
    assert np.array_equal(luminance(frame), (frame.astype(int) @ weights + 5000) // 10_000)


def test_the_maximum_is_taken_per_channel():
    previous, current = colours([[1, 200, 3], [0, 0, 9]]), colours([[2, 100, 3], [7, 0, 8]])
    assert max_pool(previous, current).tolist() == [[[2, 200, 3], [7, 0, 9]]]


def test_batches_of_frames_have_a_maximum_and_a_luminance():
    batch = np.zeros((4, 2, 210, 160, 3), dtype=np.uint8)
    assert luminance(max_pool(batch, batch)).shape == (4, 2, 210, 160)


def test_the_area_resize_averages_whole_blocks():
    frame = np.array([[0, 2, 10, 30], [4, 6, 20, 40]], dtype=np.uint8)
    assert resize(frame, (1, 2)).tolist() == [[3, 25]]


def test_the_crop_starts_at_the_top_left_of_its_box():
    frame = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert crop(frame, Box(top=1, left=2, height=2, width=1)).tolist() == [[6], [10]]


def test_colour_keeps_three_channels_and_luminance_one():
    frame = np.full((210, 160, 3), (200, 0, 100), dtype=np.uint8)
    rgb = Preprocessing(Box(34, 0, 160, 160), colour="rgb")
    grey = Preprocessing(Box(34, 0, 160, 160))
    assert (rgb(frame).shape, rgb.shape, rgb.channels) == ((84, 84, 3), (84, 84, 3), 3)
    assert (grey(frame).shape, grey.shape, grey.channels) == ((84, 84), (84, 84), 1)
    assert rgb(frame)[0, 0].tolist() == [200, 0, 100]
    assert grey(frame)[0, 0] == 50  # 42.52 + 7.22 = 49.74


@given(st.integers(0, 179), st.integers(0, 129), st.integers(1, 31), st.integers(1, 31))
def test_places_in_x_map_to_the_edges_of_the_playfield(top, left, height, width):
    view = Preprocessing(Box(top, left, height, width))
    assert view.native(0, 0) == (left, top)
    assert view.native(84, 84) == pytest.approx((left + width, top + height))


@given(st.integers(36, 190), st.integers(2, 156))
def test_a_dot_lands_where_its_place_in_x_maps_back(row, column):
    frame = np.zeros((210, 160, 3), dtype=np.uint8)
    frame[row, column] = 255
    view = Preprocessing(Box(34, 0, 160, 160))
    x = view(frame).astype(float)
    rows, columns = np.indices(x.shape) + 0.5
    found = view.native(float((x * columns).sum() / x.sum()), float((x * rows).sum() / x.sum()))
    assert found == pytest.approx((column + 0.5, row + 0.5), abs=1.0)


def test_the_description_makes_an_equal_preprocessing():
    view = Preprocessing(Box(34, 0, 160, 160), colour="rgb")
    lists = {"playfield": [34, 0, 160, 160], "size": [84, 84], "screen": [210, 160]}
    assert view.to_json() == {**lists, "colour": "rgb"}
    assert Preprocessing.from_json(view.to_json()) == view


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "playfield"),
        ({"playfield": [0, 0, 300, 160]}, "300"),
        ({"playfield": [0, 0, 0, 160]}, "playfield"),
        ({"playfield": [0, 0]}, "playfield"),
        ({"playfield": [0, 0, 210, 160], "colour": "sepia"}, "sepia"),
        ({"playfield": [0, 0, 210, 160], "size": [84]}, "size"),
        ({"playfield": [0, 0, 210, 160], "zoom": 2}, "zoom"),
        ([1, 2], "preprocessing"),
    ],
)
def test_a_wrong_description_is_refused_by_name(values, named):
    with pytest.raises(ConfigError, match=named):
        Preprocessing.from_json(values)
