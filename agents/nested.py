"""Values of one relation's nested cells, each drawn towards that of the cell around it.

Legend of shapes: c cells of a level, a actions, k columns: actions, or one for all of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from dsrl.agents import averages
from dsrl.agents.averages import Sums


class Nest(NamedTuple):
    """The cells of a relation, level by level, from its root to the finest."""

    cells: Sequence[Int64[np.ndarray, " c"]]
    parents: Sequence[Int64[np.ndarray, " c"]]
    """The cell of the level above that each cell lies in, also of other relations."""

    def draw(
        self,
        sums: Sequence[Sums],
        root: float,
        weight: float,
        values: Sequence[Float64[np.ndarray, "c k"]],
    ) -> None:
        """Set values to means of targets, to which the cell around adds `weight` targets of its own value.

        Of `sums` the finest are given, and the others are added up from them; above the root is `root`.
        """
        finest = len(self.cells) - 1
        for level in range(finest, 0, -1):
            averages.gather(self.cells[level], self.parents[level], sums[level], sums[level - 1])
        above = np.full((1, values[0].shape[1]), root)
        for level, cells in enumerate(self.cells):
            averages.draw(cells, self.parents[level], sums[level], above, weight, values[level])
            above = values[level]

    def draw_apart(
        self,
        all_targets: Sums,
        sums: Sequence[Sums],
        root: float,
        weight: float,
        advantage: float,
        values: Sequence[Float64[np.ndarray, "c k"]],
    ) -> None:
        """Draw what a cell is worth, whatever the action, and what each action adds to it, apart.

        The first is the mean of `all_targets` of the finest cells, drawn by `weight`; advantages are what is
        left over of `sums`, drawn by `advantage`: neighbouring cells may differ in what they are worth, and
        not in what is to be done there (Wang et al. 2016 have both from one network).
        """
        worths = [np.zeros((len(each), 1)) for each in values]
        totals = [Sums(np.zeros_like(each), np.zeros_like(each)) for each in worths]
        averages.add_actions(self.cells[-1], all_targets, totals[-1])
        self.draw(totals, root, weight, worths)
        averages.take_out(self.cells[-1], worths[-1], sums[-1])
        self.draw(sums, 0.0, advantage, values)
        for cells, each, worth in zip(self.cells, values, worths, strict=True):
            each[cells] += worth[cells]
