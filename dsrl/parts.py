"""Parts of frames, each of one colour: boxes, areas and centres as columns, and what is done with them.

Boxes are [left, top, right, bottom] in native pixels, right and bottom exclusive. The loops are compiled.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numba import njit

LEFT, TOP, RIGHT, BOTTOM = range(4)
"""Columns of a box."""
Box = Int[np.ndarray, "4"]
Boxes = Int[np.ndarray, "n 4"]


class Parts(NamedTuple):
    """Some coloured parts of a frame."""

    boxes: Int[np.ndarray, "parts 4"]
    areas: Int[np.ndarray, " parts"]
    """Native pixels that are filled."""
    colours: Int[np.ndarray, " parts"]
    """Packed, 0xRRGGBB."""
    centres: Float[np.ndarray, "parts 2"]
    """The middle of the columns that have half as many filled pixels as the one in which a pixel is, on
    average, and of the rows likewise: an outstretched arm does not move it."""


def choose(parts: Parts, which: Bool[np.ndarray, " parts"] | Int[np.ndarray, " chosen"]) -> Parts:
    """Return some of them."""
    return Parts(*(column[which] for column in parts))


@njit(cache=True)
def take(parts: Parts, which: Bool[np.ndarray, " parts"]) -> Parts:
    """Return what `choose` does, compiled."""
    chosen, last = no_parts(len(which)), -1
    for index in range(len(which)):
        if which[index]:
            last += 1
            _copy(parts, index, chosen, last)
    boxes, areas, colours, centres = chosen
    return Parts(boxes[: last + 1], areas[: last + 1], colours[: last + 1], centres[: last + 1])


@njit(cache=True, inline="always")
def both(these: Parts, those: Parts) -> Parts:
    """Return all of them as one."""
    first = len(these.areas)
    parts = no_parts(first + len(those.areas))
    for index in range(first):
        _copy(these, index, parts, index)
    for index in range(len(those.areas)):
        _copy(those, index, parts, first + index)
    return parts


@njit(cache=True)
def _copy(parts: Parts, index: int, to: Parts, place: int) -> None:
    """Write one of some parts into a place of others."""
    to.areas[place], to.colours[place] = parts.areas[index], parts.colours[index]
    for side in range(4):
        to.boxes[place, side] = parts.boxes[index, side]
    for axis in range(2):
        to.centres[place, axis] = parts.centres[index, axis]


@njit(cache=True, inline="always")
def move(parts: Parts, across: int, down: int) -> None:
    """Move parts by native pixels to the right and down."""
    for index in range(len(parts.areas)):
        for axis, distance in enumerate((across, down)):
            parts.boxes[index, axis] += distance
            parts.boxes[index, 2 + axis] += distance
            parts.centres[index, axis] += distance


@njit(cache=True)
def no_parts(count: int) -> Parts:
    """Return so many parts without a pixel."""
    boxes = np.empty((count, 4), np.int64)
    for index in range(count):
        boxes[index, LEFT] = boxes[index, TOP] = 1 << 30
        boxes[index, RIGHT] = boxes[index, BOTTOM] = -1
    areas, colours = np.zeros(count, np.int64), np.zeros(count, np.int64)
    return Parts(boxes, areas, colours, np.zeros((count, 2)))


@njit(cache=True)
def widen(boxes: Boxes, index: int, left: int, top: int, right: int, bottom: int) -> None:
    """Make a box cover another one too."""
    boxes[index, LEFT], boxes[index, TOP] = min(boxes[index, LEFT], left), min(boxes[index, TOP], top)
    boxes[index, RIGHT] = max(boxes[index, RIGHT], right)
    boxes[index, BOTTOM] = max(boxes[index, BOTTOM], bottom)


@njit(cache=True)
def overlap(one: Box, other: Box) -> tuple[int, int]:
    """Return how far two boxes overlap across and down; negative where there is a gap between them."""
    across = min(one[RIGHT], other[RIGHT]) - max(one[LEFT], other[LEFT])
    down = min(one[BOTTOM], other[BOTTOM]) - max(one[TOP], other[TOP])
    return across, down
