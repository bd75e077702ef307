"""The symbol: an object with a type and a place, and the table that agents see.

Places and sizes are in native pixels of the screen, 160 wide: x from the left, y from the top, of the centre.
Changes (dx, dy) are in native pixels per agent step.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple, Self

import numpy as np
from jaxtyping import Float, Float32, Int8


class Symbol(NamedTuple):
    """One object that was seen in a frame."""

    kind: int
    """The object's type, a row of the encoder's table of kinds."""
    x: float
    """Centre, native pixels from the left."""
    y: float
    """Centre, native pixels from the top."""
    width: float
    """Native pixels."""
    height: float
    """Native pixels."""
    track: int = -1
    """Identity within the episode, never used again in it; -1 before tracking."""
    confidence: float = 1.0
    """Between 0 and 1: one minus the probability that the prior explains this place."""
    dx: float = 0.0
    """Change of x since the last agent step."""
    dy: float = 0.0
    """Change of y since the last agent step."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself, which never changes: Stable-Baselines3 copies the info of every step deeply."""
        return self


COLUMNS = Symbol._fields
"""The columns of a row in the observation `objects`, in order."""
KIND, X, Y, WIDTH, HEIGHT, TRACK, CONFIDENCE, DX, DY = range(len(COLUMNS))
"""Their numbers."""

Rows = Float[np.ndarray, "n columns"]
"""Symbols as an array."""


def to_rows(symbols: Sequence[Symbol] | Rows) -> Rows:
    """Return a row per symbol; of rows, a copy."""
    if isinstance(symbols, np.ndarray):
        return symbols.copy()
    flat = np.fromiter(chain.from_iterable(symbols), float, len(symbols) * len(COLUMNS))
    return flat.reshape(-1, len(COLUMNS))


def from_rows(rows: Rows) -> list[Symbol]:
    """Return the symbols of rows: the inverse of `to_rows`."""
    columns = rows.T.tolist()
    for whole in (KIND, TRACK):
        columns[whole] = map(int, columns[whole])
    return list(map(Symbol._make, zip(*columns, strict=True)))


def pack(
    symbols: Sequence[Symbol], max_symbols: int
) -> tuple[Float32[np.ndarray, " slots_columns"], Int8[np.ndarray, " slots"]]:
    """Return the flat table of rows and the mask of rows in use, as an agent observes them.

    Rows keep the order of `symbols`; those beyond `max_symbols` do not fit and are left out.

    >>> objects, mask = pack([Symbol(kind=2, x=41.5, y=35.0, width=8, height=4)], max_symbols=2)
    >>> objects.shape, mask.tolist()
    ((18,), [1, 0])
    """
    rows = np.zeros((max_symbols, len(COLUMNS)), dtype=np.float32)
    kept = symbols[:max_symbols]
    if kept:
        rows[: len(kept)] = kept
    mask = np.zeros(max_symbols, dtype=np.int8)
    mask[: len(kept)] = 1
    return rows.ravel(), mask


def unpack_rows(objects: Float32[np.ndarray, " slots_columns"], mask: Int8[np.ndarray, " slots"]) -> Rows:
    """Return the rows of an observation that are in use."""
    return objects.reshape(-1, len(COLUMNS)).take(mask.nonzero()[0], axis=0).astype(np.float64)


def unpack(objects: Float32[np.ndarray, " slots_columns"], mask: Int8[np.ndarray, " slots"]) -> list[Symbol]:
    """Return the symbols of an observation: the inverse of `pack`, to single precision."""
    return from_rows(unpack_rows(objects, mask))
