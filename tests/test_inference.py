"""The encoder for play: what torch would give, of each frame only what has changed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dsrl.convolution import Convolution
from dsrl.inference import FrameEncoder
from dsrl.networks import BATCH_NORM, NETWORKS
from dsrl.preprocessing import Box, Preprocessing
from dsrl.vae import VAE


def make(network="light", colour="luminance", **how) -> VAE:
    """Return a VAE whose weights and batch statistics are anything."""
    torch.manual_seed(0)
    vae = VAE(Preprocessing(Box(34, 0, 160, 160), colour=colour), network, **how)
    with torch.no_grad():
        for name, tensor in vae.state_dict().items():
            if tensor.is_floating_point() and name != "contrast":
                tensor += 0.1 * torch.rand_like(tensor)
    return vae.eval().requires_grad_(False)


def frames(vae: VAE, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return frames of noise in each of which a part is as in the one before."""
    rng = np.random.default_rng(seed)
    found = [rng.integers(256, size=vae.preprocessing.shape, dtype=np.uint8)]
    while len(found) < count:
        top, left, side = rng.integers(0, 84, 2), rng.integers(0, 84), rng.integers(0, 40)
        frame = found[-1].copy()
        part = frame[top[0] : top[0] + side, left : left + side]
        part[:] = rng.integers(256, size=part.shape, dtype=np.uint8)
        found.append(frame)
    return found


@pytest.mark.parametrize("colour", ["luminance", "rgb"])
def test_a_single_frame_has_the_posterior_that_torch_gives_it(colour):
    vae = VAE(Preprocessing(Box(34, 0, 160, 160), colour=colour)).eval().requires_grad_(False)
    shape = (84, 84) if colour == "luminance" else (84, 84, 3)
    x = np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)
    latent, expected = FrameEncoder(vae)(x), vae.encode(x)
    np.testing.assert_allclose(latent.mean, expected.mean[0], atol=1e-4)
    np.testing.assert_allclose(latent.log_var, expected.log_var[0], atol=1e-4)


@pytest.mark.parametrize("colour", ["luminance", "rgb"])
@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_gives_the_posterior_that_torch_gives(network, colour):
    vae = make(network, colour)
    encode = FrameEncoder(vae)
    for x in frames(vae, 3):
        latent, expected = encode(x), vae.encode(x)
        np.testing.assert_allclose(latent.mean, expected.mean[0], atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(latent.log_var, expected.log_var[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("how", [{"batch_norm": where} for where in BATCH_NORM] + [{"variational": False}])
def test_normalised_and_deterministic_encoders_do_so_too(how):
    vae = make(**how)
    (x,) = frames(vae, 1)
    latent, expected = FrameEncoder(vae)(x), vae.encode(x)
    np.testing.assert_allclose(latent.mean, expected.mean[0], atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(latent.log_var, expected.log_var[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("network", ["light", "thesis", "dense"])
def test_a_posterior_is_the_same_to_the_bit_whatever_came_before(network):
    vae = make(network)
    experienced = FrameEncoder(vae)
    for x in frames(vae, 12):
        latent, fresh = experienced(x), FrameEncoder(vae)(x)
        np.testing.assert_array_equal(latent.mean, fresh.mean)
        np.testing.assert_array_equal(latent.log_var, fresh.log_var)


def test_a_posterior_stays_as_it_is_when_the_next_frame_is_seen():
    vae = make()
    first, second = frames(vae, 2)
    encode = FrameEncoder(vae)
    kept = encode(first)
    before = kept.mean.copy()
    assert np.any(encode(second).mean != before)
    np.testing.assert_array_equal(kept.mean, before)


def test_what_the_encoder_says_does_not_change_when_its_vae_is_trained_on():
    vae = make()
    encode, (x, other) = FrameEncoder(vae), frames(vae, 2)
    before = encode(x).mean
    with torch.no_grad():
        for tensor in (*vae.parameters(), vae.mean_frame):
            tensor.fill_(9.0)
    encode(other)
    np.testing.assert_array_equal(encode(x).mean, before)


@settings(max_examples=40, deadline=None)
@given(
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    channels=st.integers(1, 3),
    filters=st.integers(1, 6),
    cell=st.integers(0, 9 * 7 - 1),
)
def test_a_convolution_follows_a_change_and_tells_which_outputs_it_reached(
    kernel, stride, padding, channels, filters, cell
):
    module = nn.Conv2d(channels, filters, kernel, stride, padding).requires_grad_(False)
    inputs = np.random.default_rng(0).normal(size=(9, 7, channels)).astype(np.float32)
    convolution = Convolution(module, False, inputs)
    before = convolution.maps.copy()
    inputs[cell // 7, cell % 7] += 1
    changed = convolution.update(inputs, np.array([cell]))
    expected = module(torch.tensor(inputs).permute(2, 0, 1)[None])[0].permute(1, 2, 0)
    np.testing.assert_allclose(convolution.maps, expected, atol=1e-5)
    different = np.flatnonzero((convolution.maps != before).any(axis=2))
    np.testing.assert_array_equal(np.sort(changed), different)


def test_what_a_rectifier_hides_has_not_changed():
    module = nn.Conv2d(1, 1, 1).requires_grad_(False)
    module.weight[:], module.bias[:] = 1.0, 0.0
    convolution = Convolution(module, True, np.zeros((1, 3, 1), np.float32))
    inputs = np.array([[[-1.0], [-2.0], [3.0]]], np.float32)
    assert convolution.update(inputs, np.arange(3)).tolist() == [2]
    assert convolution.maps.ravel().tolist() == [0.0, 0.0, 3.0]
