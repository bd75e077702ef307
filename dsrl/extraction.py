"""From the posterior to detections: where it leaves the prior is an object, and native pixels say where.

Shapes: k latent filters, m x n latent cells, n objects.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from dsrl.background import Background, pack_colours, unpack_colours
from dsrl.parts import concatenate, find_parts, join, without_counterpart
from dsrl.preprocessing import Box, crop

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
    """Mean place of the pixels of each object, x and y, native pixels."""
    colours: UInt8[np.ndarray, "n 3"]
    """Red, green and blue of the largest part."""
    spectra: Float[np.ndarray, "n k"]
    """Activation of each filter over the object, weighted by divergence (Garnelo et al. 2016)."""
    nats: Float[np.ndarray, " n"]
    """Divergence from the prior over the object."""


def objectness(posterior: Latent) -> Float[np.ndarray, "m n"]:
    """Return KL(q(z_ij|x) || N(0, I_k)) of each latent cell, in nats: zero where nothing is."""
    mean, log_var = posterior
    return np.asarray((np.square(mean) + np.exp(log_var) - 1 - log_var).sum(axis=0) / 2)


def extract(
    posterior: Latent,
    previous: UInt8[np.ndarray, "210 160 3"],
    current: UInt8[np.ndarray, "210 160 3"],
    background: Background,
    playfield: Box,
    threshold: float = THRESHOLD,
) -> Detections:
    """Return the objects in the occupied cells of the posterior of max_pool(previous, current).

    They are placed where the current frame shows them; what flickers is placed by the previous one. Landmarks
    are looked for whatever the posterior says, since the network takes what stands still for background.
    """
    nats = objectness(posterior)
    occupied = cv2.dilate((nats > threshold).astype(np.uint8), np.ones((3, 3), np.uint8))
    size = (playfield.width, playfield.height)
    gate = (
        cv2.resize(occupied, size, interpolation=cv2.INTER_NEAREST).view(bool) | background.around_landmarks
    )
    earlier, later = (
        find_parts(colours, gate & background.figure(colours))
        for colours in (pack_colours(crop(frame, playfield)) for frame in (previous, current))
    )
    flickering = without_counterpart(earlier, later)
    parts = join(concatenate([later, flickering]))
    weight, spectra = _activations(posterior, nats, parts.boxes, playfield)
    corner = np.array([playfield.left, playfield.top])
    colours = unpack_colours(parts.colours)
    return Detections(parts.boxes + np.tile(corner, 2), parts.centres + corner, colours, spectra, weight)


def _activations(
    posterior: Latent, nats: Float[np.ndarray, "m n"], boxes: Int[np.ndarray, "n 4"], playfield: Box
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n k"]]:
    """Return the divergence under each box and the divergence-weighted mean of each filter there."""
    # A summed-area table (Crow 1984) serves all boxes at once.
    maps = np.concatenate([nats[None], nats * posterior.mean])  # [1 + k, m, n]
    table = np.moveaxis(cv2.integral(np.moveaxis(maps, 0, -1)), -1, 0)  # [1 + k, m + 1, n + 1], float64
    cells = np.array(nats.shape[::-1] * 2)
    scaled = boxes * cells / np.array([playfield.width, playfield.height] * 2)
    low, high = np.floor(scaled[:, :2]).astype(int), np.ceil(scaled[:, 2:]).astype(int)
    (left, top), (right, bottom) = low.T, high.T
    sums = table[:, bottom, right] - table[:, top, right] - table[:, bottom, left] + table[:, top, left]
    return sums[0], (sums[1:] / np.maximum(sums[0], 1e-9)).T
