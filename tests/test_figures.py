"""Every figure of every kind of VAE: they run over the registries, so a new entry is drawn at once."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from dsrl.figures import FIGURES, caption, spread
from dsrl.networks import NETWORKS
from dsrl.panels import bars, line_panels, map_rows
from dsrl.preprocessing import Box, Preprocessing
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.vae import VAE


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.fixture(scope="module")
def frames():
    return torch.randint(0, 256, (7, 1, 84, 84), generator=torch.Generator().manual_seed(1)).byte()


def made(network, reconstruction="contrast", filters=None, colour="luminance", variational=True):
    torch.manual_seed(0)
    config = {"objective": {"reconstruction": reconstruction}}
    preprocessing = Preprocessing(Box(34, 0, 160, 160), colour=colour)
    vae = VAE(preprocessing, network, filters, config, variational=variational)
    return vae.eval().requires_grad_(False)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_of_every_network(name, network, frames):
    drawn = pixels(FIGURES[name](made(network), frames))
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 5, "nothing is drawn"


@pytest.mark.parametrize("reconstruction", RECONSTRUCTIONS)
def test_reconstructions_are_drawn_in_the_units_of_every_term(reconstruction, frames):
    assert pixels(FIGURES["reconstructions"](made("fine", reconstruction), frames)).shape[2] == 3


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_of_one_filter_and_of_one_frame_in_colour(name, frames):
    coloured = frames[:1].expand(1, 3, 84, 84)
    assert FIGURES[name](made("thesis", filters=1, colour="rgb"), coloured).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_of_an_autoencoder_that_is_not_variational(name, frames):
    assert FIGURES[name](made("thesis", variational=False), frames).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_caption_of_one_sentence(name):
    assert caption(name).endswith(".")
    assert "\n" not in caption(name)


def test_a_figure_is_the_same_each_time(frames):
    vae = made("fine")
    assert FIGURES["chains"](vae, frames) == FIGURES["chains"](vae, frames)


def test_frames_are_taken_from_all_over():
    frames = torch.arange(100).reshape(100, 1, 1, 1)
    assert spread(frames, 3).flatten().tolist() == [0, 49, 99]
    assert spread(frames[:2], 3).flatten().tolist() == [0, 1]


def test_maps_of_nothing_but_zero_are_drawn():
    assert pixels(map_rows({"row": np.zeros((2, 3, 3))}, ["a", "b"], "nats")).size


def test_longer_bars_are_drawn_longer():
    blue = np.array([0, 114, 178])
    drawn = np.abs(pixels(bars({"few": 1.0, "many": 3.0}, "nats", "")).astype(int) - blue).sum(axis=2) < 20
    lengths = drawn.sum(axis=1)
    lengths = lengths[lengths > 20]
    assert lengths[-1] > 2.5 * lengths[0]


def test_lines_of_a_single_panel_and_of_several_are_drawn():
    points = {"one": [(1.0, 2.0), (2.0, 1.0)]}
    one, two = (
        pixels(line_panels(dict.fromkeys(names, points), "x", "y", log_x=True)) for names in ("a", "ab")
    )
    assert two.shape[1] > one.shape[1]
