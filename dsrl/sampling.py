"""Frames that a trained VAE makes up: from the prior, along a Markov chain, with its latent code changed.

Every function is deterministic in its `seed`, and leaves torch's own random state as it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from dsrl.errors import ConfigError
from dsrl.inspection import Frames, Pictures, pictures
from dsrl.vae import VAE

Frame = UInt8[Tensor, "1 c height width"]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch draw from a seed of its own."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@torch.inference_mode()
def best_of_prior(
    vae: VAE, frames: Frames, count: int = 6, of: int = 10, seed: int = 0
) -> tuple[Pictures, Float[np.ndarray, " count"]]:
    """Return the best of every `of` samples of the prior, and how far from real each is (thesis chapter 6).

    The best is the one nearest to any of the frames; the distance is the root mean square difference of their
    grey levels over 255. The thesis chose by eye.
    """
    with seeded(seed):
        drawn = np.stack([pictures(vae, torch.randn(of, *vae.latent_shape)) for _ in range(count)])
    real = frames.flatten(1).float() / 255
    flat = torch.from_numpy(drawn).flatten(2)  # [count, of, pixels]
    nearest = torch.cdist(flat, real).amin(dim=2).numpy() / np.sqrt(flat.shape[2])  # [count, of]
    best = nearest.argmin(axis=1)
    every = np.arange(count)
    return drawn[every, best], nearest[every, best]


@torch.inference_mode()
def chain(vae: VAE, frames: Frames, steps: Sequence[int], seed: int = 0) -> Pictures:
    """Return frames after so many steps of a Markov chain, [steps, n, ...] (Creswell et al. 2016, Eq. 3.45).

    z_t ~ q(z|x_t) is sampled; x_{t+1} is the mean of p(x|z_t). Step 0 is the frames themselves. It leads from
    any start to what the model holds for likely.

    Raises:
        ConfigError: a step is negative.
    """
    if min(steps) < 0:
        raise ConfigError(f"step {min(steps)} of a chain: count from 0")
    seen = {0: (frames.float() / 255).numpy()}
    with seeded(seed):
        for step in range(1, max(steps) + 1):
            levels = torch.from_numpy(seen[step - 1] * 255)
            seen[step] = pictures(vae, vae.sample(vae.encode(levels)))
    return np.stack([seen[step] for step in steps])


@torch.inference_mode()
def traverse(
    vae: VAE,
    frame: Frame,
    index: int,
    values: Float[np.ndarray, " values"],
    cell: tuple[int, int] | None = None,
) -> Pictures:
    """Return a frame with one latent neuron set to each value, or a whole filter when no cell is given."""
    z = vae.encode(frame).mean.repeat(len(values), 1, 1, 1)
    rows, columns = (slice(None), slice(None)) if cell is None else cell
    z[:, index, rows, columns] = torch.as_tensor(values, dtype=z.dtype).reshape(
        -1, *([1, 1] if cell is None else [])
    )
    return pictures(vae, z)


@torch.inference_mode()
def disturb(vae: VAE, frame: Frame, index: int, scales: Sequence[float], seed: int = 0) -> Pictures:
    """Return a frame with Gaussian noise of each standard deviation added to one filter (thesis chapter 6).

    The noise is the same but for its scale.
    """
    z = vae.encode(frame).mean.repeat(len(scales), 1, 1, 1)
    with seeded(seed):
        noise = torch.randn(vae.latent_shape[1:])
    z[:, index] += torch.tensor(scales).reshape(-1, 1, 1) * noise
    return pictures(vae, z)
