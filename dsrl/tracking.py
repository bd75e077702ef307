"""Which object is which from frame to frame: Garnelo et al. 2016, the likelihood solved as one assignment.

The table of a step is an array of rows, see `dsrl.symbols`, so that all objects are followed at once.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from numba import njit
from scipy.optimize import linear_sum_assignment

from dsrl.preprocessing import WHOLE_SCREEN, Box
from dsrl.symbols import DX, DY, KIND, TRACK, Rows, Symbol, X, Y, from_rows, to_rows
from dsrl.tracks import update

MAX_DISTANCE = 32.0
"""An object moves no further than this from where it was expected, native pixels per agent step."""
NEIGHBOURHOOD = 24.0
"""Objects nearer than this are neighbours, native pixels."""
SAME_KIND, OTHER_KIND = 0.9, 0.1
"""Probability that an object keeps its type, and that it changes to another one."""
KIND_WEIGHT = 2.0
"""How much more the type tells than place or neighbours do: with 1, objects that touch exchange theirs."""


class Tracker:
    """Gives symbols an identity and a change of place; identities are never used again in an episode.

    An object that is unseen for at most `PATIENCE` steps is expected to go on as it did: it stays in the
    table with half the confidence of the step before. It is not expected to leave the `field` and come back,
    nor when another of its kind has just turned up elsewhere: what is set back to its start has jumped.
    """

    def __init__(self, field: Box = WHOLE_SCREEN) -> None:
        self.field = field
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
        begun = self.next_identity
        self.next_identity, self.table, self.unseen, gone = update(
            self.table, self.unseen, seen, now, before, begun, self.first_recent, self.field
        )
        self.appeared = from_rows(seen[seen[:, TRACK] >= begun]) if begun < self.next_identity else []
        self.vanished = from_rows(gone) if len(gone) else []
        self.first_recent = begun
        return seen


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
    now_rows, before_rows = _likely(likelihood, *linear_sum_assignment(likelihood, maximize=True))
    return np.asarray(now_rows), np.asarray(before_rows)


@njit(cache=True)
def _likely(
    likelihood: Float[np.ndarray, "now before"],
    rows: Int[np.ndarray, " pairs"],
    columns: Int[np.ndarray, " pairs"],
) -> tuple[Int[np.ndarray, " likely"], Int[np.ndarray, " likely"]]:
    """Return the pairs that are likely at all."""
    likely = np.zeros(len(rows), np.bool_)
    for pair in range(len(rows)):
        likely[pair] = likelihood[rows[pair], columns[pair]] > 0
    return rows[likely], columns[likely]


@njit(cache=True)
def _likelihood(before: Rows, now: Rows) -> Float[np.ndarray, "now before"]:
    """Return the likelihood of each pair; 0 where an object cannot have moved so far."""
    likelihood = np.zeros((len(now), len(before)))
    then, there = _neighbours(before), _neighbours(now)
    for row in range(len(now)):
        for column in range(len(before)):
            across, down = now[row, X] - before[column, X], now[row, Y] - before[column, Y]
            beside, beyond = across - before[column, DX], down - before[column, DY]
            if min(max(abs(across), abs(down)), max(abs(beside), abs(beyond))) > MAX_DISTANCE:
                continue  # before any root is drawn
            moved = np.hypot(beside, beyond)
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
