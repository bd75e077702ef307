"""A frame as the learner takes it in: rows of numbers, and the cell of each relation; compiled loops."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from jaxtyping import Float64, Int64
from numba import njit

from dsrl.agents.relations import fine_code
from dsrl.symbols import COLUMNS, Symbol

Rows = Float64[np.ndarray, "objects columns"]
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
def look(
    rows: Rows, me: int, relation_of: Int64[np.ndarray, " kinds"], relations: int
) -> Int64[np.ndarray, " relations"]:
    """Return the code of each relation, seen from the controlled object, the row `me`.

    The others are taken to be where they will be an agent step ahead if they go on as they do: that is what
    the action has to meet. `relation_of` has the relation of the middle of the screen, then of each kind; -1
    for none.
    """
    codes, least = np.zeros(relations, np.int64), np.full(relations, np.inf)
    x, y, dx, dy = rows[me, X], rows[me, Y], rows[me, DX], rows[me, DY]
    if relation_of[0] >= 0:
        codes[relation_of[0]] = fine_code(MIDDLE_X - x, MIDDLE_Y - y, 0.0, 0.0, dx, dy)
    for row in range(len(rows)):
        kind = int(rows[row, KIND]) + 1
        relation = relation_of[kind] if row != me and kind < len(relation_of) else -1
        if relation >= 0:
            across, down = rows[row, X] + rows[row, DX] - x, rows[row, Y] + rows[row, DY] - y
            if across * across + down * down < least[relation]:
                least[relation] = across * across + down * down
                codes[relation] = fine_code(across, down, rows[row, DX], rows[row, DY], dx, dy)
    return codes
