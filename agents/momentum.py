"""Where the controlled object will come to rest if it is left alone, and how far each kind gets about.

A paddle that coasts is not where it is seen, to an agent that has to stop it in time: the place of rest tells
in one number what its place and its motion tell together.
"""

import numpy as np
from jaxtyping import Float64, Int
from numba import njit

from dsrl.symbols import DX, KIND, Rows, X

MOST = 0.8
"""Share of a move that is kept in the next one, at most."""
AS_IT_IS: Float64[np.ndarray, " 0 3"] = np.zeros((0, 3))
"""The rest of an object that is seen where it is."""
ANYWHERE: Float64[np.ndarray, " 0 2 2"] = np.zeros((0, 2, 2))
"""The extents of kinds of which none was seen."""


def kept(
    actions: Int[np.ndarray, " t"], before: Float64[np.ndarray, "t 2"], after: Float64[np.ndarray, "t 2"]
) -> Float64[np.ndarray, " 2"]:
    """Return the share of a move that is in the next one, whatever the action, across and down.

    Moves `after` an action are regressed on those `before` it and on the action, by least squares, a little
    drawn to zero (ridge regression, Hoerl & Kennard 1970).

    >>> actions, before = np.tile([0, 1], 100), np.zeros((200, 2))
    >>> before[:, 0] = np.repeat([-8.0, 8.0], 100)
    >>> pushed = np.outer(actions, [3.0, 0.0])  # the second action pushes to the right
    >>> kept(actions, before, 0.5 * before + pushed).round(2).tolist()
    [0.5, 0.0]
    """
    chosen = np.eye(actions.max() + 1)[actions]
    found = np.zeros(2)
    for axis in range(2):
        given = np.column_stack((before[:, axis], chosen))
        drawn = given.T @ given + np.eye(given.shape[1])
        found[axis] = np.linalg.solve(drawn, given.T @ after[:, axis])[0]
    return np.clip(found, 0.0, MOST)


def extents_of(rows: Rows) -> Float64[np.ndarray, "kinds 2 2"]:
    """Return the least and greatest place of each kind, across and down; NaN for one that is not there."""
    kinds = rows[:, KIND].astype(int)
    extents = np.full((kinds.max(initial=-1) + 1, 2, 2), np.nan)
    for kind in np.unique(kinds):
        places = rows[kinds == kind, X : X + 2]
        extents[kind] = np.stack((places.min(axis=0), places.max(axis=0)), axis=1)
    return extents


def rest_of(
    keep: Float64[np.ndarray, " 2"], extent: Float64[np.ndarray, "2 2"]
) -> Float64[np.ndarray, "2 3"]:
    """Return, across and down, how many of its moves an object goes on for, and between which places.

    What keeps a share k of each move goes on for k + k^2 + ... = k / (1 - k) of them.
    """
    return np.column_stack((keep / (1 - keep), extent))


@njit(cache=True)
def at_rest(rows: Rows, me: int, rest: Float64[np.ndarray, "2 3"]) -> Rows:
    """Return rows in which the controlled object, row `me`, stands where it will come to rest.

    It is not taken beyond the places that `rest` has.
    """
    seen = rows.copy()
    for axis in range(2):
        moves, least, greatest = rest[axis]
        place, move = rows[me, X + axis], rows[me, DX + axis]
        seen[me, X + axis] = min(max(place + moves * move, min(place, least)), max(place, greatest))
        seen[me, DX + axis] = 0.0
    return seen


@njit(cache=True)
def bounced(place: float, least: float, greatest: float) -> float:
    """Return where a place comes to lie between two walls that it bounces off, up to four times.

    >>> bounced(25.0, 0.0, 20.0), bounced(45.0, 0.0, 20.0), bounced(45.0, np.nan, np.nan)
    (15.0, 5.0, 45.0)
    """
    for _ in range(4):
        if place < least:
            place = 2 * least - place
        elif place > greatest:
            place = 2 * greatest - place
    return place
