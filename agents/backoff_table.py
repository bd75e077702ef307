"""Values of relations in nested cells: where a fine cell knows little, the coarser one around it speaks.

Legend of shapes: t steps, r relations, c cells, a actions.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int, Int16, Int32, Int64

from dsrl.agents import averages
from dsrl.agents.averages import Sums
from dsrl.agents.cells import Cells, Index, total, values_at
from dsrl.agents.nested import Nest
from dsrl.agents.relations import ABSENT, CODES, LEVELS, coarse_code, middle_code


class Steps(NamedTuple):
    """What a table is fitted to."""

    cells: Int32[np.ndarray, "t r"]
    actions: Int16[np.ndarray, " t"]
    targets: Float64[np.ndarray, " t"]
    present: Float64[np.ndarray, " t"]
    """What the last fit says; the next one keeps it up to date, in place."""


class Reflection(NamedTuple):
    """A mirror, as a table sees it."""

    images: Int64[np.ndarray, " c"]
    """The number of what each finest cell is in it."""
    swap: Int64[np.ndarray, " a"]
    """The action that does there what each does outside."""


class Counts(NamedTuple):
    """How many targets of a cell's own what is known elsewhere counts as."""

    coarser: float = 2.0
    """The value of the cell around it."""
    advantage: float = 0.0
    """What each action adds to the cell around it, drawn apart from what that is worth; 0: not apart."""
    alike: float = 2.0
    """What actions that are alike share."""
    image: float = np.inf
    """The targets of its image in a mirror, at most."""


