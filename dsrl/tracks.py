"""Tracks from step to step: what is seen goes on, and what is not goes on as it did; compiled loops.

Shapes: n objects, as rows (see `dsrl.symbols`).
"""

import numpy as np
from jaxtyping import Bool, Float, Int
from numba import njit

from dsrl.preprocessing import Box
from dsrl.sorting import order
from dsrl.symbols import CONFIDENCE, DX, DY, HEIGHT, KIND, TRACK, WIDTH, Rows, X, Y

PATIENCE = 2
"""Agent steps that an object may stay unseen before its track ends."""


@njit(cache=True)
def update(
    table: Rows,
    unseen: Int[np.ndarray, " before"],
    seen: Rows,
    now: Int[np.ndarray, " pairs"],
    before: Int[np.ndarray, " pairs"],
    begun: int,
    first_recent: int,
    field: Box,
) -> tuple[int, Rows, Int[np.ndarray, " now"], Rows]:
    """Number what was seen, `now` being the rows of those `before`, the new ones from `begun` on.

    Return the next number, what is seen or expected now, for how many steps it has not been seen, and what
    vanished. Tracks from `first_recent` on began in this step or the last.
    """
    following = _identify(seen, table, now, before, begun)
    expected, stays, gone = _expect(table, unseen, before, seen, first_recent, field)
    rows, since = _in_order(seen, expected[stays], unseen[stays])
    return following, rows, since, table[gone]


@njit(cache=True, inline="always")
def _identify(
    seen: Rows,
    table: Rows,
    now: Int[np.ndarray, " pairs"],
    before: Int[np.ndarray, " pairs"],
    begun: int,
) -> int:
    """Give what was seen track and change of its match, the rest numbers from `begun`; return the next."""
    for row in range(len(seen)):
        seen[row, TRACK] = -1
    for row, last in zip(now, before):  # noqa: B905  # numba has no `strict`
        seen[row, TRACK] = table[last, TRACK]
        seen[row, DX], seen[row, DY] = seen[row, X] - table[last, X], seen[row, Y] - table[last, Y]
    for row in range(len(seen)):
        if seen[row, TRACK] < 0:
            seen[row, TRACK] = begun
            begun += 1
    return begun


@njit(cache=True, inline="always")
def _expect(
    table: Rows,
    unseen: Int[np.ndarray, " before"],
    matched: Int[np.ndarray, " pairs"],
    seen: Rows,
    first_recent: int,
    field: Box,
) -> tuple[Rows, Bool[np.ndarray, " before"], Bool[np.ndarray, " before"]]:
    """Return where each is expected if it was not seen, whether it then stays, and whether it is gone."""
    expected, stays, gone = table.copy(), np.zeros(len(table), np.bool_), np.ones(len(table), np.bool_)
    for row in matched:
        gone[row] = False
    for row in range(len(table)):
        if gone[row] and unseen[row] < PATIENCE:
            _move_on(expected[row])
            jumped = _turned_up(seen, table[row, KIND], first_recent)
            stays[row] = _inside(expected[row], field) and not jumped
            gone[row] = not stays[row]
    return expected, stays, gone


@njit(cache=True)
def _turned_up(seen: Rows, kind: float, first_recent: int) -> bool:
    """Return whether something seen is of a kind and has a track from `first_recent` on."""
    found = False
    for row in range(len(seen)):
        found |= seen[row, KIND] == kind and seen[row, TRACK] >= first_recent
    return found


@njit(cache=True)
def _move_on(row: Float[np.ndarray, " columns"]) -> None:
    """Move an object on as it moved last, with half the confidence."""
    row[X] += row[DX]
    row[Y] += row[DY]
    row[CONFIDENCE] /= 2


@njit(cache=True)
def _inside(row: Float[np.ndarray, " columns"], field: Box) -> bool:
    """Return whether the whole of an object is in the field."""
    across, down = row[WIDTH] / 2, row[HEIGHT] / 2
    return bool(
        field.left <= row[X] - across
        and row[X] + across <= field.left + field.width
        and field.top <= row[Y] - down
        and row[Y] + down <= field.top + field.height
    )


@njit(cache=True, inline="always")
def _in_order(
    seen: Rows, expected: Rows, unseen: Int[np.ndarray, " expected"]
) -> tuple[Rows, Int[np.ndarray, " n"]]:
    """Return what is seen or expected, ordered by track, and for how many steps it has not been seen."""
    rows = np.concatenate((seen, expected))
    since = np.zeros(len(rows), np.int64)
    for row in range(len(expected)):
        since[len(seen) + row] = unseen[row] + 1
    by_track = order(rows[:, TRACK].copy())
    return rows[by_track], since[by_track]
