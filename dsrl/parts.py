"""From native pixels to the boxes of objects: one part per colour, and parts of one sprite joined.

Boxes are [left, top, right, bottom] in native pixels, right and bottom exclusive.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, Int32
from scipy.sparse.csgraph import connected_components

REACH = 2
"""Pixels of one colour that are at most twice this far apart, about one latent cell, are one part."""
FLIGHT = 8
"""The furthest that an object moves between two frames of the emulator, native pixels."""
MISSILE = 2
"""Native pixels that a ball or missile is wide at most; it is at least twice as high."""
BAND = 16
"""Rows of one colour that a sprite of several has at most in its smaller part; two boxers stay two."""
SMALLEST = 2
"""Objects of fewer native pixels are noise."""
LARGEST = 0.25
"""What fills more of the playfield than this is no object: the whole scene changes its colour, or flashes."""


class Parts(NamedTuple):
    """Some coloured parts of a frame."""

    boxes: Int[np.ndarray, "parts 4"]
    areas: Int[np.ndarray, " parts"]
    """Native pixels that are filled."""
    colours: Int[np.ndarray, " parts"]
    """Packed, 0xRRGGBB."""
    centres: Float[np.ndarray, "parts 2"]
    """Mean place of the filled pixels, across and down: an outstretched arm hardly moves it."""


NONE = Parts(np.zeros((0, 4), int), np.zeros(0, int), np.zeros(0, int), np.zeros((0, 2)))


def find_parts(colours: Int32[np.ndarray, "h w"], figure: Bool[np.ndarray, "h w"]) -> Parts:
    """Return the connected parts of each colour in a figure."""
    found = [_of_one_colour(figure & (colours == colour), colour) for colour in np.unique(colours[figure])]
    parts = concatenate([NONE, *found])
    return choose(parts, parts.areas <= LARGEST * figure.size)


def concatenate(several: Sequence[Parts]) -> Parts:
    """Return all of them as one."""
    return Parts(*map(np.concatenate, zip(*several, strict=True)))


def choose(parts: Parts, which: Bool[np.ndarray, " parts"] | Int[np.ndarray, " chosen"]) -> Parts:
    """Return some of them."""
    return Parts(*(column[which] for column in parts))


def _of_one_colour(mask: Bool[np.ndarray, "h w"], colour: int) -> Parts:
    """Return the parts of a mask; grown masks connect over gaps, as wide as they are in a sprite's face."""
    x, y, across, down = cv2.boundingRect(mask.view(np.uint8))  # labelling less than the playfield is faster
    inside = mask[y : y + down, x : x + across]
    padded = cv2.copyMakeBorder(
        inside.view(np.uint8), REACH, REACH, REACH, REACH, cv2.BORDER_CONSTANT, value=[0]
    )
    grown = cv2.dilate(padded, np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    rows, columns = np.nonzero(inside)
    part = labels[rows + REACH, columns + REACH]
    areas = np.bincount(part, minlength=count)[1:]
    sums = [np.bincount(part, weights=place, minlength=count)[1:] for place in (columns, rows)]
    left, top, width, height = stats[1:, :4].T
    boxes = np.stack([left, top, left + width - 2 * REACH, top + height - 2 * REACH], axis=1)
    centres = np.stack(sums, axis=1) / areas[:, None] + [x + 0.5, y + 0.5]
    return Parts(boxes + np.array([x, y, x, y]), areas, np.full(count - 1, colour), centres)


def without_counterpart(earlier: Parts, later: Parts) -> Parts:
    """Return the earlier parts that flickered off: none of their colour is near in the later frame."""
    gap = -_overlaps(earlier.boxes, later.boxes).min(axis=2)  # [earlier, later]
    near = (gap <= FLIGHT) & (earlier.colours[:, None] == later.colours)
    return choose(earlier, ~near.any(axis=1))


def join(parts: Parts) -> Parts:
    """Return one part per object: those of one sprite become one, with the colour of the largest."""
    together = _of_one_sprite(parts)
    if together.sum() > len(together):  # more than each with itself
        count, group = connected_components(together, directed=False)
        parts = concatenate([_as_one(choose(parts, group == index)) for index in range(count)])
    return choose(parts, parts.areas >= SMALLEST)


def _as_one(parts: Parts) -> Parts:
    """Return the parts of one object as a single part."""
    box = np.concatenate([parts.boxes[:, :2].min(axis=0), parts.boxes[:, 2:].max(axis=0)])
    centre = np.average(parts.centres, axis=0, weights=parts.areas)
    colour = parts.colours[[parts.areas.argmax()]]
    return Parts(box[None], parts.areas.sum(keepdims=True), colour, centre[None])


def _of_one_sprite(parts: Parts) -> Bool[np.ndarray, "parts parts"]:
    """Return which parts belong together: one lies on the other, or they touch and end alike, or are stacked.

    The emulator draws a sprite row by row, each in a colour of its own; so parts of which one stands on the
    other by at least half its width are one sprite. Balls and missiles, solid and narrow, are no part of one.
    """
    overlap = _overlaps(parts.boxes, parts.boxes)
    sides = parts.boxes[:, 2:] - parts.boxes[:, :2]
    sizes = sides.prod(axis=1)
    smaller = np.minimum(sizes[:, None], sizes)
    inside = (overlap > 0).all(axis=2) & (2 * overlap.prod(axis=2) >= smaller)
    ends = np.abs(parts.boxes[:, None] - parts.boxes) <= 1  # left, top, right, bottom
    touching = (overlap >= -1).all(axis=2) & (overlap > 0).any(axis=2)
    alike = (ends[..., 0] & ends[..., 2]) | (ends[..., 1] & ends[..., 3])
    missile = (sides[:, 0] <= MISSILE) & (sides[:, 1] >= 2 * sides[:, 0]) & (parts.areas == sizes)
    on = 4 * overlap[..., 0] >= 3 * np.minimum(sides[:, None, 0], sides[:, 0])
    band = np.minimum(sides[:, None, 1], sides[:, 1]) <= BAND
    stacked = on & band & ~missile & ~missile[:, None]
    return np.asarray(inside | (touching & (alike | stacked)))


def _overlaps(first: Int[np.ndarray, "n 4"], second: Int[np.ndarray, "m 4"]) -> Int[np.ndarray, "n m 2"]:
    """Return how far boxes overlap across and down; negative where there is a gap between them."""
    return np.asarray(
        np.minimum(first[:, None, 2:], second[:, 2:]) - np.maximum(first[:, None, :2], second[:, :2])
    )
