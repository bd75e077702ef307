"""Frames that a VAE makes up: where they begin, what they change, and that a seed repeats them."""

import numpy as np
import pytest
import torch

from dsrl.errors import ConfigError
from dsrl.inspection import pictures, reconstruct
from dsrl.preprocessing import Box, Preprocessing
from dsrl.sampling import best_of_prior, chain, disturb, traverse
from dsrl.vae import VAE


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    config = {"objective": {"reconstruction": "contrast"}}
    return VAE(Preprocessing(Box(34, 0, 160, 160)), "fine", config=config).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def frames():
    return torch.randint(0, 256, (5, 1, 84, 84), generator=torch.Generator().manual_seed(1)).byte()


def test_a_chain_begins_with_the_frames_and_steps_by_sampling(vae, frames):
    links = chain(vae, frames, steps=(0, 1, 3), seed=4)
    assert links.shape == (3, 5, 1, 84, 84)
    np.testing.assert_allclose(links[0], frames.numpy() / 255)
    torch.manual_seed(4)
    sampled = vae.sample(vae.encode(frames))
    np.testing.assert_allclose(links[1], pictures(vae, sampled), atol=1e-5)
    assert not np.allclose(links[1], reconstruct(vae, frames), atol=1e-3)  # z is sampled, not its mean


def test_a_chain_does_not_depend_on_which_steps_are_shown(vae, frames):
    np.testing.assert_array_equal(chain(vae, frames, (0, 1, 2, 3))[3], chain(vae, frames, (3,))[0])


def test_a_seed_repeats_and_leaves_the_state_of_torch_alone(vae, frames):
    state = torch.get_rng_state()
    once, again, other = (chain(vae, frames, (2,), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_chain_has_no_negative_step(vae, frames):
    with pytest.raises(ConfigError, match="step -1"):
        chain(vae, frames, (-1, 0))


def test_the_best_of_the_prior_is_the_one_nearest_to_a_frame(vae, frames):
    torch.manual_seed(3)
    every = pictures(vae, torch.randn(10, *vae.latent_shape))
    difference = every[:, None] - frames.numpy()[None] / 255
    distances = np.sqrt(np.square(difference).mean(axis=(2, 3, 4))).min(axis=1)
    best, distance = best_of_prior(vae, frames, count=1, of=10, seed=3)
    np.testing.assert_array_equal(best[0], every[distances.argmin()])
    assert distance[0] == pytest.approx(distances.min(), rel=1e-3)


def test_more_samples_are_never_farther_from_the_frames(vae, frames):
    one, ten = (best_of_prior(vae, frames, count=3, of=of)[1].min() for of in (1, 10))
    assert ten <= one


def test_a_traversal_passes_through_the_reconstruction(vae, frames):
    mean = vae.encode(frames[:1]).mean[0, 2, 9, 9].item()
    values = np.array([-3.0, mean, 3.0])
    drawn = traverse(vae, frames[:1], 2, values, cell=(9, 9))
    np.testing.assert_allclose(drawn[1], reconstruct(vae, frames[:1])[0], atol=1e-5)


def test_one_neuron_changes_the_picture_around_its_place_only(vae, frames):
    low, high = traverse(vae, frames[:1], 2, np.array([-3.0, 3.0]), cell=(9, 30))
    rows, columns = np.nonzero((low != high)[0])
    assert (abs(rows - 18).max() <= 5, abs(columns - 60).max() <= 5) == (True, True)  # cells of 2 x 2 pixels
    low, high = traverse(vae, frames[:1], 2, np.array([-3.0, 3.0]))
    assert np.ptp(np.nonzero((low != high)[0]), axis=1).min() > 80  # the whole filter changes all of it


def test_no_noise_is_the_reconstruction_and_more_noise_is_farther_from_it(vae, frames):
    drawn = disturb(vae, frames[:1], 1, (0.0, 1.0, 2.0))
    still = reconstruct(vae, frames[:1])[0]
    np.testing.assert_allclose(drawn[0], still, atol=1e-5)
    near, far = (np.abs(picture - still).mean() for picture in drawn[1:])
    assert 0 < near < far