class BackoffTable:
    """A tree of cells for each relation, with action values that add up over relations.

    Below its root, which says what is so everywhere, a tree has coarse, middle and fine cells.

    >>> table = BackoffTable(n_actions=2)
    >>> table.add_relation()
    0
    >>> cells = table.cells(np.array([[1]]))
    >>> steps = Steps(cells, np.array([1], dtype=np.int16), np.array([9.0]), np.zeros(1))
    >>> table.grow(root=0.0)
    >>> table.fit(steps, alike=np.eye(2), counts=Counts())
    >>> table.votes(np.array([1])).round(2).tolist()
    [[0.0, 7.81]]
    >>> table.votes(np.array([2])).round(2).tolist()  # the neighbour has heard of it
    [[0.0, 6.33]]
    """

    def __init__(self, n_actions: int, share: float = 1.0) -> None:
        self.share = share
        """Share of the last fit in the values that actions are chosen by, which are a moving average."""
        self.index = Index()
        self.levels = [Cells(level, self.index, n_actions) for level in range(1 + LEVELS)]
        """The relations' roots, then coarse, middle and fine cells."""
        self.roots, self.fine = self.levels[0], self.levels[LEVELS]
        self.root = 0.0
        """The value of what was never met."""
        self.visits: Float64[np.ndarray, "c a"] = np.zeros((0, n_actions))

    @property
    def relations(self) -> int:
        """How many there are."""
        return len(self.roots)

    def __len__(self) -> int:
        return len(self.fine)

    def add_relation(self) -> int:
        """Return the cell in which the other object of a new relation is absent."""
        self.number(np.array([self.relations * CODES + ABSENT]))
        self.roots.values = np.pad(self.roots.values, ((0, 1), (0, 0)))
        return len(self) - 1

    def cells(self, codes: Int[np.ndarray, "*steps r"]) -> Int32[np.ndarray, "*steps r"]:
        """Return the numbers of the finest cells of these codes; of new ones where need be."""
        return self.number(codes + CODES * np.arange(codes.shape[-1])).astype(np.int32)

    def number(self, keys: Int64[np.ndarray, "*n"]) -> Int64[np.ndarray, "*n"]:
        """Return the numbers of finest cells by their keys; new ones are numbered, with those around them."""
        known = self.fine.find(keys)
        if (known >= 0).all():
            return known
        relation, code = np.divmod(keys[known < 0], CODES)
        middle, around = middle_code(code), np.zeros_like(relation)
        codes = np.zeros_like(code), coarse_code(middle), middle, code
        for cells, each in zip(self.levels, codes, strict=True):
            around = cells.number(relation * CODES + each, around)
        known[known < 0] = around
        return known

    def votes(self, codes: Int64[np.ndarray, " r"]) -> Float64[np.ndarray, "r a"]:
        """Return the values of each relation's finest cell, or of one around it while that is not fitted."""
        return np.asarray(values_at(codes, *self._known))

    def total(self, codes: Int64[np.ndarray, " r"]) -> Float64[np.ndarray, " a"]:
        """Return the sum of `votes` over relations."""
        return np.asarray(total(codes, *self._known))

    @property
    def _known(self) -> tuple[np.ndarray, ...]:
        """What values are looked up in, as the loops want it."""
        roots, coarse, middle, fine = self.levels
        return self.index.keys, self.index.cells, roots.values, coarse.values, middle.values, fine.values

    def visits_of(self, relation: int, code: int) -> list[int]:
        """Return how often each action was taken in a finest cell."""
        found = self.fine.find(np.array([relation * CODES + code]))
        known = found[(found >= 0) & (found < len(self.visits))]
        visits: list[int] = self.visits[known].sum(axis=0).astype(int).tolist()
        return visits

    def grow(self, root: float) -> None:
        """Give cells that were not fitted yet the values of those around; that of all is `root`."""
        self.root = root
        new = len(self.roots.fitted)
        self.roots.values[new:] = root
        self.roots.fitted = np.concatenate((self.roots.fitted, self.roots.values[new:]))
        for larger, cells in pairwise(self.levels):
            cells.grow(larger)

    def fit(
        self,
        steps: Steps,
        alike: Float64[np.ndarray, "a a"],
        counts: Counts,
        mirrors: Sequence[Reflection] = (),
    ) -> None:
        """Fit each relation to what the others leave over of the targets (Friedman & Stuetzle 1981).

        The value of a cell is the mean of its targets, drawn towards the value of the cell around it. Actions
        that are `alike` share their targets; in the finest cells each action's own are weighed against what
        is shared in the same way: a punch moves nobody, but pays. A cell has the targets of its image in a
        mirror, too, unless the actions of the relation differ otherwise there. All cells must have grown
        values before. Actions are chosen by the moving average of all fits, since what is noise in one of
        them is not in the next (momentum value iteration, Vieillard et al. 2020).
        """
        values, parents = [cells.fitted for cells in self.levels], [cells.around for cells in self.levels]
        finest, same = values[LEVELS], np.arange(len(self))
        own = Sums(np.zeros_like(finest), np.zeros_like(finest))
        both = Sums(np.empty_like(finest), np.empty_like(finest))
        shared = [Sums(np.empty_like(each), np.empty_like(each)) for each in values]
        for relation, cells in enumerate(self._cells_of_relations()):
            column = np.ascontiguousarray(steps.cells[:, relation])
            averages.add_rest(own, finest, column, steps.actions, steps.targets, steps.present)
            _reflect(cells[LEVELS], own, both, mirrors, counts.image)
            averages.share_alike(cells[LEVELS], alike, both, shared[LEVELS])
            nest = Nest(cells, parents)
            if counts.advantage:
                nest.draw_apart(both, shared, self.root, counts.coarser, counts.advantage, values)
            else:
                nest.draw(shared, self.root, counts.coarser, values)
            averages.draw(cells[LEVELS], same, both, finest, counts.alike, finest)
            averages.add_back(finest, column, steps.actions, steps.present)
        for each in self.levels:
            each.average(self.share)
        self.visits = own.number

    def _cells_of_relations(self) -> Iterator[list[Int64[np.ndarray, " c"]]]:
        """Yield the cells of each relation, level by level."""
        relation_of = [cells.keys // CODES for cells in self.levels]
        for relation in range(self.relations):
            yield [np.flatnonzero(each == relation) for each in relation_of]

    def rows(self, relation: int) -> Iterator[tuple[int, list[float], list[int]]]:
        """Yield code, values and visits of each finest cell of a relation that was fitted."""
        keys = self.fine.keys[: len(self.visits)]
        for cell in np.flatnonzero(keys // CODES == relation):
            yield int(keys[cell] % CODES), self.fine.values[cell].tolist(), list(map(int, self.visits[cell]))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the whole table: cells are numbered in the order of their codes."""
        values = {f"values.{level}": cells.values for level, cells in enumerate(self.levels)}
        fitted = {f"fitted.{level}": cells.fitted for level, cells in enumerate(self.levels)}
        return {"codes": self.fine.keys, "visits": self.visits} | values | fitted

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.number(arrays["codes"])
        for level, cells in enumerate(self.levels):
            cells.values = arrays[f"values.{level}"].copy()
            cells.fitted = arrays[f"fitted.{level}"].copy()
        self.visits = arrays["visits"]


def _reflect(
    cells: Int64[np.ndarray, " c"], own: Sums, both: Sums, mirrors: Sequence[Reflection], limit: float
) -> None:
    """Write a relation's own sums into `both`, and add those of its images in mirrors that agree with it."""
    averages.copy(cells, own, both)
    for images, swap in mirrors:
        if averages.agreement(cells, images, swap, own) >= 0:
            averages.add_images(cells, images, swap, limit, own, both)
