"""All the steps ever made, as arrays, and the returns that their learner is fitted to.

Legend of shapes: t steps, r relations.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

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
        self.before: Int32[np.ndarray, "t r"] = np.zeros((1024, 0), dtype=np.int32)
        self.after: Int32[np.ndarray, "t r"] = np.zeros((1024, 0), dtype=np.int32)
        self.columns: dict[str, np.ndarray] = {name: np.zeros(1024, kind) for name, kind in COLUMNS.items()}

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of the steps kept."""
        return self.columns[name][: self.length]

    def add(self, before: Sequence[int], after: Sequence[int], **columns: float) -> None:
        """Keep a step: its cells before and after, one per relation, and a value for each column."""
        self._make_room(max(len(before), len(after)))
        self.before[self.length, : len(before)] = before
        self.after[self.length, : len(after)] = after
        for name, value in columns.items():
            self.columns[name][self.length] = value
        self.length += 1

    def _make_room(self, relations: int) -> None:
        """Double the steps that fit when all are in use; relations not known before were absent."""
        rows, wide = self.before.shape
        more = rows if self.length == rows else 0
        if more or relations > wide:
            pad = ((0, more), (0, max(0, relations - wide)))
            self.before, self.after = np.pad(self.before, pad), np.pad(self.after, pad)
            self.columns = {name: np.pad(column, (0, more)) for name, column in self.columns.items()}

    def cells(self) -> tuple[Int64[np.ndarray, "t r"], Int64[np.ndarray, "t r"]]:
        """Return the cells before and after every step."""
        return self.before[: self.length].astype(np.int64), self.after[: self.length].astype(np.int64)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is kept."""
        cells = {"before": self.before[: self.length], "after": self.after[: self.length]}
        return cells | {name: self[name] for name in COLUMNS}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.length = len(arrays["reward"])
        self.before, self.after = arrays["before"].copy(), arrays["after"].copy()
        self.columns = {name: arrays[name].astype(kind) for name, kind in COLUMNS.items()}
        self._make_room(0)


def watkins_returns(
    memory: Memory,
    best: Float64[np.ndarray, " t"],
    greedy: Bool[np.ndarray, " t"],
    gamma: float,
    trace: float,
) -> Float64[np.ndarray, " t"]:
    """Return the Q(lambda) return of each step (Watkins 1989; Sutton & Barto 2018, section 12.10).

    G_t = r + gamma ((1 - c) max Q' + c G_{t+1}), where c is lambda if the next action is greedy, else 0;
    `best` is max Q after each step, `greedy` whether each step's own action was.
    """
    order = np.argsort(memory["stream"], kind="stable")
    last = np.append(np.diff(memory["stream"][order]) != 0, True)
    follows = np.append(greedy[order][1:], False) & ~memory["cut"][order] & ~last
    share = trace * follows
    future = np.where(memory["terminated"], 0.0, best)[order]
    returns = scan(memory["reward"][order] + gamma * (1 - share) * future, gamma * share)
    unsorted = np.empty_like(returns)
    unsorted[order] = returns
    return unsorted


def scan(constant: Float64[np.ndarray, " t"], factor: Float64[np.ndarray, " t"]) -> Float64[np.ndarray, " t"]:
    """Return y with y_t = constant_t + factor_t y_{t+1}, and 0 after the last (Hillis & Steele 1986).

    >>> scan(np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.5, 0.5]))
    array([3., 4., 4.])
    """
    distance = 1
    while distance < len(constant) and factor.any():
        constant = constant + factor * np.append(constant[distance:], np.zeros(distance))
        factor = factor * np.append(factor[distance:], np.zeros(distance))
        distance *= 2
    return constant
