"""Landmarks: what stands still in the picture of a scene and is an object all the same, without labels."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int, Int32

from dsrl.connection import THING, find_parts
from dsrl.parts import Parts, choose, no_parts
from dsrl.runs import NOTHING, Runs, runs_of
from dsrl.sprites import join

LANDMARK = 42
"""The greatest side of a landmark, native pixels; what is larger is scenery."""
FEW, LEAST = 12, 8
"""The most that are alike of what stands out, or of ladders, and the native pixels of the former at least."""
GONE = 0.01
"""Share of the frames in which a pixel must be bare ground to be gone at times."""
RUNGS, REACH = 4, 8
"""The fewest bars of a ladder, and the most native pixels from one to the next."""

Picture = Int32[np.ndarray, "h w"]
Mask = Bool[np.ndarray, "h w"]


def find_landmarks(frames: Int32[np.ndarray, "n h w"], picture: Picture, ground: int) -> Mask:
    """Return where the picture of some frames has what can go, what stands out, and ladders."""
    runs = runs_on(picture, ground)
    parts = small_parts(runs, picture.size)
    pixels = list(pixels_of(parts, picture))
    bare = (frames == ground).mean(axis=0) > GONE
    gone = np.array([bare[where].mean() > 0.5 for where in pixels], dtype=bool)
    alike = np.isin(looks := looks_of(parts), looks[gone])  # what looks like what can go can go, too
    busy = (frames != picture).any(axis=2).mean(axis=0) > GONE
    scenery = np.unique(picture[~union(picture, pixels)])
    sprites = join(parts)
    standing = choose(sprites, stand_out(sprites, busy, scenery, picture.shape[1]))
    chosen = choose(parts, alike | within(parts, standing))
    return union(picture, [*pixels_of(ladders(runs, picture, ground), picture), *pixels_of(chosen, picture)])


def union(picture: Picture, masks: Sequence[Mask]) -> Mask:
    """Return where any of some masks of a picture is."""
    return np.asarray(np.logical_or.reduce([np.zeros(picture.shape, dtype=bool), *masks]))


def runs_on(picture: Picture, ground: int) -> Runs:
    """Return the runs of what is not the ground."""
    return runs_of(np.where(picture != ground, picture, NOTHING).astype(np.int32))


def small_parts(runs: Runs, size: int) -> Parts:
    """Return the small things of one colour in a picture of `size` pixels: landmarks, or mere decoration."""
    parts = find_parts(runs, size)
    return choose(parts, small(parts))


def pixels_of(parts: Parts, picture: Picture) -> Iterator[Mask]:
    """Yield where each of some parts of a picture is."""
    for (left, top, right, bottom), colour in zip(parts.boxes, parts.colours, strict=True):
        where = np.zeros(picture.shape, dtype=bool)
        where[top:bottom, left:right] = picture[top:bottom, left:right] == colour
        yield where


def ladders(runs: Runs, picture: Picture, ground: int) -> Parts:
    """Return the stacks of bars of one size, colour and distance, of which there are few alike."""
    boxes, colours = [], []
    for left, right, colour in np.unique(runs[:, 1:], axis=0).tolist():
        rows = runs[(runs[:, 1:] == [left, right, colour]).all(axis=1), 0]
        bare = (picture[:, left:right] == ground).all(axis=1)
        for top, bottom in _stacks(rows, bare):
            boxes.append([left, top, right, bottom])
            colours.append(colour)
    found = no_parts(len(boxes))
    found.boxes[:], found.colours[:] = np.array(boxes).reshape(-1, 4), colours
    return choose(found, small(found) & few_alike(found))


def _stacks(rows: Int[np.ndarray, " rows"], bare: Bool[np.ndarray, " h"]) -> Iterator[tuple[int, int]]:
    """Yield first and last row of each stack of bars, equally high and far apart on bare ground."""
    bars = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    heights = np.array(list(map(len, bars)))
    steps = np.array([below[0] - above[0] for above, below in pairwise(bars)], dtype=int)
    goes_on = np.array([bare[above[-1] + 1 : below[0]].all() for above, below in pairwise(bars)], dtype=bool)
    goes_on &= (steps <= REACH) & (np.diff(heights) == 0)
    goes_on[1:] &= (steps[1:] == steps[:-1]) | ~goes_on[:-1]
    for stack in np.split(np.arange(len(bars)), np.flatnonzero(~goes_on) + 1):
        if len(stack) >= RUNGS:
            yield int(bars[stack[0]][0]), int(bars[stack[-1]][-1]) + 1


def stand_out(
    parts: Parts, busy: Bool[np.ndarray, " h"], scenery: Int[np.ndarray, " colours"], width: int
) -> Bool[np.ndarray, " parts"]:
    """Return which small things, of which there are few alike, stand where something happens, off the border.

    Fruits and a bell are objects; the many dashes of a road, a name beneath the scene, a post at the edge and
    what is no smaller than a wall and of the colour of scenery, such as a piece of a maze, are decoration.
    """
    rows = np.flatnonzero(busy)
    first, last = (rows[0], rows[-1]) if len(rows) else (0, -1)
    left, top, right, bottom = parts.boxes.T
    inside = (top >= first) & (bottom <= last + 1) & (left > 0) & (right < width)
    size = (parts.boxes[:, 2:] - parts.boxes[:, :2]).max(axis=1)
    piece = (size > THING) & np.isin(parts.colours, scenery)
    return np.asarray(inside & small(parts) & (parts.areas >= LEAST) & few_alike(parts) & ~piece)


def few_alike(parts: Parts) -> Bool[np.ndarray, " parts"]:
    """Return which parts are of a look that few have."""
    return np.asarray(np.bincount(looks := looks_of(parts))[looks] <= FEW)


def small(parts: Parts) -> Bool[np.ndarray, " parts"]:
    """Return which parts are not larger than a landmark."""
    return np.asarray((parts.boxes[:, 2:] - parts.boxes[:, :2]).max(axis=1) <= LANDMARK)


def within(parts: Parts, wholes: Parts) -> Bool[np.ndarray, " parts"]:
    """Return which parts are in the box of one of some others."""
    low, high = np.split(wholes.boxes, 2, axis=1)
    inside = (parts.boxes[:, None, :2] >= low) & (parts.boxes[:, None, 2:] <= high)
    return np.asarray(np.any(np.all(inside, axis=2), axis=1))


def looks_of(parts: Parts) -> Int[np.ndarray, " parts"]:
    """Return a number for width, height and colour of each part, the same for those that are alike."""
    looks = np.column_stack([parts.boxes[:, 2:] - parts.boxes[:, :2], parts.colours])
    return np.asarray(np.unique(looks, axis=0, return_inverse=True)[1]).ravel()
