"""Which kind of object the actions control, found from data: the one whose moves depend on the action."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64, Int, Int64
from scipy.special import rel_entr

from dsrl.symbols import DX, KIND, Rows

MOVED = 0.9
"""Native pixels per agent step beyond which an object has moved."""
ALIKE = 0.15
"""Distance between the distributions of moves (sum of the differences) below which actions are alike."""
ENOUGH = 200
"""Observed moves below which nothing is said of a kind."""


class Control:
    """Counts how each kind moves after each action, horizontally and vertically."""

    def __init__(self, n_actions: int) -> None:
        self.counts: Int64[np.ndarray, "kinds 2 actions 3"] = np.zeros((0, 2, n_actions, 3), dtype=np.int64)
        """How often each moved back, stood still and moved on along each axis after each action."""

    def observe(self, actions: Int[np.ndarray, " n"], after: Rows) -> None:
        """Count moves, and the action that led to each."""
        kinds = after[:, KIND].astype(int)
        self._hold(int(kinds.max(initial=-1)) + 1)
        for axis in range(2):
            np.add.at(self.counts[:, axis], (kinds, actions, directions(after[:, DX + axis])), 1)

    def _hold(self, kinds: int) -> None:
        """Make room for the counts of at least so many kinds."""
        more = max(0, kinds - len(self.counts))
        self.counts = np.pad(self.counts, ((0, more), (0, 0), (0, 0), (0, 0)))

    def information(self, kind: int) -> float:
        """Return the mutual information of action and move, nats; of the axis that has more."""
        return float(mutual_information(self.counts[kind]).max())

    def axis(self, kind: int) -> int:
        """Return the axis on which the actions tell more of a kind's moves: 0 across, 1 up and down."""
        return int(np.argmax(mutual_information(self.counts[kind])))

    @property
    def controlled(self) -> int | None:
        """The kind that the actions tell most about; None while no kind was seen often enough."""
        seen = self.counts[:, 0].sum(axis=(1, 2))
        return max(np.flatnonzero(seen >= ENOUGH).tolist(), key=self.information, default=None)

    def moves(self, kind: int) -> Float64[np.ndarray, "2 actions 3"]:
        """Return the shares of moves back, of none and of moves on, of a kind along each axis by action."""
        counts = self.counts[kind] + 0.5
        return np.asarray(counts / counts.sum(axis=2, keepdims=True))

    def alike(self, kind: int) -> Float64[np.ndarray, "actions actions"]:
        """Return 1 where two actions move a kind alike, as far as the counts tell, else 0."""
        shares = self.moves(kind)
        apart = np.abs(shares[:, :, None] - shares[:, None]).sum(axis=3).max(axis=0)
        return np.asarray((apart < ALIKE) | np.eye(len(apart), dtype=bool), dtype=float)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the counts of each kind that was seen."""
        return {str(kind): counts for kind, counts in enumerate(self.counts) if counts.any()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        for kind, counts in arrays.items():
            self._hold(int(kind) + 1)
            self.counts[int(kind)] = counts


def directions(changes: Float64[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return 0 for each move back, 1 for none, 2 for each move on."""
    return np.asarray(1 + (changes > MOVED) - (changes < -MOVED).astype(int))


def mutual_information(counts: Int[np.ndarray, "*cells rows columns"]) -> Float64[np.ndarray, "*cells"]:
    """Return the mutual information of row and column, in nats.

    >>> mutual_information(np.array([[5, 0], [0, 5]])).round(3)
    np.float64(0.693)
    """
    joint = counts / np.maximum(1, counts.sum(axis=(-2, -1), keepdims=True))
    independent = joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True)
    return np.asarray(rel_entr(joint, independent).sum(axis=(-2, -1)))
