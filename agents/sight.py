"""A frame as the learner takes it in: rows of numbers, and the cell of each relation; compiled loops."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from jaxtyping import Float64, Int64
from numba import njit

from dsrl.agents.relations import fine_code
from dsrl.symbols import COLUMNS, Symbol

Rows = Float64[np.ndarray, "objects columns"]
Place = Float64[np.ndarray, " 4"]
"""x, y, dx, dy"""
KIND, X, Y, SIZE_X, SIZE_Y, TRACK, _, DX, DY = range(len(COLUMNS))
UNKNOWN = -2
"""The row of the controlled object before it was looked for."""
MIDDLE_X, MIDDLE_Y = 80.0, 105.0
"""The middle of the screen, native pixels."""


class Scene:
    """The objects of a frame as rows of numbers; what was found in them is kept."""

    def __init__(self, symbols: Sequence[Symbol]) -> None:
        self.symbols = symbols
        flat = np.fromiter(chain.from_iterable(symbols), np.float64, len(symbols) * len(COLUMNS))
        self.rows: Rows = flat.reshape(-1, len(COLUMNS))
        self.kinds = {symbol.kind for symbol in symbols}
        self.me = UNKNOWN
        """Row of the controlled object, -1 where it is not there."""
        self.place: Place
        """Of the controlled object, where it is there."""
        self.codes: list[int] = []
        """Of each relation, once they were looked up."""


@njit(cache=True)
def controlled_row(rows: Rows, kind: int) -> int:
    """Return the row of the oldest object of a kind, or -1."""
    found = -1
    for row in range(len(rows)):
        if rows[row, KIND] == kind and (found < 0 or rows[row, TRACK] < rows[found, TRACK]):
            found = row
    return found


@njit(cache=True)
def place_of(rows: Rows, row: int) -> Place:
    """Return x, y, dx and dy of an object."""
    return np.array((rows[row, X], rows[row, Y], rows[row, DX], rows[row, DY]))


@njit(cache=True)
def look(
    rows: Rows,
    me: int,
    place: Place,
    relation_of: Int64[np.ndarray, " kinds"],
    relations: int,
) -> Int64[np.ndarray, " relations"]:
    """Return the code of each relation, as if the controlled object, a row, were at `place`: x, y, dx, dy.

    `relation_of` has the relation of the middle of the screen, then of each kind; -1 for none.
    """
    codes, least = np.zeros(relations, np.int64), np.full(relations, np.inf)
    x, y, dx, dy = place
    if relation_of[0] >= 0:
        codes[relation_of[0]] = fine_code(MIDDLE_X - x, MIDDLE_Y - y, 0.0, 0.0, dx, dy)
    for row in range(len(rows)):
        kind = int(rows[row, KIND]) + 1
        relation = relation_of[kind] if row != me and kind < len(relation_of) else -1
        if relation >= 0:
            across, down = rows[row, X] - x, rows[row, Y] - y
            if across * across + down * down < least[relation]:
                least[relation] = across * across + down * down
                codes[relation] = fine_code(across, down, rows[row, DX], rows[row, DY], dx, dy)
    return codes


@njit(cache=True)
def is_near(rows: Rows, me: int, place: Place, reach: float) -> bool:
    """Return whether any box is within `reach` of that of the controlled object, were it at `place`."""
    for row in range(len(rows)):
        across = abs(rows[row, X] - place[0]) - (rows[row, SIZE_X] + rows[me, SIZE_X]) / 2
        down = abs(rows[row, Y] - place[1]) - (rows[row, SIZE_Y] + rows[me, SIZE_Y]) / 2
        if row != me and across < reach and down < reach:
            return True
    return False
