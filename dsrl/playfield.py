"""Finds where a game is played: where things move. Scores, lives and bars stand beside it."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Int

from dsrl.calibration import View, follow
from dsrl.extraction import ANYWHERE, extract
from dsrl.preprocessing import Box, max_pool
from dsrl.scenes import Scenes

TRAVEL = 12
"""Native pixels that opposite edges of an object must both have moved to count: a bar has one that stays, and
the digits of a score change places by less."""
STEPS, OFTEN = 3, 0.1
"""Steps, and share of its steps, in which such an object must have moved."""
SEEN = 0.01
"""Share of the views in which something must cross a row for it to count."""
MOSTLY = 5
"""How many times as much changes in place, at most, somewhere in a band of rows in play: digits that
follow each other may seem to move."""
SAMPLED = 400
"""Views that the background is found from."""
SMALLEST = 32
"""Native pixels that a playfield is high at least; less is no finding."""


def find_playfield(views: Iterable[View]) -> Box:
    """Return the rows in which things move in consecutive views, at their whole width.

    They reach on to where something changes in its place, as a score does. Objects are found by subtraction
    of the background, before there is a network. Where too little moves, it is the whole screen.
    """
    views = list(views)
    screen = Box(0, 0, *views[0].current.shape[:2])
    some = views[:: max(1, len(views) // SAMPLED)]
    scenes = Scenes.from_frames(np.stack([max_pool(*view[:2]) for view in some]), screen)
    found = [extract(ANYWHERE, *view[:2], scenes.shown(view.current, screen), screen) for view in views]
    boxes = np.concatenate([detections.boxes for detections in found])
    tracks = follow(found, [view.first for view in views], "appearance", screen)
    moving = travels(boxes, np.concatenate(tracks))
    crossing, changing = (_crossed(boxes[which], screen.height) for which in (moving, ~moving))
    seldom = SEEN * len(views)
    crossed = (crossing >= seldom) & _in_play(crossing, changing, seldom)
    first, last = _reach(crossed, (changing >= seldom) & ~crossed)
    height = last - first
    return screen._replace(top=first, height=height) if height >= SMALLEST else screen


def travels(boxes: Int[np.ndarray, "n 4"], tracks: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Return which boxes belong to a track that went somewhere, and not by a few leaps."""
    order = np.argsort(tracks, kind="stable")
    _, starts, lengths = np.unique(tracks[order], return_index=True, return_counts=True)
    path = boxes[order]
    travel = np.maximum.reduceat(path, starts) - np.minimum.reduceat(path, starts)
    moves = np.any(np.diff(path, axis=0, prepend=path[:1]) != 0, axis=1)
    moves[starts] = False
    steps = np.add.reduceat(moves.astype(int), starts)
    far = np.minimum(travel[:, :2], travel[:, 2:]).max(axis=1) >= TRAVEL
    goes = far & (steps >= STEPS) & (steps >= OFTEN * lengths)
    result = np.zeros(len(boxes), dtype=bool)
    result[order] = np.repeat(goes, lengths)
    return result


def _crossed(boxes: Int[np.ndarray, "n 4"], rows: int) -> Int[np.ndarray, " rows"]:
    """Return by how many boxes each row is crossed."""
    begun, ended = (np.bincount(edge, minlength=rows + 1) for edge in (boxes[:, 1], boxes[:, 3]))
    return np.asarray(np.cumsum(begun - ended)[:rows])


def _in_play(
    crossing: Int[np.ndarray, " rows"], changing: Int[np.ndarray, " rows"], seldom: float
) -> Bool[np.ndarray, " rows"]:
    """Return which rows are in bands, parted by rows where nothing happens, that are no mere display."""
    used = crossing + changing >= seldom
    band = np.cumsum(np.diff(used, prepend=False))
    play = used & (crossing >= seldom) & (MOSTLY * crossing >= changing)
    return np.asarray(used & np.isin(band, band[play]))


def _reach(inside: Bool[np.ndarray, " rows"], outside: Bool[np.ndarray, " rows"]) -> tuple[int, int]:
    """Return the first row and the one after the last of those inside, and on to the next ones outside."""
    rows = np.flatnonzero(inside)
    if not len(rows):
        return 0, 0
    above, below = np.flatnonzero(outside[: rows[0]]), np.flatnonzero(outside[rows[-1] :])
    return (
        int(above[-1]) + 1 if len(above) else 0,
        int(rows[-1] + below[0]) if len(below) else len(inside),
    )
