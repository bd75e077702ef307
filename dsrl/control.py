"""Which kind of object the actions control, found from data: the one whose moves depend on the action."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int
from numba import njit

from dsrl.symbols import Symbol

MOVED = 0.9
"""Native pixels per agent step beyond which an object has moved."""
ALIKE = 0.15
"""Distance between the distributions of moves (sum of the differences) below which actions are alike."""
ENOUGH = 200
"""Observed moves below which nothing is said of a kind."""


class Control:
    """Counts how each kind moves after each action, horizontally and vertically."""

    def __init__(self, n_actions: int) -> None:
        self.n_actions = n_actions
        # by kind: [axis, action, moved back | stood still | moved on]
        self.counts: dict[int, Int[np.ndarray, "2 actions 3"]] = defaultdict(
            lambda: np.zeros((2, n_actions, 3), dtype=np.int64)
        )

    def observe(self, action: int, after: Sequence[Symbol]) -> None:
        """Count the moves that the action led to."""
        for symbol in after:
            for axis, change in enumerate((symbol.dx, symbol.dy)):
                self.counts[symbol.kind][axis, action, direction_of(change)] += 1

    def information(self, kind: int) -> float:
        """Return the mutual information of action and move, nats; of the axis that has more."""
        return max(self._informations(kind)) if self.counts[kind][0].sum() >= ENOUGH else 0.0

    def axis(self, kind: int) -> int:
        """Return the axis on which the actions tell more of a kind's moves: 0 across, 1 up and down."""
        return int(np.argmax(self._informations(kind)))

    def _informations(self, kind: int) -> list[float]:
        return [mutual_information(counts) for counts in self.counts[kind]]

    @property
    def controlled(self) -> int | None:
        """The kind that the actions tell most about; None while no kind was seen often enough."""
        kinds = [kind for kind in sorted(self.counts) if self.counts[kind][0].sum() >= ENOUGH]
        return max(kinds, key=self.information, default=None)

    def alike(self, kind: int | None) -> Float64[np.ndarray, "actions actions"]:
        """Return 1 where two actions move a kind alike, as far as the counts tell, else 0."""
        counts = self.counts[-1 if kind is None else kind] + 0.5
        shares = counts / counts.sum(axis=2, keepdims=True)  # [2, actions, 3]
        apart = np.abs(shares[:, :, None] - shares[:, None]).sum(axis=3).max(axis=0)
        return np.asarray((apart < ALIKE) | np.eye(self.n_actions, dtype=bool), dtype=float)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all counts."""
        return {str(kind): counts for kind, counts in self.counts.items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.counts.update({int(kind): counts.copy() for kind, counts in arrays.items()})


@njit(cache=True)
def direction_of(change: float) -> int:
    """Return 0 for a move back, 1 for none, 2 for a move on."""
    return 1 + int(change > MOVED) - int(change < -MOVED)


def mutual_information(counts: Int[np.ndarray, "rows columns"]) -> float:
    """Return the mutual information of row and column, in nats.

    >>> round(mutual_information(np.array([[5, 0], [0, 5]])), 3)
    0.693
    """
    joint = counts / max(1, counts.sum())
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    some = joint > 0
    return float((joint[some] * np.log(joint[some] / independent[some])).sum())
