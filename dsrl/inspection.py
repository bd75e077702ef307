"""What the latent space of a trained VAE holds, as arrays that figures are drawn from.

Shapes: n frames, c channels, k latent filters, m x w latent cells. Pictures are grey levels over 255.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from dsrl.extraction import THRESHOLD
from dsrl.looks import winners
from dsrl.objectives import kl
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.vae import VAE, Posterior

Frames = UInt8[Tensor, "n c height width"]
Pictures = Float[np.ndarray, "*n c height width"]

CHUNK = 128  # frames encoded at once
ACTIVE_VARIANCE = 0.01
"""Variance of a neuron's mean over the data from which it is active (Burda et al. 2016, section 5.2)."""


class Statistics(NamedTuple):
    """What each latent neuron does over many frames."""

    activation: Float[np.ndarray, "k m w"]
    """Mean of the posterior mean."""
    variance: Float[np.ndarray, "k m w"]
    """Variance of the posterior mean, Cov_x(E[z|x]) of Burda et al. 2016."""
    divergence: Float[np.ndarray, "k m w"]
    """Mean divergence from the prior, nats per frame."""
    frames: int
    """How many frames that is over."""

    @property
    def active(self) -> Bool[np.ndarray, "k m w"]:
        """Which neurons are active units (Burda et al. 2016)."""
        return np.asarray(self.variance > ACTIVE_VARIANCE)

    @property
    def per_filter(self) -> Float[np.ndarray, " k"]:
        """Divergence of each filter, nats per frame."""
        return np.asarray(self.divergence.sum(axis=(1, 2)))

    @property
    def per_position(self) -> Float[np.ndarray, "m w"]:
        """Divergence of each latent cell over all filters, nats per frame."""
        return np.asarray(self.divergence.sum(axis=0))


def reconstruction_of(vae: VAE) -> str:
    """Return the name of the reconstruction term that a VAE was trained with."""
    return str(vae.config["objective"]["reconstruction"])


@torch.inference_mode()
def posteriors(vae: VAE, frames: Frames) -> Iterator[Posterior]:
    """Yield the posterior of the frames, some at a time."""
    for chunk in torch.split(frames, CHUNK):
        yield vae.encode(chunk)


@torch.inference_mode()
def pictures(vae: VAE, z: Float[Tensor, "n k m w"]) -> Pictures:
    """Return what latent codes look like: the mean of p(x|z), as grey levels over 255."""
    link = RECONSTRUCTIONS[reconstruction_of(vae)].link
    drawn = link(vae.decode(z)) * vae.contrast + vae.mean_frame
    return np.asarray((drawn / 255).clamp(0, 1))


def reconstruct(vae: VAE, frames: Frames) -> Pictures:
    """Return what is drawn from the posterior means of frames."""
    return np.concatenate([pictures(vae, posterior.mean) for posterior in posteriors(vae, frames)])


def filter_images(vae: VAE, frames: Frames) -> Float[np.ndarray, "n k m w"]:
    """Return the posterior mean of every filter, a picture of each (Sherburn 2017, chapter 6)."""
    return np.concatenate([posterior.mean.numpy() for posterior in posteriors(vae, frames)])


def divergences(vae: VAE, frames: Frames) -> Float[np.ndarray, "n k m w"]:
    """Return the divergence of every neuron from the prior, nats, frame by frame."""
    return np.concatenate([kl(*posterior).numpy() for posterior in posteriors(vae, frames)])


def statistics(vae: VAE, frames: Frames) -> Statistics:
    """Return what each latent neuron does over the frames, in one pass and without keeping them encoded."""
    sums, squares, nats = (torch.zeros(vae.latent_shape, dtype=torch.float64) for _ in range(3))
    for posterior in posteriors(vae, frames):
        mean = posterior.mean.double()
        sums += mean.sum(dim=0)
        squares += mean.square().sum(dim=0)
        nats += kl(*posterior).sum(dim=0)
    activation, square, divergence = ((total / len(frames)).numpy() for total in (sums, squares, nats))
    return Statistics(activation, np.maximum(square - activation**2, 0), divergence, len(frames))


def wins(vae: VAE, frames: Frames) -> Float[np.ndarray, " k"]:
    """Return the share of the occupied latent cells, of all frames, that each filter wins.

    Its mean is the farthest from the prior there. All are 0 where no cell is occupied.
    """
    won = np.zeros(vae.latent_shape[0])
    for mean, log_var in posteriors(vae, frames):
        occupied = kl(mean, log_var).sum(dim=1) > THRESHOLD  # [n, m, w]
        won += np.bincount(winners(mean.movedim(1, -1)[occupied].numpy()), minlength=len(won))
    return np.asarray(won / max(won.sum(), 1.0))


def busiest(vae: VAE, frame: UInt8[Tensor, "1 c height width"]) -> tuple[int, int, int]:
    """Return filter, row and column of the neuron that says most about a frame: of the largest divergence."""
    nats = divergences(vae, frame)[0]
    index, row, column = np.unravel_index(int(nats.argmax()), nats.shape)
    return int(index), int(row), int(column)


def explained(vae: VAE, frames: Frames) -> float:
    """Return the share of the variance of grey levels around their mean that reconstructions explain.

    It compares across reconstruction terms and colours: 1 is a perfect drawing, 0 one of the mean frame.
    """
    levels = (frames.float() / 255).numpy()
    total = np.square(levels - levels.mean(axis=0)).sum(dtype=np.float64)
    missed = np.square(levels - reconstruct(vae, frames)).sum(dtype=np.float64)
    return float(1 - missed / total) if total else 1.0
