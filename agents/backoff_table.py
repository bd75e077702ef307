"""Values of relations in nested cells: where a fine cell knows little, the coarser one around it speaks.

Legend of shapes: t steps, r relations, c cells, a actions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int16, Int32, Int64

from dsrl.agents import averages
from dsrl.agents.averages import Sums
from dsrl.agents.relations import ABSENT, CODES, LEVELS, coarser_codes

FINE = LEVELS - 1


class Steps(NamedTuple):
    """What a table is fitted to."""

    cells: Int32[np.ndarray, "t r"]
    actions: Int16[np.ndarray, " t"]
    targets: Float64[np.ndarray, " t"]
    present: Float64[np.ndarray, " t"]
    """What the table says now; a fit keeps it up to date, in place."""


class BackoffTable:
    """A tree of cells for each relation, with action values that add up over relations.

    Below its root, which says what is so everywhere, a tree has coarse, middle and fine cells.

    >>> table = BackoffTable(n_actions=2)
    >>> table.add_relation()
    0
    >>> cells = np.array([[table.cell(0, 1)]], dtype=np.int32)
    >>> steps = Steps(cells, np.array([1], dtype=np.int16), np.array([9.0]), np.zeros(1))
    >>> table.fit(steps, alike=np.eye(2), weight=2.0)
    >>> here, beside = table.value(0, 1), table.value(0, 2)  # the neighbour has heard of it
    >>> here.round(2).tolist(), beside.round(2).tolist()
    ([0.0, 7.81], [0.0, 6.33])
    """

    def __init__(self, n_actions: int) -> None:
        self.n_actions = n_actions
        self.index: list[dict[int, int]] = [{} for _ in range(LEVELS)]  # relation and code -> cell
        self.parents: list[list[int]] = [
            [] for _ in range(LEVELS)
        ]  # cells around; of coarse ones the relation
        self.values: list[Float64[np.ndarray, "c a"]] = [np.zeros((0, n_actions)) for _ in range(1 + LEVELS)]
        """Of the relations' roots, then of coarse, middle and fine cells."""
        self.visits: Float64[np.ndarray, "c a"] = np.zeros((0, n_actions))

    @property
    def relations(self) -> int:
        """How many there are."""
        return len(self.values[0])

    @property
    def fitted(self) -> int:
        """How many of the finest cells have values of their own; those met since are beyond."""
        return len(self.values[LEVELS])

    def __len__(self) -> int:
        return len(self.parents[FINE])

    def add_relation(self) -> int:
        """Return the cell in which the other object of a new relation is absent."""
        self.values[0] = np.zeros((self.relations + 1, self.n_actions))
        return self.cell(self.relations - 1, ABSENT)

    def cell(self, relation: int, code: int) -> int:
        """Return the number of a finest cell; a new one if need be."""
        found = self.index[FINE].get(relation * CODES + code)
        return self._new_cell(relation, code) if found is None else found

    def _new_cell(self, relation: int, code: int) -> int:
        around = relation
        for index, parents, each in zip(self.index, self.parents, (*coarser_codes(code), code), strict=True):
            cell = index.setdefault(relation * CODES + each, len(parents))
            if cell == len(parents):
                parents.append(around)
            around = cell
        return around

    def value(self, relation: int, code: int) -> Float64[np.ndarray, " a"]:
        """Return the action values of a finest cell, or those around it where it was not fitted yet."""
        found = self.index[FINE].get(relation * CODES + code, -1)
        if 0 <= found < self.fitted:
            return np.asarray(self.values[LEVELS][found])
        coarse, middle = coarser_codes(code)
        for level, each in ((1, middle), (0, coarse)):
            found = self.index[level].get(relation * CODES + each, -1)
            if 0 <= found < len(self.values[level + 1]):
                return np.asarray(self.values[level + 1][found])
        return np.asarray(self.values[0][relation])

    def visits_of(self, relation: int, code: int) -> list[int]:
        """Return how often each action was taken in a finest cell."""
        found = self.index[FINE].get(relation * CODES + code, len(self.visits))
        visits: list[int] = (
            self.visits[found].astype(int).tolist() if found < len(self.visits) else [0] * self.n_actions
        )
        return visits

    def grow(self, root: float) -> None:
        """Give cells that were not fitted yet the values of those around; that of all is `root`."""
        self.values[0] = np.full((self.relations, self.n_actions), root)
        for level, parents in enumerate(self.parents):
            known = self.values[level + 1]
            new = self.values[level][np.array(parents[len(known) :], dtype=np.int64)]
            self.values[level + 1] = np.concatenate([known, new])

    def fit(self, steps: Steps, alike: Float64[np.ndarray, "a a"], weight: float, root: float = 0.0) -> None:
        """Fit each relation to what the others leave over of the targets (Friedman & Stuetzle 1981).

        The value of a cell is the mean of its targets, drawn towards the value of the cell around it, which
        counts as much as `weight` targets. Actions that are `alike` share their targets; in the finest cells
        each action's own are weighed against what is shared in the same way: a punch moves nobody, but pays.
        """
        self.grow(root)
        values, parents, same = self.values[LEVELS], self._parents(), np.arange(len(self))
        own = Sums(np.zeros_like(values), np.zeros_like(values))
        shared = [Sums(np.empty_like(each), np.empty_like(each)) for each in self.values]
        for relation, cells in enumerate(self._cells_of_relations(parents)):
            column = np.ascontiguousarray(steps.cells[:, relation])
            averages.add_rest(own, values, column, steps.actions, steps.targets, steps.present)
            averages.share_alike(cells[LEVELS], alike, own, shared[LEVELS])
            for level in range(LEVELS, 0, -1):
                averages.gather(cells[level], parents[level], shared[level], shared[level - 1])
            above = np.full((1, self.n_actions), root)
            for level in range(LEVELS + 1):
                averages.draw(cells[level], parents[level], shared[level], above, weight, self.values[level])
                above = self.values[level]
            averages.draw(cells[LEVELS], same, own, values, weight, values)
            averages.add_back(values, column, steps.actions, steps.present)
        self.visits = own.number

    def _parents(self) -> list[Int64[np.ndarray, " c"]]:
        """Return the cell around each, level by level; that of the roots is 0."""
        roots = np.zeros(self.relations, dtype=np.int64)
        return [roots, *(np.array(each, dtype=np.int64) for each in self.parents)]

    def _cells_of_relations(
        self, parents: Sequence[Int64[np.ndarray, " c"]]
    ) -> Iterator[list[Int64[np.ndarray, " c"]]]:
        """Yield the cells of each relation, level by level."""
        relation_of = [np.arange(self.relations)]
        for around in parents[1:]:
            relation_of.append(relation_of[-1][around])
        for relation in range(self.relations):
            yield [np.flatnonzero(each == relation) for each in relation_of]

    def rows(self, relation: int) -> Iterator[tuple[int, list[float], list[int]]]:
        """Yield code, values and visits of each finest cell of a relation that was fitted."""
        for key, cell in self.index[FINE].items():
            if key // CODES == relation and cell < len(self.visits):
                yield key % CODES, self.values[LEVELS][cell].tolist(), self.visits[cell].astype(int).tolist()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the whole table: cells are numbered in the order of their codes."""
        cells = {"codes": np.array(list(self.index[FINE]), dtype=np.int64), "visits": self.visits}
        return cells | {f"values.{level}": values for level, values in enumerate(self.values)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        for key in arrays["codes"].tolist():
            self._new_cell(*divmod(key, CODES))
        self.values = [arrays[f"values.{level}"] for level in range(LEVELS + 1)]
        self.visits = arrays["visits"]
