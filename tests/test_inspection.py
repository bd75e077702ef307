"""What the latent space holds, against numbers known by hand."""

import numpy as np
import pytest
import torch

from dsrl.inspection import (
    busiest,
    divergences,
    explained,
    filter_images,
    pictures,
    posteriors,
    reconstruct,
    statistics,
    wins,
)
from dsrl.preprocessing import Box

PLAYFIELD = Box(34, 0, 160, 160)


@pytest.fixture(scope="module")
def vae(luminance_vae):
    """Its first filter has the mean (luminance of its 2 x 2 pixels) / 100; all else is the prior."""
    still = np.zeros((210, 160, 3), dtype=np.uint8)
    made = luminance_vae(PLAYFIELD, still, 100.0)
    made.config = {"objective": {"reconstruction": "contrast"}}
    return made


@pytest.fixture(scope="module")
def frames():
    """Three hundred frames: black but for one 2 x 2 square of 200 in every second."""
    x = torch.zeros(300, 1, 84, 84, dtype=torch.uint8)
    x[::2, 0, 20:22, 40:42] = 200  # latent cell 10, 20
    return x


def test_the_filter_images_are_the_posterior_means_in_order(vae, frames):
    images = filter_images(vae, frames)
    assert images.shape == (300, 8, 42, 42)
    assert images[:4, 0, 10, 20].tolist() == pytest.approx([2.0, 0.0, 2.0, 0.0])
    assert np.count_nonzero(images) == 150


def test_statistics_over_many_chunks_are_those_of_the_whole(vae, frames):
    found = statistics(vae, frames)
    assert found.frames == 300
    assert found.activation[0, 10, 20] == pytest.approx(1.0)
    assert found.variance[0, 10, 20] == pytest.approx(1.0)  # 2 and 0 in turn
    assert found.divergence[0, 10, 20] == pytest.approx(1.0)  # 2^2 / 2, in every second frame
    assert found.divergence.sum() == pytest.approx(1.0)


def test_a_neuron_whose_mean_moves_is_active_and_no_other(vae, frames):
    found = statistics(vae, frames)
    assert np.argwhere(found.active).tolist() == [[0, 10, 20]]
    steady = statistics(vae, frames[::2])  # far from the prior, but always the same
    assert steady.divergence[0, 10, 20] == pytest.approx(2.0)
    assert not steady.active.any()


def test_the_divergence_falls_to_its_filter_and_its_place(vae, frames):
    found = statistics(vae, frames)
    assert found.per_filter.tolist() == pytest.approx([1.0] + [0.0] * 7)
    assert found.per_position[10, 20] == pytest.approx(1.0)
    assert found.per_position.sum() == pytest.approx(divergences(vae, frames).sum() / 300)


def test_a_filter_wins_the_occupied_cells_in_which_it_is_farthest_from_the_prior(vae, frames):
    assert wins(vae, frames).tolist() == [1.0] + [0.0] * 7  # 150 cells of 2 nats
    assert wins(vae, frames // 3).tolist() == [0.0] * 8  # of (2 / 3)^2 / 2 nats: none is occupied


def test_the_busiest_neuron_is_the_one_over_the_object(vae, frames):
    assert busiest(vae, frames[:1]) == (0, 10, 20)


def test_pictures_are_grey_levels_between_nought_and_one(vae, frames):
    drawn = pictures(vae, 1e6 * torch.randn(2, 8, 42, 42))
    assert drawn.shape == (2, 1, 84, 84)
    assert (drawn.min(), drawn.max()) == (0.0, 1.0)
    assert reconstruct(vae, frames).shape == (300, 1, 84, 84)


def test_the_background_is_drawn_in_grey_levels(vae, frames):
    with torch.no_grad():
        made = type(vae)(vae.preprocessing, config=vae.config)
        for weights in made.decoder.parameters():
            weights.zero_()
        made.mean_frame.fill_(51.0)
        made.background.fill_(0.5)
        made.contrast.fill_(102.0)
    np.testing.assert_allclose(reconstruct(made, frames[:1]), (51 + 0.5 * 102) / 255, rtol=1e-5)


def test_every_frame_has_its_posterior(vae, frames):
    assert sum(len(chunk.mean) for chunk in posteriors(vae, frames)) == 300


def test_the_mean_frame_explains_nothing_and_the_frame_itself_everything(vae, frames, monkeypatch):
    mean = frames.float().mean(dim=0, keepdim=True).numpy() / 255
    monkeypatch.setattr("dsrl.inspection.reconstruct", lambda vae, frames: mean)
    assert explained(vae, frames) == pytest.approx(0.0, abs=1e-6)
    monkeypatch.setattr("dsrl.inspection.reconstruct", lambda vae, frames: frames.numpy() / 255)
    assert explained(vae, frames) == pytest.approx(1.0)
    assert explained(vae, frames[:1]) == 1.0  # nothing varies
