"""Reconstruction terms, in nats per frame: summed over pixels, averaged over the batch.

Each says how its input is standardised, (x - mean frame) / contrast, and where the learned background starts,
so that the static part of a game costs nothing from the first step.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

CHUNK = 1024  # frames turned into floats at once
LEAST_MSE = 1e-6  # below it the logarithm of a perfect reconstruction would run away


class Standardisation(NamedTuple):
    """What a VAE subtracts from its frames, what it divides them by, and where its background starts."""

    mean_frame: Float[Tensor, "c h w"]
    contrast: Float[Tensor, ""]
    background: Float[Tensor, "c h w"]


class Reconstruction(NamedTuple):
    """A distortion and the units that it is meant for."""

    distortion: Callable[[Tensor, Tensor], Tensor]
    """From x and logits, [B, c, h, w], to nats per frame."""
    standardise: Callable[[Tensor], Standardisation]
    """From preprocessed frames, UInt8 [n, c, h, w]."""
    link: Callable[[Tensor], Tensor]
    """From logits to the units of x."""


def mean_frame(frames: UInt8[Tensor, "n c h w"]) -> Float[Tensor, "c h w"]:
    """Return the mean of the frames, in grey levels."""
    total = sum(chunk.double().sum(dim=0) for chunk in torch.split(frames, CHUNK))
    return (torch.as_tensor(total) / len(frames)).float()


def contrast(frames: UInt8[Tensor, "n c h w"], mean: Float[Tensor, "c h w"]) -> Float[Tensor, ""]:
    """Return c of c^2 = sum d^4 / sum d^2 with d = x - mean: the mean square of d, weighted by itself.

    It is how much objects differ from the background, however few pixels they have; 1 where nothing moves.

    >>> contrast(torch.tensor([[[[0, 200]]], [[[0, 0]]]], dtype=torch.uint8), torch.tensor([[[0.0, 100.0]]]))
    tensor(100.)
    """
    squares = [(chunk.double() - mean).square() for chunk in torch.split(frames, CHUNK)]
    second = sum(float(square.sum()) for square in squares)
    fourth = sum(float(square.square().sum()) for square in squares)
    return torch.tensor((fourth / second) ** 0.5 if second else 1.0)


def centred(frames: UInt8[Tensor, "n c h w"]) -> Standardisation:
    """Standardise by mean frame and contrast; the background starts at zero, which is the mean frame."""
    mean = mean_frame(frames)
    return Standardisation(mean, contrast(frames, mean), torch.zeros_like(mean))


def unit_interval(frames: UInt8[Tensor, "n c h w"]) -> Standardisation:
    """Standardise grey levels to [0, 1]; the background starts at the mean frame."""
    mean = mean_frame(frames)
    return Standardisation(torch.zeros_like(mean), torch.tensor(255.0), mean / 255)


def probabilities(frames: UInt8[Tensor, "n c h w"]) -> Standardisation:
    """Standardise grey levels to [0, 1]; the background starts at the log-odds of the mean frame."""
    scaled = unit_interval(frames)
    return scaled._replace(background=torch.logit(scaled.background, eps=1e-3))


def squared(x: Float[Tensor, "batch c h w"], logits: Float[Tensor, "batch c h w"]) -> Float[Tensor, ""]:
    """Half the squared error: a Gaussian of unit variance, its constant left out."""
    return 0.5 * (x - logits).square().sum() / len(x)


def bernoulli(x: Float[Tensor, "batch c h w"], logits: Float[Tensor, "batch c h w"]) -> Float[Tensor, ""]:
    """Binary cross-entropy of grey levels taken as probabilities (Sherburn 2017, section 3.2)."""
    return binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def calibrated(x: Float[Tensor, "batch c h w"], logits: Float[Tensor, "batch c h w"]) -> Float[Tensor, ""]:
    """D / 2 * log MSE, the Gaussian of the best variance, which needs no beta (Rybkin et al. 2021)."""
    return 0.5 * x[0].numel() * (x - logits).square().mean().clamp(min=LEAST_MSE).log()


def identity(logits: Tensor) -> Tensor:
    """Return the logits, which are in the units of x already."""
    return logits


RECONSTRUCTIONS = {
    "contrast": Reconstruction(squared, centred, identity),
    "squared": Reconstruction(squared, unit_interval, identity),
    "calibrated": Reconstruction(calibrated, unit_interval, identity),
    "bce": Reconstruction(bernoulli, probabilities, torch.sigmoid),
}
