"""Which object is which from frame to frame: Garnelo et al. 2016, the likelihood solved as one assignment.

The table of a step is an array of rows, see `dsrl.symbols`, so that all objects are followed at once.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from numba import njit
from scipy.optimize import linear_sum_assignment

from dsrl.preprocessing import WHOLE_SCREEN, Box
from dsrl.symbols import Rows, Symbol, from_rows, to_rows

MAX_DISTANCE = 32.0
"""An object moves no further than this from where it was expected, native pixels per agent step."""
NEIGHBOURHOOD = 24.0
"""Objects nearer than this are neighbours, native pixels."""
PATIENCE = 2
"""Agent steps that an object may stay unseen before its track ends."""
SAME_KIND, OTHER_KIND = 0.9, 0.1
"""Probability that an object keeps its type, and that it changes to another one."""
KIND_WEIGHT = 2.0
"""How much more the type tells than place or neighbours do: with 1, objects that touch exchange theirs."""

KIND, PLACE, SIZE, TRACK, CONFIDENCE, CHANGE = 0, slice(1, 3), slice(3, 5), 5, 6, slice(7, 9)
X, Y, DX, DY = 1, 2, 7, 8
"""Columns of a row."""


class Tracker:
    """Gives symbols an identity and a change of place; identities are never used again in an episode.

    An object that is unseen for at most `PATIENCE` steps is expected to go on as it did: it stays in the
    table with half the confidence of the step before. It is not expected to leave the `field` and come back,
    nor when another of its kind has just turned up elsewhere: what is set back to its start has jumped.
    """

    def __init__(self, field: Box = WHOLE_SCREEN) -> None:
        self.low = np.array([field.left, field.top])
        self.high = self.low + np.array([field.width, field.height])
        self.reset()

    def reset(self) -> None:
        """Forget everything: an episode begins."""
        self.table: Rows = to_rows([])
        self.unseen = np.zeros(0, dtype=int)
        self.next_identity = self.first_recent = 0
        self.appeared: list[Symbol] = []
        """The symbols whose tracks began in the last step."""
        self.vanished: list[Symbol] = []
        """The symbols whose tracks ended in the last step, as they were last in the table."""

    def update(self, seen: Sequence[Symbol] | Rows) -> list[Symbol]:
        """Return the symbols of the next frame with `track`, `dx` and `dy`, in the order of their tracks."""
        self._follow(to_rows(seen))
        return from_rows(self.table)

    def identities(self, seen: Sequence[Symbol] | Rows) -> Int[np.ndarray, " n"]:
        """Update, and return the track of each symbol that was seen, in the order given."""
        return np.asarray(self._follow(to_rows(seen))[:, TRACK].astype(int))

    def _follow(self, seen: Rows) -> Rows:
        """Update the table, and return what was seen with its tracks and changes."""
        now, before = match(self.table, seen)
        last = self.table[before]
        seen[now, TRACK] = last[:, TRACK]
        seen[now, CHANGE] = seen[now, PLACE] - last[:, PLACE]
        begun = self._begin(seen, _others(now, len(seen)))
        table, unseen = seen, np.zeros(len(seen), dtype=int)
        self.vanished = []
        if len(before) < len(self.table):
            recent = seen[seen[:, TRACK] >= self.first_recent, KIND]
            expected, since = self._expect(_others(before, len(self.table)), recent)
            table, unseen = np.concatenate([seen, expected]), np.concatenate([unseen, since])
        self.first_recent = begun
        order = table[:, TRACK].argsort()
        self.table, self.unseen = table[order], unseen[order]
        return seen

    def _begin(self, seen: Rows, new: Int[np.ndarray, " new"]) -> int:
        """Number the rows that are new, and return the first number."""
        begun = self.next_identity
        self.next_identity += len(new)
        if len(new):
            seen[new, TRACK] = np.arange(begun, self.next_identity)
        self.appeared = from_rows(seen[new]) if len(new) else []
        return begun

    def _expect(
        self, lost: Int[np.ndarray, " lost"], recent_kinds: Float[np.ndarray, " recent"]
    ) -> tuple[Rows, Int[np.ndarray, " expected"]]:
        """Return what is not seen but expected, and for how many steps it has not been; the rest vanishes."""
        last, unseen = self.table[lost], self.unseen[lost] + 1
        expected = last.copy()
        expected[:, PLACE] += last[:, CHANGE]
        expected[:, CONFIDENCE] /= 2
        reach = expected[:, SIZE] / 2
        low, high = expected[:, PLACE] - reach, expected[:, PLACE] + reach
        inside = ((low >= self.low) & (high <= self.high)).all(axis=1)
        jumped = (last[:, KIND, None] == recent_kinds).any(axis=1)
        stays = (unseen <= PATIENCE) & inside & ~jumped
        self.vanished = from_rows(last[~stays])
        return expected[stays], unseen[stays]


class Watcher:
    """Tells which objects turned up and went between the frames that it follows objects through."""

    tracker: Tracker

    @property
    def appeared(self) -> list[Symbol]:
        """The symbols whose tracks began in the last frame."""
        return self.tracker.appeared

    @property
    def vanished(self) -> list[Symbol]:
        """The symbols whose tracks ended in the last frame, as they were last in the table."""
        return self.tracker.vanished

    def reset(self) -> None:
        """Begin an episode: identities and changes of place start anew."""
        self.tracker.reset()


def match(before: Rows, now: Rows) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
    """Return which of the rows now is which of those before: the indices of both, in the order of now.

    The likelihood of a pair is 1 / (1 + distance from the expected place) + `KIND_WEIGHT` * P(kind to kind)
    + 1 / (1 + change in the number of neighbours), as in Garnelo et al. 2016, who leave the weights open.
    """
    likelihood = _likelihood(before, now)
    rows, columns = linear_sum_assignment(likelihood, maximize=True)
    likely = likelihood[rows, columns] > 0
    return rows[likely], columns[likely]


def _others(chosen: Int[np.ndarray, " chosen"], count: int) -> Int[np.ndarray, " rest"]:
    """Return the indices below `count` that are not chosen."""
    return chosen[:0] if len(chosen) == count else np.delete(np.arange(count), chosen)


@njit(cache=True)
def _likelihood(before: Rows, now: Rows) -> Float[np.ndarray, "now before"]:
    """Return the likelihood of each pair; 0 where an object cannot have moved so far."""
    likelihood = np.zeros((len(now), len(before)))
    then, there = _neighbours(before), _neighbours(now)
    for row in range(len(now)):
        for column in range(len(before)):
            across, down = now[row, X] - before[column, X], now[row, Y] - before[column, Y]
            moved = np.hypot(across - before[column, DX], down - before[column, DY])
            stopped = 1 + np.hypot(across, down)  # less likely, or two that cross could swap
            distance = min(moved, stopped)
            if distance <= MAX_DISTANCE:
                keeps = SAME_KIND if now[row, KIND] == before[column, KIND] else OTHER_KIND
                change = abs(there[row] - then[column])
                likelihood[row, column] = 1 / (1 + distance) + KIND_WEIGHT * keeps + 1 / (1 + change)
    return likelihood


@njit(cache=True)
def _neighbours(rows: Rows) -> Int[np.ndarray, " n"]:
    """Return how many objects are near each, itself included."""
    count = np.ones(len(rows), np.int64)
    for one in range(len(rows)):
        for other in range(one):
            across, down = rows[one, X] - rows[other, X], rows[one, Y] - rows[other, Y]
            if across**2 + down**2 < NEIGHBOURHOOD**2:
                count[one] += 1
                count[other] += 1
    return count
