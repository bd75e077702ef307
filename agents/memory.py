"""Steps as arrays: all that were ever made.

Legend of shapes: t steps, r relations.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int32

COLUMNS = {
    "action": np.int16,
    "reward": np.float64,
    "terminated": np.bool_,
    "cut": np.bool_,
    "stream": np.int16,
}
"""What is kept of a step beside its cells: `cut` says that the stream's next step does not follow it."""


class Memory:
    """Steps in the order in which they were made; arrays that double when they are full."""

    def __init__(self) -> None:
        self.length = 0
        """Steps in the arrays; the newest wait in lists until they are asked for."""
        self.arrived: list[tuple[Sequence[int], Sequence[int], tuple[float, ...]]] = []
        self.before: Int32[np.ndarray, "t r"] = np.zeros((1024, 0), dtype=np.int32)
        self.after: Int32[np.ndarray, "t r"] = np.zeros((1024, 0), dtype=np.int32)
        self.columns: dict[str, np.ndarray] = {name: np.zeros(1024, kind) for name, kind in COLUMNS.items()}

    def __len__(self) -> int:
        return self.length + len(self.arrived)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of the steps kept."""
        self._store()
        return self.columns[name][: self.length]

    def add(self, before: Sequence[int], after: Sequence[int], *columns: float) -> None:
        """Keep a step: its cells before and after, one per relation, and a value for each of `COLUMNS`."""
        self.arrived.append((before, after, columns))

    def add_relation(self, absent: int) -> None:
        """Add a relation, whose cell was `absent` in all steps so far."""
        self._store()
        pad = ((0, 0), (0, 1))
        self.before, self.after = (
            np.pad(cells, pad, constant_values=absent) for cells in (self.before, self.after)
        )

    def _store(self) -> None:
        """Move the newest steps into the arrays."""
        if not self.arrived:
            return
        start, self.length = self.length, len(self)
        while self.length > len(self.before):
            self._double()
        new = slice(start, self.length)
        before, after, columns = zip(*self.arrived, strict=True)
        self.before[new], self.after[new] = before, after
        for column, values in zip(self.columns.values(), zip(*columns, strict=True), strict=True):
            column[new] = values
        self.arrived = []

    def _double(self) -> None:
        more = (0, len(self.before))
        self.before, self.after = (np.pad(cells, (more, (0, 0))) for cells in (self.before, self.after))
        self.columns = {name: np.pad(column, more) for name, column in self.columns.items()}

    def cells(self) -> tuple[Int32[np.ndarray, "t r"], Int32[np.ndarray, "t r"]]:
        """Return the cells before and after every step."""
        self._store()
        return self.before[: self.length], self.after[: self.length]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is kept."""
        before, after = self.cells()
        return {"before": before, "after": after} | {name: self[name] for name in COLUMNS}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.arrived, self.length = [], len(arrays["reward"])
        spare = (0, 1024)
        self.before, self.after = (np.pad(arrays[name], (spare, (0, 0))) for name in ("before", "after"))
        self.columns = {name: np.pad(arrays[name].astype(kind), spare) for name, kind in COLUMNS.items()}
