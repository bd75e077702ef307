"""Objects of one colour that touch, told apart by the sizes that they have alone, as a ball on a paddle.

Two are told so where they fill their boxes, such as balls, paddles and missiles; any number where no pixels
of theirs lie side by side. Boxes are [left, top, right, bottom] in native pixels, right and bottom exclusive.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Int
from numba import njit

from dsrl.connection import GAP
from dsrl.extraction import Detections
from dsrl.kinds import Kinds

Size = tuple[int, int]
"""Width and height."""
Cells = tuple[int, int, int, int]
"""A box."""
Mask = Callable[[Int[np.ndarray, "4"], Int[np.ndarray, "3"]], Bool[np.ndarray, "h w"]]
"""Where in a box the frame shows a figure of a colour."""


class Pair(NamedTuple):
    """The boxes of two things that touch."""

    first: Cells
    second: Cells


def separate(detections: Detections, kinds: Kinds, kind: Int[np.ndarray, " n"], mask: Mask) -> Detections:
    """Return the detections with those that are several things in touch as several; `kind` is that of each.

    Looked at are only those that have not the size that their kind mostly has.
    """
    unusual = _unusual(detections.boxes, kind, kinds.main_sizes)[::-1]  # a split moves those after it
    if not len(unusual):
        return detections
    colours = detections.colours[unusual[:, 0]].tolist()
    for (index, across, down), colour in zip(unusual.tolist(), colours, strict=True):
        known = kinds.sizes_of(*colour)
        if not _holds_others(known, across, down):
            continue
        box = detections.boxes[index]
        filled = mask(box, detections.colours[index])
        if apart := split(filled, known) or pieces(filled, known):
            detections = _as_several(detections, index, np.array(apart) + np.tile(box[:2], 2))
    return detections


@njit(cache=True)
def _unusual(
    boxes: Int[np.ndarray, "n 4"], kind: Int[np.ndarray, " n"], main_sizes: Int[np.ndarray, "kinds 2"]
) -> Int[np.ndarray, "m 3"]:
    """Return index, width and height of what has not the size that its kind mostly has."""
    found, count = np.empty((len(boxes), 3), np.int64), 0
    for index in range(len(boxes)):
        width, height = boxes[index, 2] - boxes[index, 0], boxes[index, 3] - boxes[index, 1]
        if width != main_sizes[kind[index], 0] or height != main_sizes[kind[index], 1]:
            found[count, 0], found[count, 1], found[count, 2] = index, width, height
            count += 1
    return found[:count]


def split(filled: Bool[np.ndarray, "h w"], sizes: Sequence[Size]) -> Pair | None:
    """Return two things of known sizes, the largest first, that fill a mask; None where it is none such.

    >>> paddle_and_ball = np.zeros((5, 6), dtype=bool)
    >>> paddle_and_ball[3:, :], paddle_and_ball[:3, 2] = True, True
    >>> split(paddle_and_ball, [(6, 2), (1, 3)])
    Pair(first=(0, 3, 6, 5), second=(2, 0, 3, 3))
    """
    if filled.all():
        return None
    table = cv2.integral(filled.view(np.uint8))
    area = int(filled.sum())
    for (width, height), others in _beside(tuple(sizes), *filled.shape[::-1]):
        rest = area - width * height
        others = [size for size in others if rest <= size[0] * size[1] <= 2 * rest]
        if not others:
            continue
        sums = (
            table[height:, width:]
            - table[:-height, width:]
            - table[height:, :-width]
            + table[:-height, :-width]
        )
        for top, left in np.argwhere(sums == width * height).tolist():
            first = (left, top, left + width, top + height)
            if second := _rest(filled, first, others):
                return Pair(first, second)
    return None


@lru_cache(maxsize=4096)  # of the same few sizes in every frame
def _holds_others(sizes: tuple[Size, ...], across: int, down: int) -> bool:
    """Return whether a box has room for something of another known size."""
    return any(size != (across, down) and size[0] <= across and size[1] <= down for size in sizes)


@lru_cache(maxsize=4096)
def _beside(sizes: tuple[Size, ...], across: int, down: int) -> tuple[tuple[Size, list[Size]], ...]:
    """Return each size, the largest first, with those that with it may fill a box of one part."""
    pairs = []
    for width, height in sorted(set(sizes), key=lambda size: -size[0] * size[1]):
        fits = [
            size
            for size in sizes
            if max(width, size[0]) <= across <= width + size[0] + GAP
            and max(height, size[1]) <= down <= height + size[1] + GAP
        ]
        if fits:
            pairs.append(((width, height), fits))
    return tuple(pairs)


def _rest(filled: Bool[np.ndarray, "h w"], first: Cells, sizes: Sequence[Size]) -> Cells | None:
    """Return the box of what a mask has beside the first box, where that fills it and is of a known size.

    Up to half of it may lie under the first, and none of it outside the mask.
    """
    rest = filled.copy()
    rest[first[1] : first[3], first[0] : first[2]] = False
    left, top, width, height = cv2.boundingRect(rest.view(np.uint8))
    if not width or not rest[top : top + height, left : left + width].all():
        return None
    for across, down in sizes:
        if width <= across and height <= down and 2 * width * height >= across * down:
            x = left if left < first[0] or across == width else left + width - across
            y = top if top < first[1] or down == height else top + height - down
            if min(x, y) >= 0 and filled[y : y + down, x : x + across].sum() == across * down:
                return x, y, x + across, y + down
    return None


def pieces(filled: Bool[np.ndarray, "h w"], sizes: Sequence[Size]) -> list[Cells]:
    """Return the pieces of a mask, connected side by side, where all are of known sizes; else none.

    >>> pieces(np.eye(3, dtype=bool), [(1, 1)])
    [(0, 0, 1, 1), (1, 1, 2, 2), (2, 2, 3, 3)]
    """
    found = cv2.connectedComponentsWithStats(filled.view(np.uint8), connectivity=4)[2][1:, :4]
    boxes = [(left, top, left + width, top + height) for left, top, width, height in found.tolist()]
    known = len(boxes) > 1 and all((width, height) in sizes for width, height in found[:, 2:].tolist())
    return boxes if known and cv2.boundingRect(filled.view(np.uint8))[2:] == filled.shape[::-1] else []


def _as_several(detections: Detections, index: int, boxes: Int[np.ndarray, "k 4"]) -> Detections:
    """Return the detections with several of these boxes in place of one."""
    order = np.insert(np.arange(len(detections.boxes)), index, [index] * (len(boxes) - 1))
    several = Detections(*(column[order] for column in detections))
    several.boxes[index : index + len(boxes)] = boxes
    several.centres[index : index + len(boxes)] = (boxes[:, :2] + boxes[:, 2:]) / 2
    return several
