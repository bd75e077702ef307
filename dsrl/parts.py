"""From runs of pixels to boxes: the connected parts of each colour.

Boxes are [left, top, right, bottom] in native pixels, right and bottom exclusive. The loops are compiled.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int32
from numba import njit

from dsrl.groups import find, unite
from dsrl.runs import Runs

SEAM, GAP = 1, 4
"""Native pixels between pieces of one colour that are one part: any pieces, and those of different sizes.
Pieces of one size side by side, such as pins, are as many things, but for the rungs of a ladder."""
MANY = 6
"""Solid pieces of one size and colour of which a frame has so many, such as pills, are no part of another."""
THING = 8
"""Native pixels that such a piece has at least, and a side at most: others are bits of sprites or walls."""
ALONE = 0
LARGEST = 0.25
"""What fills more of the playfield than this is no object: the whole scene changes its colour, or flashes."""

LEFT, TOP, RIGHT, BOTTOM = range(4)
"""Columns of a box."""
Box = Int[np.ndarray, "4"] | tuple[int, int, int, int]
Boxes = Int[np.ndarray, "n 4"]
Roots = Int[np.ndarray, " runs"]
"""The first run of the part that each belongs to."""


class Parts(NamedTuple):
    """Some coloured parts of a frame."""

    boxes: Int[np.ndarray, "parts 4"]
    areas: Int[np.ndarray, " parts"]
    """Native pixels that are filled."""
    colours: Int[np.ndarray, " parts"]
    """Packed, 0xRRGGBB."""
    centres: Float[np.ndarray, "parts 2"]
    """Midway between the quartiles of the filled pixels, across and down: an outstretched arm hardly moves
    it, nor a body that is broader at one end."""


def choose(parts: Parts, which: Bool[np.ndarray, " parts"] | Int[np.ndarray, " chosen"]) -> Parts:
    """Return some of them."""
    return Parts(*(column[which] for column in parts))


@njit(cache=True)
def find_parts(runs: Runs, size: int) -> Parts:
    """Return the connected parts of each colour, over gaps as wide as they are in a sprite's face.

    In a frame of `size` pixels, what is too large for an object is left out.
    """
    root = np.arange(len(runs))
    _connect(runs, root, SEAM, 1 + np.arange(len(runs)))
    _connect(runs, root, GAP, _shapes(runs, root))
    first = np.flatnonzero(root == np.arange(len(runs)))
    order = first[np.argsort(runs[first, 3], kind="mergesort")]
    part = np.empty(len(runs), np.int64)
    part[order] = np.arange(len(order))
    parts = no_parts(len(order))
    for index in range(len(runs)):
        row, left, right = runs[index, 0], runs[index, 1], runs[index, 2]
        number, length = part[root[index]], right - left
        parts.colours[number] = runs[index, 3]
        widen(parts.boxes, number, left, row, right, row + 1)
        parts.areas[number] += length
    _set_centres(runs, part[root], parts)
    return take(parts, parts.areas <= LARGEST * size)


@njit(cache=True)
def _set_centres(runs: Runs, part: Int[np.ndarray, " runs"], parts: Parts) -> None:
    """Place each part midway between the quartiles of its pixels, across and down."""
    if not len(runs):
        return
    across = np.zeros((len(parts.areas), runs[:, 2].max() + 1), np.int64)
    down = np.zeros((len(parts.areas), runs[-1, 0] + 1), np.int64)
    for index in range(len(runs)):
        row, left, right = runs[index, 0], runs[index, 1], runs[index, 2]
        across[part[index], left] += 1
        across[part[index], right] -= 1
        down[part[index], row] += right - left
    for number in range(len(across)):
        box = parts.boxes[number]
        for column in range(box[LEFT] + 1, box[RIGHT]):
            across[number, column] += across[number, column - 1]
        parts.centres[number, 0] = _middle(across[number], box[LEFT], parts.areas[number])
        parts.centres[number, 1] = _middle(down[number], box[TOP], parts.areas[number])


@njit(cache=True)
def _middle(pixels: Int[np.ndarray, " places"], start: int, area: int) -> float:
    """Return the middle of the quartiles; `pixels` has those of each column or row."""
    return (_beyond(pixels, start, area / 4) + _beyond(pixels, start, 3 * area / 4)) / 2


@njit(cache=True)
def _beyond(pixels: Int[np.ndarray, " places"], place: int, rest: float) -> float:
    """Return the place that has so many pixels on its near side, or the middle of the gap that has."""
    while pixels[place] < rest:
        rest -= pixels[place]
        place += 1
    reached = place + rest / pixels[place]
    if rest < pixels[place]:
        return float(reached)
    while pixels[place + 1] == 0:
        place += 1
    return float(reached + place + 1) / 2


@njit(cache=True)
def _connect(runs: Runs, root: Roots, gap: int, shape: Int[np.ndarray, " runs"]) -> None:
    """Unite the runs of one colour that are at most `gap` pixels apart and not of pieces of one shape."""
    begins = np.searchsorted(runs[:, 0], np.arange(runs[-1, 0] + 2 if len(runs) else 1))
    for row in range(len(begins) - 1):
        for above in range(max(0, row - gap - 1), row + 1):
            start = begins[above]
            for index in range(begins[row], begins[row + 1]):
                left, right, colour = runs[index, 1] - gap, runs[index, 2] + gap, runs[index, 3]
                while start < begins[above + 1] and runs[start, 2] < left:
                    start += 1
                other = start
                while other < begins[above + 1] and runs[other, 1] <= right:
                    apart = root[index] != root[other]  # of most runs one need not ask more
                    if (apart and runs[other, 3] == colour) and (
                        _may_join(shape[index], shape[other]) or _rungs(runs[other], runs[index])
                    ):
                        unite(root, index, other)
                    other += 1
    for index in range(len(runs)):
        root[index] = find(root, index)


@njit(cache=True)
def _may_join(one: int, other: int) -> bool:
    return one != other and one != ALONE and other != ALONE


@njit(cache=True)
def _rungs(upper: Int32[np.ndarray, "4"], lower: Int32[np.ndarray, "4"]) -> bool:
    """Return whether two runs are those of bars one below the other, wider than the gap between."""
    aligned = upper[1] == lower[1] and upper[2] == lower[2]
    return bool(aligned and 0 < lower[0] - upper[0] <= lower[2] - lower[1])


@njit(cache=True)
def _shapes(runs: Runs, root: Roots) -> Int[np.ndarray, " runs"]:
    """Return a number for the size of the solid piece that each run belongs to, else the number of the piece.

    Where a size is that of `MANY` of its colour, it is `ALONE`.
    """
    pieces = no_parts(len(runs))
    for index in range(len(runs)):
        row, left, right = runs[index, 0], runs[index, 1], runs[index, 2]
        widen(pieces.boxes, root[index], left, row, right, row + 1)
        pieces.areas[root[index]] += right - left
    shape, alike = np.empty(len(runs), np.int64), np.zeros(len(runs), np.int64)
    for index in range(len(runs)):
        box, area = pieces.boxes[root[index]], pieces.areas[root[index]]
        width, height = box[RIGHT] - box[LEFT], box[BOTTOM] - box[TOP]
        shape[index] = 1 + root[index]
        if area == width * height >= THING >= max(width, height):
            shape[index] = -16 * width - height
            alike[index] = runs[index, 3] * 256 - shape[index]
    first = np.sort(alike[root == np.arange(len(runs))])
    for thing in np.flatnonzero(alike):
        last = np.searchsorted(first, alike[thing]) + MANY - 1
        if last < len(first) and first[last] == alike[thing]:
            shape[thing] = ALONE
    return shape


@njit(cache=True)
def overlap(one: Box, other: Box) -> tuple[int, int]:
    """Return how far two boxes overlap across and down; negative where there is a gap between them."""
    across = min(one[RIGHT], other[RIGHT]) - max(one[LEFT], other[LEFT])
    down = min(one[BOTTOM], other[BOTTOM]) - max(one[TOP], other[TOP])
    return across, down


@njit(cache=True)
def no_parts(count: int) -> Parts:
    """Return so many parts without a pixel."""
    boxes = np.empty((count, 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = 1 << 30, -1
    areas, colours = np.zeros(count, np.int64), np.zeros(count, np.int64)
    return Parts(boxes, areas, colours, np.zeros((count, 2)))


@njit(cache=True)
def widen(boxes: Boxes, index: int, left: int, top: int, right: int, bottom: int) -> None:
    """Make a box cover another one too."""
    boxes[index, LEFT], boxes[index, TOP] = min(boxes[index, LEFT], left), min(boxes[index, TOP], top)
    boxes[index, RIGHT] = max(boxes[index, RIGHT], right)
    boxes[index, BOTTOM] = max(boxes[index, BOTTOM], bottom)


@njit(cache=True)
def take(parts: Parts, which: Bool[np.ndarray, " parts"]) -> Parts:
    """Return what `choose` does, compiled."""
    return Parts(parts.boxes[which], parts.areas[which], parts.colours[which], parts.centres[which])


@njit(cache=True)
def both(these: Parts, those: Parts) -> Parts:
    """Return all of them as one."""
    return Parts(
        np.concatenate((these.boxes, those.boxes)),
        np.concatenate((these.areas, those.areas)),
        np.concatenate((these.colours, those.colours)),
        np.concatenate((these.centres, those.centres)),
    )
