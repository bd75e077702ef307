"""From the posterior to detections: where it leaves the prior is an object, and native pixels say where.

Shapes: k latent filters, m x n latent cells, n objects.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from numba import njit

from dsrl.background import Background
from dsrl.compiling import announce
from dsrl.parts import move
from dsrl.preprocessing import Box
from dsrl.runs import Scenery, figures, unpack
from dsrl.sprites import find_objects

THRESHOLD = 0.5
"""Nats per latent cell over which a cell is occupied, for every game."""


class Latent(NamedTuple):
    """The posterior of one frame, as arrays."""

    mean: Float[np.ndarray, "k m n"]
    log_var: Float[np.ndarray, "k m n"]


ANYWHERE = Latent(np.full((1, 1, 1), 10.0), np.zeros((1, 1, 1)))
"""A posterior far from the prior everywhere: with it, extraction is plain subtraction of the background."""


class Detections(NamedTuple):
    """The objects of one frame, without type or identity."""

    boxes: Int[np.ndarray, "n 4"]
    """Left, top, right and bottom, native pixels; right and bottom exclusive."""
    centres: Float[np.ndarray, "n 2"]
    """The middle of what is broadest in each object, x and y, native pixels (see `dsrl.parts.Parts`)."""
    colours: UInt8[np.ndarray, "n 3"]
    """Red, green and blue of the largest part."""
    spectra: Float[np.ndarray, "n k"]
    """Activation of each filter over the object, weighted by divergence (Garnelo et al. 2016)."""
    nats: Float[np.ndarray, " n"]
    """Divergence from the prior over the object."""


def objectness(posterior: Latent) -> Float[np.ndarray, "m n"]:
    """Return KL(q(z_ij|x) || N(0, I_k)) of each latent cell, in nats: zero where nothing is."""
    mean, log_var = posterior
    return np.asarray(_divergence(mean, log_var, np.exp(log_var)))


def extract(
    posterior: Latent,
    previous: UInt8[np.ndarray, "height 160 3"],
    current: UInt8[np.ndarray, "height 160 3"],
    background: Background,
    playfield: Box,
    threshold: float = THRESHOLD,
) -> Detections:
    """Return the objects in the occupied cells of the posterior of max_pool(previous, current).

    They are placed where the current frame shows them; what flickers is placed by the previous one. Landmarks
    are looked for whatever the posterior says, since the network takes what stands still for background.
    """
    earlier, later = (frame.reshape(len(frame), -1) for frame in (previous, current))
    variance = np.exp(posterior.log_var)  # by numpy, whose loop is several times as fast as a compiled one
    return Detections(
        *_detect(*posterior, variance, earlier, later, background.scenery, playfield, threshold)
    )


@njit(cache=True)
def _detect(
    mean: Float[np.ndarray, "k m n"],
    log_var: Float[np.ndarray, "k m n"],
    variance: Float[np.ndarray, "k m n"],
    previous: UInt8[np.ndarray, "height 480"],
    current: UInt8[np.ndarray, "height 480"],
    scenery: Scenery,
    playfield: Box,
    threshold: float,
) -> tuple[np.ndarray, ...]:
    """Return what `extract` does, all in one call: what runs between other things costs more than it does."""
    nats = _divergence(mean, log_var, variance)
    occupied = _widened(nats > threshold)
    before = figures(previous, playfield, scenery, occupied)
    now = figures(current, playfield, scenery, occupied)
    parts = find_objects(before, now, playfield.height * playfield.width)
    weight, spectra = _activations(nats, mean, parts.boxes, playfield)
    move(parts, playfield.left, playfield.top)
    return parts.boxes, parts.centres, unpack(parts.colours), spectra, weight


announce(_detect)


@njit(cache=True)
def _divergence(
    mean: Float[np.ndarray, "k m n"],
    log_var: Float[np.ndarray, "k m n"],
    variance: Float[np.ndarray, "k m n"],
) -> Float[np.ndarray, "m n"]:
    """Return half the sum over filters of mean^2 + variance - 1 - log-variance."""
    filters, down, across = mean.shape
    one, half = mean.dtype.type(1), mean.dtype.type(0.5)
    total = np.zeros((down, across), mean.dtype)
    for k in range(filters):
        for row in range(down):
            for column in range(across):
                square = mean[k, row, column] * mean[k, row, column]
                total[row, column] += square + variance[k, row, column] - one - log_var[k, row, column]
    for row in range(down):
        for column in range(across):
            total[row, column] *= half
    return total


@njit(cache=True, inline="always")
def _widened(occupied: Bool[np.ndarray, "m n"]) -> Bool[np.ndarray, "m n"]:
    """Return the occupied cells and those beside them."""
    down, across = occupied.shape
    wide = np.zeros_like(occupied)
    for row in range(down):
        for column in range(across):
            if occupied[row, column]:
                for beside in range(max(row - 1, 0), min(row + 2, down)):
                    for next_to in range(max(column - 1, 0), min(column + 2, across)):
                        wide[beside, next_to] = True
    return wide


@njit(cache=True, inline="always")
def _activations(
    nats: Float[np.ndarray, "m n"],
    mean: Float[np.ndarray, "k m n"],
    boxes: Int[np.ndarray, "n 4"],
    playfield: Box,
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n k"]]:
    """Return the divergence under each box and the divergence-weighted mean of each filter there."""
    down, across = nats.shape
    height, width = playfield.height, playfield.width
    total, spectra = np.zeros(len(boxes)), np.zeros((len(boxes), len(mean)))
    for index in range(len(boxes)):
        left, top, right, bottom = boxes[index, 0], boxes[index, 1], boxes[index, 2], boxes[index, 3]
        for row in range(top * down // height, -(-bottom * down // height)):
            for column in range(left * across // width, -(-right * across // width)):
                total[index] += nats[row, column]
                for k in range(len(mean)):
                    spectra[index, k] += nats[row, column] * mean[k, row, column]
        for k in range(len(mean)):
            spectra[index, k] /= max(total[index], 1e-9)
    return total, spectra
