"""Values of one relation in nested cells: where a fine cell knows little, the coarser one around it speaks.

Legend of shapes: t steps, c cells of the finest level, p cells of the level above it, a actions.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from dsrl.agents.relations import LEVELS
from dsrl.agents.tables import Key

ABSENT = 0
"""The cell, at every level, of a relation whose other object is not there."""


class BackoffTable:
    """A tree of cells with action values at its leaves, fitted to the targets of all steps at once.

    >>> table = BackoffTable(n_actions=2)
    >>> here, beside = table.cell([(0,), (0, 0), (0, 0, 0)]), table.cell([(0,), (0, 0), (0, 0, 1)])
    >>> table.fit(np.array([here]), np.array([1]), np.array([9.0]), alike=np.eye(2), weight=2.0)
    >>> table.values[[here, beside]].round(2).tolist()  # the neighbour was never visited, but knows of it
    [[0.0, 7.22], [0.0, 5.0]]
    """

    def __init__(self, n_actions: int) -> None:
        self.n_actions = n_actions
        self.index: list[dict[tuple[int, Key], int]] = [{(ABSENT, ()): ABSENT} for _ in range(LEVELS)]
        self.parents: list[list[int]] = [[ABSENT] for _ in range(LEVELS)]
        self.keys: list[Key] = [()]  # of the finest cells
        self.coarse: Float64[np.ndarray, "p a"] = np.zeros((1, n_actions))
        self.values: Float64[np.ndarray, "c a"] = np.zeros((1, n_actions))
        self.visits: Int64[np.ndarray, "c a"] = np.zeros((1, n_actions), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.parents[-1])

    def cell(self, keys: Sequence[Key]) -> int:
        """Return the number of the finest cell, whose keys are given coarse to fine; a new one if need be."""
        parent = ABSENT
        for level, key in enumerate(keys):
            cell = self.index[level].get((parent, key))
            if cell is None:
                cell = self.index[level][parent, key] = len(self.parents[level])
                self.parents[level].append(parent)
                if level == LEVELS - 1:
                    self.keys.append(key)
            parent = cell
        return parent

    def value(self, cell: int) -> Float64[np.ndarray, " a"]:
        """Return the action values of a finest cell; one met since the last fit has those around it."""
        if cell < len(self.values):
            return np.asarray(self.values[cell])
        parent = self.parents[-1][cell]
        return np.asarray(self.coarse[parent]) if parent < len(self.coarse) else np.zeros(self.n_actions)

    def visits_of(self, cell: int) -> list[int]:
        """Return how often each action was taken in a finest cell; never in one met since the last fit."""
        return list(map(int, self.visits[cell])) if cell < len(self.visits) else [0] * self.n_actions

    def all_values(self) -> Float64[np.ndarray, "c a"]:
        """Return the action values of every finest cell."""
        new = [self.value(cell) for cell in range(len(self.values), len(self))]
        return np.concatenate([self.values, np.reshape(new, (-1, self.n_actions))])

    def fit(
        self,
        cells: Int64[np.ndarray, " t"],
        actions: Int64[np.ndarray, " t"],
        targets: Float64[np.ndarray, " t"],
        alike: Float64[np.ndarray, "a a"],
        weight: float,
    ) -> None:
        """Set each value to the mean of its targets, drawn towards the coarser cell's.

        The coarser value counts as much as `weight` targets. Down the levels actions that are `alike` share
        their targets; each of the finest cell's own is then drawn towards what it shares.
        """
        parents = [np.array(each) for each in self.parents]
        levels = [cells]
        for above in parents[:0:-1]:
            levels.insert(0, above[levels[0]])
        value = np.zeros((1, self.n_actions))
        for level, parent in zip(levels, parents, strict=True):
            self.coarse = value
            count, total = self._add_up(level, actions, targets, len(parent))
            value = (total @ alike + weight * value[parent]) / (count @ alike + weight)
        self.visits = count.astype(np.int64)
        self.values = (total + weight * value) / (count + weight)

    def _add_up(
        self,
        cells: Int64[np.ndarray, " t"],
        actions: Int64[np.ndarray, " t"],
        targets: Float64[np.ndarray, " t"],
        size: int,
    ) -> tuple[Float64[np.ndarray, "cells a"], Float64[np.ndarray, "cells a"]]:
        """Return how often each action was taken in each cell, and the sum of the targets."""
        pairs, shape = cells * self.n_actions + actions, (size, self.n_actions)
        count = np.bincount(pairs, minlength=size * self.n_actions).astype(float)
        total = np.bincount(pairs, weights=targets, minlength=size * self.n_actions)
        return count.reshape(shape), total.reshape(shape)

    def rows(self) -> Iterator[tuple[Key, list[float], list[int]]]:
        """Yield the key, the values and the visits of each finest cell that was fitted."""
        yield from zip(self.keys, self.values.tolist(), self.visits.tolist(), strict=False)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the whole table; the absent cell of each level is understood."""
        found = {"values": self.values, "visits": self.visits, "coarse": self.coarse}
        for level, index in enumerate(self.index):
            met = list(index)[1:]
            found[f"keys.{level}"] = np.array([key for _, key in met], dtype=np.int32).reshape(len(met), -1)
            found[f"parents.{level}"] = np.array([parent for parent, _ in met], dtype=np.int64)
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "BackoffTable":
        """Return the table that `arrays` was called on."""
        table = cls(n_actions=arrays["values"].shape[1])
        table.values, table.visits, table.coarse = (arrays[name] for name in ("values", "visits", "coarse"))
        for level in range(LEVELS):
            met = zip(arrays[f"parents.{level}"].tolist(), arrays[f"keys.{level}"].tolist(), strict=True)
            for parent, key in met:
                table.index[level][parent, tuple(key)] = len(table.parents[level])
                table.parents[level].append(parent)
        table.keys += map(tuple, arrays[f"keys.{LEVELS - 1}"].tolist())
        return table
