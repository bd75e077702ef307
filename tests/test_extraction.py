"""From the posterior and native pixels to detections."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from dsrl.background import Background, unpack_colours
from dsrl.extraction import THRESHOLD, Detections, Latent, extract, objectness
from dsrl.preprocessing import Box

PLAYFIELD = Box(top=34, left=0, height=160, width=160)
CELLS = 40
"""Latent cells a side: one is 4 x 4 native pixels."""
GROUND, WALL, RED, GREEN, WHITE = 0x904811, 0x6040FF, 0xC84848, 0x5CBA5C, 0xECECEC
EVERYWHERE = [(0, 0, 160, 160)]

Rectangle = tuple[int, int, int, int, int]
"""Left, top, right and bottom on the screen, native pixels, and a packed colour."""


def still() -> np.ndarray:
    colours = np.full((160, 160), GROUND, dtype=np.int32)
    colours[:8] = WALL
    return colours


BACKGROUND = Background.from_colours(still())


def frame(*rectangles: Rectangle, ground: np.ndarray | None = None) -> np.ndarray:
    """Return a screen with these in front of the background, later ones in front of earlier ones."""
    screen = np.zeros((210, 160, 3), dtype=np.uint8)
    screen[34:194] = unpack_colours(still() if ground is None else ground)
    for left, top, right, bottom, colour in rectangles:
        screen[top:bottom, left:right] = unpack_colours(np.array(colour))
    return screen


def posterior(*occupied: tuple[int, int, int, int], filters: int = 2, mean: float = 2.0) -> Latent:
    """Return a posterior whose first filter leaves the prior in the cells of these playfield rectangles."""
    means = np.zeros((filters, CELLS, CELLS), dtype=np.float32)
    for left, top, right, bottom in occupied:
        means[0, top // 4 : -(-bottom // 4), left // 4 : -(-right // 4)] = mean
    return Latent(means, np.zeros_like(means))


def find(previous: np.ndarray, current: np.ndarray, latent: Latent, **arguments) -> Detections:
    return extract(latent, previous, current, BACKGROUND, PLAYFIELD, **arguments)


def boxes_of(detections: Detections) -> list[tuple[int, ...]]:
    return sorted(map(tuple, detections.boxes.tolist()))


@st.composite
def scattered(draw):
    """Rectangles anywhere in the playfield, under the wall, at least five pixels apart."""
    cells = draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), min_size=1, unique=True))
    rectangles = []
    for column, row in cells:
        x, y = draw(st.integers(0, 12)), draw(st.integers(0, 16))
        width, height = draw(st.integers(1, 15 - x)), draw(st.integers(2, 19 - y))
        left, top = 20 * column + x, 34 + 8 + 24 * row + y
        colour = draw(st.sampled_from([RED, GREEN, WHITE, WALL]))
        rectangles.append((left, top, left + width, top + height, colour))
    return rectangles


def test_the_divergence_of_a_cell_is_the_sum_over_filters():
    mean, log_var = np.array([[[0.0, 1.0, 2.0]], [[0.0, 0.0, 0.0]]]), np.zeros((2, 1, 3))
    log_var[1, 0, 2] = np.log(4.0)
    # (2^2 + 1 - 1 - 0) / 2 = 2 and (0 + 4 - 1 - ln 4) / 2 = 0.8069
    np.testing.assert_allclose(objectness(Latent(mean, log_var)), [[0, 0.5, 2 + (3 - np.log(4)) / 2]])


def test_the_divergence_is_that_of_torch():
    generator = np.random.default_rng(0)
    mean, log_var = generator.normal(size=(2, 8, 5, 6))
    prior = Normal(torch.zeros(8, 5, 6).double(), 1.0)
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(np.exp(log_var / 2)))
    expected = kl_divergence(posterior, prior).sum(dim=0)
    np.testing.assert_allclose(objectness(Latent(mean, log_var)), expected)


@given(scattered())
def test_objects_apart_are_found_exactly_wherever_they_are(rectangles):
    screen = frame(*rectangles)
    detections = find(screen, screen, posterior(*EVERYWHERE))
    found = zip(detections.boxes.tolist(), detections.colours.tolist(), strict=True)
    assert sorted((*box, *colour) for box, colour in found) == sorted(
        (*box, *unpack_colours(np.array(colour)).tolist()) for *box, colour in rectangles
    )


@given(scattered())
def test_the_cells_of_the_objects_are_enough(rectangles):
    screen = frame(*rectangles)
    cells = [(left, top - 34, right, bottom - 34) for left, top, right, bottom, _ in rectangles]
    assert boxes_of(find(screen, screen, posterior(*cells))) == sorted(tuple(box) for *box, _ in rectangles)


@pytest.mark.parametrize(
    "corner", [(0, 42), (150, 42), (0, 184), (150, 184)], ids=["wall left", "wall right", "left", "right"]
)
def test_an_object_in_a_corner_of_the_playfield_is_whole(corner):
    left, top = corner
    box = (left, top, left + 10, top + 10)
    screen = frame((*box, RED))
    assert boxes_of(find(screen, screen, posterior((left, top - 34, left + 10, top - 24)))) == [box]


def test_where_the_posterior_is_the_prior_nothing_is_found():
    screen = frame((40, 80, 48, 88, RED))
    assert boxes_of(find(screen, screen, posterior())) == []
    assert boxes_of(find(screen, screen, posterior((120, 120, 128, 128)))) == []


def test_a_cell_is_occupied_over_the_threshold_and_not_at_it():
    screen = frame((40, 80, 48, 88, RED))
    at = float(np.sqrt(2 * THRESHOLD))  # a filter's divergence is half its squared mean: 0.5 nats
    cells = (40, 46, 48, 54)
    assert boxes_of(find(screen, screen, posterior(cells, mean=at * 0.999))) == []
    assert boxes_of(find(screen, screen, posterior(cells, mean=at * 1.001))) == [(40, 80, 48, 88)]
    assert boxes_of(find(screen, screen, posterior(cells), threshold=2.1)) == []


def test_a_latent_map_may_sit_one_cell_beside_its_object():
    screen = frame((40, 82, 44, 86, RED))
    for left, top in [(36, 44), (44, 44), (40, 52), (36, 52)]:
        assert boxes_of(find(screen, screen, posterior((left, top, left + 4, top + 4)))) == [(40, 82, 44, 86)]


def test_what_moves_is_placed_by_the_current_frame():
    previous, current = frame((40, 80, 44, 96, GREEN)), frame((40, 88, 44, 104, GREEN))
    assert boxes_of(find(previous, current, posterior(*EVERYWHERE))) == [(40, 88, 44, 104)]


def test_what_flickers_is_placed_by_the_previous_frame():
    previous, current = frame((40, 80, 48, 84, RED)), frame((100, 120, 108, 124, GREEN))
    both = [(40, 80, 48, 84), (100, 120, 108, 124)]
    assert boxes_of(find(previous, current, posterior(*EVERYWHERE))) == both


def test_a_change_of_colour_of_the_whole_scene_is_no_object():
    flash = np.full((160, 160), WHITE, dtype=np.int32)
    for previous, current in [(frame(), frame(ground=flash)), (frame(ground=flash), frame())]:
        assert boxes_of(find(previous, current, posterior(*EVERYWHERE))) == []


def test_an_object_is_found_before_a_flash():
    flash = np.full((160, 160), WHITE, dtype=np.int32)
    screen = frame((40, 80, 48, 88, RED), ground=flash)
    assert boxes_of(find(screen, screen, posterior(*EVERYWHERE))) == [(40, 80, 48, 88)]


def test_what_is_outside_the_playfield_is_no_object():
    screen = frame((40, 10, 60, 20, WHITE), (40, 196, 60, 206, WHITE))
    assert boxes_of(find(screen, screen, posterior(*EVERYWHERE))) == []


def test_a_broken_brick_is_no_object_and_a_ball_before_the_wall_is_one():
    screen = frame((40, 34, 56, 42, GROUND), (100, 36, 102, 40, RED))
    assert boxes_of(find(screen, screen, posterior(*EVERYWHERE))) == [(100, 36, 102, 40)]


def test_nats_and_spectrum_are_summed_and_averaged_under_the_box():
    latent = posterior((40, 48, 48, 56), filters=3)  # four cells of 2 nats
    latent.mean[1, 12, 10] = 4.0  # in one of them 8 nats more
    screen = frame((40, 82, 48, 90, RED))
    detections = find(screen, screen, latent)
    np.testing.assert_allclose(detections.nats, [4 * 2 + 8])
    np.testing.assert_allclose(detections.spectra, [[2, 4 * 10 / 16, 0]])


def test_every_object_has_the_spectrum_of_its_own_cells():
    latent = posterior((40, 48, 48, 56))
    latent.mean[1, 25:27, 30:32] = -3.0
    screen = frame((40, 82, 48, 90, RED), (120, 134, 128, 142, GREEN))
    detections = find(screen, screen, latent)
    assert boxes_of(detections) == [(40, 82, 48, 90), (120, 134, 128, 142)]
    by_place = detections.spectra[np.argsort(detections.boxes[:, 0])]
    np.testing.assert_allclose(by_place, [[2, 0], [0, -3]])


def test_an_empty_frame_has_no_detections_of_the_right_shapes():
    detections = find(frame(), frame(), posterior(*EVERYWHERE, filters=8))
    assert [column.shape for column in detections] == [(0, 4), (0, 2), (0, 3), (0, 8), (0,)]
