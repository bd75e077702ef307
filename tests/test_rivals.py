"""What an encoder is measured beside."""

import numpy as np
import pytest
import torch

from dsrl.calibration import View
from dsrl.kinds import Kinds
from dsrl.looks import Looks
from dsrl.perception import Detector, Perception
from dsrl.preprocessing import Box
from dsrl.rivals import FILTERS, LATENTS, NO_NETWORK, find_rivals
from dsrl.scenes import Scenes

PLAYFIELD = Box(top=34, left=0, height=168, width=160)
BRIGHT, DIM = (236, 236, 236), (60, 60, 60)


def screen(step: int) -> np.ndarray:
    frame = np.full((210, 160, 3), 40, dtype=np.uint8)
    frame[100:108, 40 + 2 * step : 48 + 2 * step] = BRIGHT
    frame[150:158, 40 + 2 * step : 48 + 2 * step] = DIM
    return frame


@pytest.fixture
def rivals(luminance_vae) -> dict[str, Perception]:
    """Return those of an encoder whose posterior leaves the prior for bright things alone."""
    empty = np.full((210, 160, 3), 40, dtype=np.uint8)
    vae = luminance_vae(PLAYFIELD, empty, contrast=100.0)
    looks = Looks(np.array([[8.0, 8.0]]), np.array([BRIGHT], dtype=np.uint8), np.zeros((1, 8)))
    kinds = Kinds(looks, np.array([0]), (1.0,), "appearance", (None,))
    perception = Perception(Detector(vae, Scenes.from_frames(empty[None], PLAYFIELD)), kinds)
    return find_rivals(perception, (View(screen(step), screen(step), step == 0) for step in range(20)))


def test_without_a_network_all_that_differs_from_the_background_is_an_object(rivals):
    bare, latents = (rivals[name](screen(3), screen(3)) for name in (NO_NETWORK, LATENTS))
    assert sorted(symbol.y for symbol in bare) == [104, 154]
    assert [symbol.y for symbol in latents] == [104]


def test_each_rival_has_kinds_of_its_own(rivals):
    assert set(rivals[NO_NETWORK].kinds.labels) == {"white 8x8", "brown 8x8"}
    assert (len(rivals[LATENTS].kinds), rivals[LATENTS].kinds.features) == (1, "spectrum")


def test_by_filter_what_is_brighter_and_what_is_darker_are_kinds_where_each_has_a_filter(luminance_vae):
    def show(step: int) -> np.ndarray:
        frame = np.full((210, 160, 3), 128, dtype=np.uint8)
        for top, size, grey in ((60, 8, 236), (100, 16, 200), (150, 8, 20)):
            frame[top : top + size, 40 + 2 * step : 40 + 2 * step + size] = grey
        return frame

    empty = np.full((210, 160, 3), 128, dtype=np.uint8)
    vae = luminance_vae(PLAYFIELD, empty, contrast=40.0)
    first, second, heads = (layer for layer in vae.encoder if isinstance(layer, torch.nn.Conv2d))
    first.weight[3] = -first.weight[0]  # the other side of the rectifier: only filter 3 sees what is darker
    second.weight[3, 3, 1, 1] = heads.weight[3, 3] = 1
    looks = Looks(np.array([[8.0, 8.0]]), np.array([BRIGHT], dtype=np.uint8), np.zeros((1, 8)))
    perception = Perception(
        Detector(vae, Scenes.from_frames(empty[None], PLAYFIELD)),
        Kinds(looks, np.array([0]), (1.0,), "appearance", (None,)),
    )
    by_filter = find_rivals(perception, (View(show(step), show(step), step == 0) for step in range(20)))[
        FILTERS
    ]
    seen = {symbol.y: symbol.kind for symbol in by_filter(show(5), show(5))}
    assert (len(by_filter.kinds), seen) == (2, {64: 0, 108: 0, 154: 1})
