"""From runs of pixels to parts: the connected runs of each colour, and where they are; compiled loops."""

import numpy as np
from jaxtyping import Int, Int32
from numba import njit

from dsrl.groups import find, unite
from dsrl.parts import BOTTOM, LEFT, RIGHT, TOP, Parts, no_parts, take, widen
from dsrl.runs import Runs
from dsrl.sorting import order

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

Roots = Int[np.ndarray, " runs"]
"""The first run of the part that each belongs to."""


@njit(cache=True)
def find_parts(runs: Runs, size: int) -> Parts:
    """Return the connected parts of each colour, over gaps as wide as they are in a sprite's face.

    In a frame of `size` pixels, what is too large for an object is left out.
    """
    root = np.arange(len(runs))
    for gap in (SEAM, GAP):  # one call, which is compiled once
        _connect(runs, root, gap, np.arange(1, len(runs) + 1) if gap == SEAM else _shapes(runs, root))
    part, count = _number(runs, root)
    parts = _cover(runs, part, count)
    _set_centres(runs, part, parts)
    fits = np.zeros(count, np.bool_)
    for number in range(count):
        fits[number] = parts.areas[number] <= LARGEST * size
    return take(parts, fits)


@njit(cache=True, inline="always")
def _number(runs: Runs, root: Roots) -> tuple[Int[np.ndarray, " runs"], int]:
    """Return the number of each run's part, by colour, then from the top, and how many parts there are."""
    first, colours, count = np.empty(len(runs), np.int64), np.empty(len(runs), np.int64), 0
    for index in range(len(runs)):
        if root[index] == index:
            first[count], colours[count] = index, runs[index, 3]
            count += 1
    part = np.empty(len(runs), np.int64)
    by_colour = order(colours[:count])
    for number, which in enumerate(by_colour):
        part[first[which]] = number
    for index in range(len(runs)):
        part[index] = part[root[index]]
    return part, len(by_colour)  # `count` begins as a literal, for which `_cover` would be compiled once more


@njit(cache=True)
def _cover(runs: Runs, part: Int[np.ndarray, " runs"], count: int) -> Parts:
    """Return so many parts with the boxes, areas and colours of their runs."""
    parts = no_parts(count)
    for index in range(len(runs)):
        row, left, right, number = runs[index, 0], runs[index, 1], runs[index, 2], part[index]
        widen(parts.boxes, number, left, row, right, row + 1)
        parts.areas[number] += right - left
        parts.colours[number] = runs[index, 3]
    return parts


@njit(cache=True, inline="always")
def _set_centres(runs: Runs, part: Int[np.ndarray, " runs"], parts: Parts) -> None:
    """Place each part in the middle of its fuller columns, and of its fuller rows (see `Parts`)."""
    if not len(runs):
        return
    width, height = 0, runs[-1, 0] + 1
    for index in range(len(runs)):
        width = max(width, runs[index, 2])
    across = np.zeros((len(parts.areas), width + 1), np.int64)
    down = np.zeros((len(parts.areas), height), np.int64)
    for index in range(len(runs)):
        row, left, right = runs[index, 0], runs[index, 1], runs[index, 2]
        across[part[index], left] += 1
        across[part[index], right] -= 1
        down[part[index], row] += right - left
    for number in range(len(across)):
        box = parts.boxes[number]
        for column in range(box[LEFT] + 1, box[RIGHT]):
            across[number, column] += across[number, column - 1]
        parts.centres[number, 0] = _middle(across[number], box[LEFT], box[RIGHT], parts.areas[number])
        parts.centres[number, 1] = _middle(down[number], box[TOP], box[BOTTOM], parts.areas[number])


@njit(cache=True)
def _middle(pixels: Int[np.ndarray, " places"], start: int, end: int, area: int) -> float:
    """Return the middle of the places that are half as full as that of a pixel is on average."""
    squares = 0
    for place in range(start, end):
        squares += pixels[place] * pixels[place]
    while 2 * pixels[start] * area < squares:
        start += 1
    while 2 * pixels[end - 1] * area < squares:
        end -= 1
    return (start + end) / 2


@njit(cache=True, inline="always")
def _connect(runs: Runs, root: Roots, gap: int, shape: Int[np.ndarray, " runs"]) -> None:
    """Unite the runs of one colour that are at most `gap` pixels apart and not of pieces of one shape."""
    begins = _begins(runs)
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


@njit(cache=True, inline="always")
def _begins(runs: Runs) -> Int[np.ndarray, " rows+1"]:
    """Return the number of the first run of each row, up to that behind the last."""
    begins = np.zeros(runs[-1, 0] + 2 if len(runs) else 1, np.int64)
    for index in range(len(runs)):
        begins[runs[index, 0] + 1] += 1
    for row in range(1, len(begins)):
        begins[row] += begins[row - 1]
    return begins


@njit(cache=True)
def _may_join(one: int, other: int) -> bool:
    return one != other and one != ALONE and other != ALONE


@njit(cache=True)
def _rungs(upper: Int32[np.ndarray, "4"], lower: Int32[np.ndarray, "4"]) -> bool:
    """Return whether two runs are those of bars one below the other, wider than the gap between."""
    aligned = upper[1] == lower[1] and upper[2] == lower[2]
    return bool(aligned and 0 < lower[0] - upper[0] <= lower[2] - lower[1])


@njit(cache=True, inline="always")
def _shapes(runs: Runs, root: Roots) -> Int[np.ndarray, " runs"]:
    """Return a number for the size of the solid piece that each run belongs to, else the number of the piece.

    Where a size is that of `MANY` of its colour, it is `ALONE`.
    """
    pieces, shape = _cover(runs, root, len(runs)), np.arange(1, len(runs) + 1)
    things, looks, count = np.empty(len(runs), np.int64), np.empty(len(runs), np.int64), 0
    for index in range(len(runs)):
        box, area = pieces.boxes[index], pieces.areas[index]
        width, height = box[RIGHT] - box[LEFT], box[BOTTOM] - box[TOP]
        if area == width * height >= THING >= max(width, height):
            shape[index] = -16 * width - height
            things[count], looks[count] = index, pieces.colours[index] * 256 - shape[index]
            count += 1
    by_look = order(looks[:count])
    for first in range(count - MANY + 1):
        if looks[by_look[first]] == looks[by_look[first + MANY - 1]]:
            for one in by_look[first : first + MANY]:
                shape[things[one]] = ALONE
    for index in range(len(runs)):
        shape[index] = shape[root[index]]
    return shape
