"""Cells of several sizes, and how the values of a cell, or of the one around it, are found; compiled loops.

A cell is known by a key: the number of its relation times `CODES`, and its code. Legend of shapes: c cells of
one size, n of all sizes or of some, a actions, r relations.
"""

import numpy as np
from jaxtyping import Float64, Int64
from numba import njit

from dsrl.agents.averages import move
from dsrl.agents.relations import CODES, LEVELS, Code, coarse_code, middle_code

Keys = Int64[np.ndarray, " n"]
Values = Float64[np.ndarray, "c a"]


@njit(cache=True)
def sized(key: Code, level: int) -> Code:
    """Return a key that no cell of another size has; of each of an array."""
    return key * (1 + LEVELS) + level


class Index:
    """Finds cells of all sizes by bisection: their keys in order, behind the last one that of no cell."""

    def __init__(self) -> None:
        self.keys: Keys = np.array([np.iinfo(np.int64).max])
        self.cells: Int64[np.ndarray, " n"] = np.array([-1])
        """Their numbers among those of their size."""

    def find(self, keys: Keys) -> Int64[np.ndarray, " n"]:
        """Return the numbers of cells, -1 where there is none."""
        places = np.searchsorted(self.keys, keys)
        return np.where(self.keys[places] == keys, self.cells[places], -1)

    def add(self, keys: Keys, cells: Int64[np.ndarray, " n"]) -> None:
        """Take in cells that are new."""
        order = np.argsort(keys)
        places = np.searchsorted(self.keys, keys[order])
        self.keys = np.insert(self.keys, places, keys[order])
        self.cells = np.insert(self.cells, places, cells[order])


class Cells:
    """Cells of one size, numbered in the order in which they were met."""

    def __init__(self, level: int, index: Index, n_actions: int) -> None:
        self.level, self.index = level, index
        self.keys: Keys = np.zeros(0, dtype=np.int64)
        self.around: Int64[np.ndarray, " c"] = np.zeros(0, dtype=np.int64)
        """The number of the cell of the next larger size that each lies in."""
        self.fitted: Values = np.zeros((0, n_actions))
        """What the last fit found, of those that there were then; those met since come after them."""
        self.values: Values = np.zeros((0, n_actions))
        """The moving average of fits, by which actions are chosen."""

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, keys: Keys) -> Int64[np.ndarray, " n"]:
        """Return the numbers of cells, -1 where there is none."""
        return self.index.find(sized(keys, self.level))

    def number(self, keys: Keys, around: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Return the numbers of cells that lie in those `around`; new ones are numbered as they come."""
        new = self.find(keys) < 0
        first = np.sort(np.unique(keys[new], return_index=True)[1])
        self.index.add(sized(keys[new][first], self.level), len(self) + np.arange(len(first)))
        self.keys = np.concatenate((self.keys, keys[new][first]))
        self.around = np.concatenate((self.around, around[new][first]))
        return self.find(keys)

    def grow(self, larger: "Cells") -> None:
        """Give cells that were not fitted yet the values of those around."""
        new = self.around[len(self.values) :]
        self.values = np.concatenate((self.values, larger.values[new]))
        self.fitted = np.concatenate((self.fitted, larger.fitted[new]))

    def average(self, share: float) -> None:
        """Move values to those of the last fit, by a share of the way."""
        move(self.values, self.fitted, share)


@njit(cache=True)
def values_at(
    codes: Int64[np.ndarray, " r"],
    keys: Keys,
    cells: Int64[np.ndarray, " n"],
    roots: Values,
    coarse: Values,
    middle: Values,
    fine: Values,
) -> Float64[np.ndarray, "r a"]:
    """Return the values of the finest cell of each relation's code, or of the smallest around it."""
    found, values = np.empty((len(codes), roots.shape[1])), (roots, coarse, middle, fine)
    sizes = (len(roots), len(coarse), len(middle), len(fine))
    for relation, code in enumerate(codes):
        level, cell = place(relation, code, keys, cells, sizes)
        found[relation] = values[level][cell]
    return found


@njit(cache=True)
def total(codes: Int64[np.ndarray, " r"], *table: np.ndarray) -> Float64[np.ndarray, " a"]:
    """Return the sum over relations of `values_at`; compiled, since each step asks for it."""
    votes = values_at(codes, *table)
    found = np.zeros(votes.shape[1])
    for vote in votes:
        for action in range(len(found)):
            found[action] += vote[action]
    return found


@njit(cache=True)
def place(
    relation: int, code: int, keys: Keys, cells: Int64[np.ndarray, " n"], sizes: tuple[int, ...]
) -> tuple[int, int]:
    """Return level and number of the smallest cell that was fitted, of those around a finest one.

    `sizes` says how many of each level were.
    """
    middle = middle_code(code)
    for above, each in enumerate((code, middle, coarse_code(middle))):
        key, level = sized(relation * CODES + each, LEVELS - above), LEVELS - above
        row = np.searchsorted(keys, key)
        if keys[row] == key and cells[row] < sizes[level]:
            return level, cells[row]
    return 0, relation
