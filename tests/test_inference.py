import numpy as np
import pytest

from dsrl.inference import FrameEncoder
from dsrl.preprocessing import Box, Preprocessing
from dsrl.vae import VAE


@pytest.mark.parametrize("colour", ["luminance", "rgb"])
def test_a_single_frame_has_the_posterior_that_torch_gives_it(colour):
    vae = VAE(Preprocessing(Box(34, 0, 160, 160), colour=colour)).eval().requires_grad_(False)
    shape = (84, 84) if colour == "luminance" else (84, 84, 3)
    x = np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)
    latent, expected = FrameEncoder(vae)(x), vae.encode(x)
    np.testing.assert_allclose(latent.mean, expected.mean[0], atol=1e-4)
    np.testing.assert_allclose(latent.log_var, expected.log_var[0], atol=1e-4)


def test_what_the_encoder_says_does_not_change_when_its_vae_is_trained_on():
    vae = VAE(Preprocessing(Box(34, 0, 160, 160)))
    encode, x = FrameEncoder(vae), np.full((84, 84), 99, dtype=np.uint8)
    before = encode(x).mean
    vae.mean_frame.fill_(99.0)
    np.testing.assert_array_equal(encode(x).mean, before)
