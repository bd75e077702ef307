"""What rules speak of: the controlled object, and the nearest of each kind seen from it, in numbers."""

from collections.abc import Callable
from math import nan

import numpy as np
from jaxtyping import Float64

from dsrl.agents.rules import Names
from dsrl.agents.sight import nearest_rows, oldest_row
from dsrl.symbols import DX, DY, Rows, X, Y

OWN = ("x", "y", "dx", "dy")
"""Measures of the controlled object: its centre, native px, and its change, native px per agent step."""
OwnRow = Callable[[Rows, int], int]
"""Returns which row is to be seen from, of those of a kind; -1 for none."""
SEEN = ("right", "below", "dx", "dy", "meets_right", "meets_below")
"""Measures of another: its centre, native px right of and below the controlled object's, its change, and
where it will be when it comes level with the controlled object, or right above or below, unless it turns. Of
each kind that object is meant that is nearest an agent step ahead, as the learner has it."""


class View:
    """The numbers of a frame, seen from the controlled object; NaN for an object that is not there.

    Of the controlled kind there may be further objects: the nearest is called "other" and its name. Which one
    is the controlled one, `own_row` tells: that of an agent's learner, so that both speak of the same.

    >>> from dsrl.symbols import Symbol, to_rows
    >>> view = View(0, Names(actions=[], kinds=["paddle", "ball"]))
    >>> view.subjects, [measure for subject, measure in view.columns if subject == "ball"]
    (['paddle', 'other paddle', 'ball'], ['right', 'below', 'dx', 'dy', 'meets_right', 'meets_below'])
    >>> paddle, ball = Symbol(0, 140, 90, 4, 16), Symbol(1, 100, 80, 2, 4, dx=5, dy=-2)
    >>> view(to_rows([paddle, ball]))[-6:].tolist()
    [-40.0, -10.0, 5.0, -2.0, nan, -26.0]
    """

    def __init__(self, controlled: int, names: Names, own_row: OwnRow = oldest_row) -> None:
        self.controlled, self.own_row = controlled, own_row
        self.me = names.kind(controlled)
        kinds = range(max(len(names.kinds), controlled + 1))
        others = [f"other {self.me}" if kind == controlled else names.kind(kind) for kind in kinds]
        self.columns = [(self.me, name) for name in OWN] + [(one, name) for one in others for name in SEEN]
        self.kinds = len(others)

    @property
    def grid(self) -> Float64[np.ndarray, " columns"]:
        """How finely it is worth telling numbers apart: native px, or native px per agent step."""
        return np.array([1.0 if measure in ("dx", "dy") else 2.0 for _, measure in self.columns])

    @property
    def subjects(self) -> list[str]:
        """The objects that conditions may name."""
        return list(dict.fromkeys(subject for subject, _ in self.columns))

    def __call__(self, rows: Rows) -> Float64[np.ndarray, " columns"]:
        """Return the numbers of a frame, in the order of `columns`."""
        numbers = np.full(len(self.columns), nan)
        me = self.own_row(rows, self.controlled)
        if me >= 0:
            numbers[: len(OWN)] = own = rows[me, [X, Y, DX, DY]]
            seen = numbers[len(OWN) :].reshape(self.kinds, len(SEEN))
            for kind, row in enumerate(nearest_rows(rows, me, self.kinds)):
                if row >= 0:
                    seen[kind] = _seen(rows[row, [X, Y, DX, DY]], own)
        return numbers


def _seen(other: Float64[np.ndarray, " own"], me: Float64[np.ndarray, " own"]) -> tuple[float, ...]:
    """Return the measures of another, seen from `me`; both with the columns `OWN`."""
    x, y, dx, dy = other.tolist()
    right, below = x - float(me[0]), y - float(me[1])
    return right, below, dx, dy, _meets(right, below, dx, dy), _meets(below, right, dy, dx)


def _meets(across: float, along: float, across_change: float, along_change: float) -> float:
    """Return where across it will be once nothing is left along the way; NaN if it does not come nearer."""
    return across - across_change * along / along_change if along * along_change < 0 else nan
