"""Objects: the parts of one sprite joined, in the later of two frames, or the earlier where they flicker.

Boxes are [left, top, right, bottom] in native pixels, right and bottom exclusive. The loops are compiled.
"""

import numpy as np
from jaxtyping import Int
from numba import njit

from dsrl.connection import find_parts
from dsrl.groups import find, unite
from dsrl.parts import BOTTOM, LEFT, RIGHT, TOP, Box, Parts, both, no_parts, overlap, take, widen
from dsrl.runs import Runs

FLIGHT = 8
"""The furthest that an object moves between two frames of the emulator, native pixels."""
MISSILE = 2
"""Native pixels that a ball or missile is wide at most; it is at least twice as high."""
BAND = 16
"""Rows of one colour that a sprite of several has at most in its lower part; two boxers stay two."""
PARTLY, WHOLLY = 0.5, 0.9
"""Shares of a part's box that are on the box of another where it is a part of that: a low one, a high one."""
SMALLEST, FLAT = 2, 4
"""Objects of fewer native pixels are noise, or of fewer in a single row: stars and dots of a horizon."""
SPAN, SPARSE = 42, 5
"""What is longer than so many native pixels and fills no fifth of its box is a line of the scene."""
SCATTERED = 10
"""What fills no tenth of its box is dots apart, such as stars."""


@njit(cache=True, inline="always")
def find_objects(earlier: Runs, later: Runs, size: int) -> Parts:
    """Return the objects of two frames of `size` pixels: the later ones, and those earlier that flickered."""
    now = find_parts(later, size)
    lost = _of_lost_colours(earlier, now)
    return join(both(now, without_counterpart(find_parts(lost, size), now)) if len(lost) else now)


@njit(cache=True, inline="always")
def _of_lost_colours(earlier: Runs, later: Parts) -> Runs:
    """Return the runs of colours of which one is without counterpart: no part of the others can be.

    A run in whose place there still is something is told sooner than the part that it is of is found.
    """
    lost, near, box = np.zeros(len(earlier), np.bool_), 0, np.empty(4, np.int64)
    for index in range(len(earlier)):
        if lost[index]:
            continue
        row, left, right, colour = earlier[index, 0], earlier[index, 1], earlier[index, 2], earlier[index, 3]
        box[LEFT], box[TOP], box[RIGHT], box[BOTTOM] = left, row, right, row + 1
        near = _counterpart(box, np.int64(colour), later, max(near, 0))
        if near < 0:
            for other in range(len(earlier)):
                lost[other] |= earlier[other, 3] == colour
    return earlier[lost]


@njit(cache=True, inline="always")
def without_counterpart(earlier: Parts, later: Parts) -> Parts:
    """Return the earlier parts that flickered off: none of their colour is near in the later frame."""
    alone, near = np.zeros(len(earlier.areas), np.bool_), 0
    for one in range(len(earlier.areas)):
        near = _counterpart(earlier.boxes[one], earlier.colours[one], later, max(near, 0))
        alone[one] = near < 0
    return take(earlier, alone)


@njit(cache=True)
def _counterpart(box: Box, colour: np.int64, later: Parts, first: int) -> int:
    """Return the number of a later part of a colour near a box, looked for from the `first`; -1 for none."""
    other = first
    for _ in range(len(later.areas)):
        if colour == later.colours[other] and min(overlap(box, later.boxes[other])) >= -FLIGHT:
            return other
        other += 1
        if other == len(later.areas):
            other = 0
    return -1


@njit(cache=True, inline="always")
def join(parts: Parts) -> Parts:
    """Return one part per object: those of one sprite become one, with the colour of the largest."""
    root = np.arange(len(parts.areas))
    for one in range(len(root)):
        for other in range(one):
            if _of_one_sprite(parts, one, other):
                unite(root, one, other)
    objects, largest = no_parts(len(root)), np.zeros(len(root), np.int64)
    for index in range(len(root)):
        whole, area = find(root, index), parts.areas[index]
        left, top, right, bottom = parts.boxes[index]
        widen(objects.boxes, whole, left, top, right, bottom)
        objects.areas[whole] += area
        for axis in range(2):
            objects.centres[whole, axis] += area * parts.centres[index, axis]
        if area > largest[whole]:
            largest[whole], objects.colours[whole] = area, parts.colours[index]
    things = np.zeros(len(root), np.bool_)
    for index in range(len(root)):
        things[index] = _is_thing(objects, index)
        for axis in range(2):
            objects.centres[index, axis] /= max(objects.areas[index], 1)
    return take(objects, things)


@njit(cache=True, inline="always")
def _is_thing(objects: Parts, index: int) -> bool:
    """Return whether an object is neither noise nor a line of the scene, nor dots apart."""
    box, area = objects.boxes[index], objects.areas[index]
    across, down = box[RIGHT] - box[LEFT], box[BOTTOM] - box[TOP]
    line = max(across, down) > SPAN and SPARSE * area < across * down
    scattered = SCATTERED * area < across * down
    return bool(area >= (FLAT if down == 1 else SMALLEST) and not line and not scattered)


@njit(cache=True)
def _of_one_sprite(parts: Parts, one: int, other: int) -> bool:
    """Return whether two parts are of one: one lies on the other, or they touch and end alike or are stacked.

    The emulator draws a sprite row by row, each in a colour of its own; so parts of which one stands on the
    other by most of its width are one sprite. Balls and missiles, solid and narrow, are no part of one. Of
    two that are high, such as boxers, one has to be wholly on the other.
    """
    this, that = parts.boxes[one], parts.boxes[other]
    across, down = overlap(this, that)
    if min(across, down) < -1 or max(across, down) <= 0:
        return False
    covered = across * down / min(_size(this), _size(that)) if min(across, down) > 0 else 0.0
    if min(this[BOTTOM] - this[TOP], that[BOTTOM] - that[TOP]) > BAND:
        return covered >= WHOLLY
    beside = abs(this[TOP] - that[TOP]) <= 1 and abs(this[BOTTOM] - that[BOTTOM]) <= 1
    below = abs(this[LEFT] - that[LEFT]) <= 1 and abs(this[RIGHT] - that[RIGHT]) <= 1
    on = 4 * across >= 3 * min(this[RIGHT] - this[LEFT], that[RIGHT] - that[LEFT])
    stacked = on and not _missile(parts, one) and not _missile(parts, other)
    return bool(covered >= PARTLY or beside or below or stacked)


@njit(cache=True)
def _missile(parts: Parts, index: int) -> bool:
    box = parts.boxes[index]
    width, height = box[RIGHT] - box[LEFT], box[BOTTOM] - box[TOP]
    solid = parts.areas[index] == width * height
    return bool(width <= MISSILE and height >= 2 * width and solid)


@njit(cache=True)
def _size(box: Int[np.ndarray, "4"]) -> int:
    return int((box[RIGHT] - box[LEFT]) * (box[BOTTOM] - box[TOP]))
