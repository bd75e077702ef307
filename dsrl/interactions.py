"""Interactions: which objects are near each other, where one is relative to the other, and how that changes.

Positions are in native pixels, x to the right and y down; changes are in native pixels per agent step.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from operator import attrgetter
from typing import NamedTuple

from dsrl.symbols import Symbol


class Interaction(NamedTuple):
    """Two objects of one frame, the second seen from the first."""

    kinds: tuple[int, int]
    """Kind of the first object and of the second; the smaller comes first."""
    dx: float
    """How far right of the first object the second is; negative is left."""
    dy: float
    """How far below the first object the second is; negative is above."""
    vx: float
    """Change of dx since the last agent step."""
    vy: float
    """Change of dy since the last agent step."""
    tracks: tuple[int, int] = (-1, -1)
    """Identities of the two objects: the same pair in the next frame carries the same ones."""


canonical = attrgetter("kind", "y", "x")
"""What decides which object of a pair is the first: its kind; within one kind the upper, then the left."""


def relate(symbols: Sequence[Symbol], max_distance: float = math.inf) -> list[Interaction]:
    """Return every pair of objects whose centres are at most `max_distance` apart (Garnelo 2016, section 3).

    The result, up to its order, does not depend on the order of `symbols`.

    >>> paddle = Symbol(kind=0, x=140, y=90, width=4, height=16)
    >>> ball = Symbol(kind=1, x=100, y=80, width=2, height=4, dx=6, dy=-2)
    >>> relate([ball, paddle])
    [Interaction(kinds=(0, 1), dx=-40, dy=-10, vx=6.0, vy=-2.0, tracks=(-1, -1))]
    >>> relate([ball, paddle], max_distance=40)
    []
    """
    limit = max_distance * max_distance
    ordered = [(one.kind, one.x, one.y, one.dx, one.dy, one.track) for one in sorted(symbols, key=canonical)]
    return [
        Interaction((kind, other), u - x, v - y, du - dx, dv - dy, (track, another))
        for (kind, x, y, dx, dy, track), (other, u, v, du, dv, another) in combinations(ordered, 2)
        if (u - x) * (u - x) + (v - y) * (v - y) <= limit
    ]
