"""Steps as arrays: all that were ever made.

Legend of shapes: t steps, r relations.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int, Int32, Shaped

SPARE = 1024
"""Rows that arrays have at first."""
STEP = np.dtype(
    [
        ("action", np.int16),
        ("reward", np.float64),
        ("terminated", np.bool_),
        ("cut", np.bool_),
        ("stream", np.int16),
    ]
)
"""What is kept of a step beside its cells: `cut` says that the stream's next step does not follow it."""


def doubled(rows: Shaped[np.ndarray, " n *rest"]) -> Shaped[np.ndarray, " 2*n *rest"]:
    """Return rows with as many zeros after them."""
    return np.concatenate((rows, np.zeros_like(rows)))


class Memory:
    """Steps in the order in which they were made; arrays that double when they are full."""

    def __init__(self) -> None:
        self.length = 0
        self.before: Int32[np.ndarray, "t r"] = np.zeros((SPARE, 0), dtype=np.int32)
        self.after: Int32[np.ndarray, "t r"] = np.zeros((SPARE, 0), dtype=np.int32)
        self.steps: Shaped[np.ndarray, " t"] = np.zeros(SPARE, dtype=STEP)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of the steps kept."""
        return np.ascontiguousarray(self.steps[name][: self.length])

    def add(
        self, before: Int[np.ndarray, "t r"], after: Int[np.ndarray, "t r"], steps: Shaped[np.ndarray, " t"]
    ) -> None:
        """Keep steps: their cells before and after, one per relation, and what else `STEP` has."""
        new = slice(self.length, self.length + len(steps))
        while new.stop > len(self.steps):
            self.before, self.after, self.steps = map(doubled, (self.before, self.after, self.steps))
        self.before[new], self.after[new], self.steps[new] = before, after, steps
        self.length = new.stop

    def add_relation(self, absent: int) -> None:
        """Add a relation, whose cell was `absent` in all steps so far."""
        pad = ((0, 0), (0, 1))
        self.before, self.after = (
            np.pad(cells, pad, constant_values=absent) for cells in (self.before, self.after)
        )

    def cells(self) -> tuple[Int32[np.ndarray, "t r"], Int32[np.ndarray, "t r"]]:
        """Return the cells before and after every step."""
        return self.before[: self.length], self.after[: self.length]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is kept."""
        before, after = self.cells()
        return {"before": before, "after": after} | {name: self[name] for name in STEP.names or ()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.length, spare = len(arrays["reward"]), (0, SPARE)
        self.before, self.after = (np.pad(arrays[name], (spare, (0, 0))) for name in ("before", "after"))
        self.steps = np.zeros(len(self.before), dtype=STEP)
        for name in STEP.names or ():
            self.steps[name][: self.length] = arrays[name]
