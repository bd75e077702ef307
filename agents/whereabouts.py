"""Which of several objects of the controlled kind is the controlled one: that where the actions tell moves.

A chicken that nobody plays looks like the one that the actions move, but where it stands they never move one.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64, Int
from numba import njit

from dsrl.control import directions, mutual_information
from dsrl.symbols import DX, KIND, Rows, X, Y

CELL = 32
"""Size of the cells of the screen that are told apart, native pixels."""
SHAPE = (7, 5)
"""Rows and columns of cells."""
NOWHERE: Float64[np.ndarray, "rows columns"] = np.zeros(SHAPE)
"""What is known of where moves follow actions while nothing is."""
DOUBT = 30
"""Moves in a cell that its own say weighs as much against as that of the whole screen."""


@njit(cache=True)
def cell_of(x: float, y: float) -> tuple[int, int]:
    """Return row and column of the cell of a place, native pixels; what is off the screen is at its edge."""
    return min(max(int(y) // CELL, 0), SHAPE[0] - 1), min(max(int(x) // CELL, 0), SHAPE[1] - 1)


class Whereabouts:
    """Counts, cell by cell, how objects of the controlled kind move after each action along its axis."""

    def __init__(self, n_actions: int) -> None:
        self.counts = np.zeros((*SHAPE, n_actions, 3), dtype=np.int64)
        self.information: Float64[np.ndarray, "rows columns"] = np.zeros(SHAPE)
        """Mutual information of action and move, nats: high where the controlled object is."""

    def observe(self, actions: Int[np.ndarray, " n"], after: Rows, kind: int, axis: int) -> None:
        """Count the moves of objects of the controlled kind, and the action that led to each."""
        actions, after = actions[after[:, KIND] == kind], after[after[:, KIND] == kind]
        columns, rows = (
            np.clip(after[:, place] // CELL, 0, cells - 1).astype(int)
            for place, cells in ((X, SHAPE[1]), (Y, SHAPE[0]))
        )
        np.add.at(self.counts, (rows, columns, actions, directions(after[:, DX + axis])), 1)

    def settle(self) -> None:
        """Compute the information anew; cells with few moves say what the whole screen does."""
        everywhere = mutual_information(self.counts.sum(axis=(0, 1)))
        moves, own = self.counts.sum(axis=(2, 3)), mutual_information(self.counts)
        self.information = (moves * own + DOUBT * everywhere) / (moves + DOUBT)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all counts."""
        return {"counts": self.counts}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.counts = arrays["counts"].copy()
        self.settle()
