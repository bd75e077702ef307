"""Which object is which from frame to frame: Garnelo et al. 2016, the likelihood solved as one assignment."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from dsrl.symbols import Symbol

MAX_DISTANCE = 32.0
"""An object moves no further than this from where it was expected, native pixels per agent step."""
NEIGHBOURHOOD = 24.0
"""Objects nearer than this are neighbours, native pixels."""
PATIENCE = 2
"""Agent steps that an object may stay unseen before its track ends."""
SAME_KIND, OTHER_KIND = 0.9, 0.1
"""Probability that an object keeps its type, and that it changes to another one."""


class Track(NamedTuple):
    """An object that was seen, and for how many steps it has not been."""

    symbol: Symbol
    unseen: int = 0


class Tracker:
    """Gives symbols an identity and a change of place; identities are never used again in an episode.

    An object that is unseen for at most `PATIENCE` steps is expected to go on as it did: it stays in the
    table with half the confidence of the step before.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: an episode begins."""
        self.tracks: list[Track] = []
        self.next_identity = 0

    def update(self, seen: Sequence[Symbol]) -> list[Symbol]:
        """Return the symbols of the next frame with `track`, `dx` and `dy`, in the order of their tracks."""
        followed, lost = self._follow(seen)
        self.tracks = followed + [_coast(track) for track in lost if track.unseen < PATIENCE]
        return sorted((track.symbol for track in self.tracks), key=lambda symbol: symbol.track)

    def identities(self, seen: Sequence[Symbol]) -> Int[np.ndarray, " n"]:
        """Update, and return the track of each symbol that was seen, in the order given."""
        self.update(seen)
        return np.array([track.symbol.track for track in self.tracks[: len(seen)]], dtype=int)

    def _follow(self, seen: Sequence[Symbol]) -> tuple[list[Track], list[Track]]:
        """Return the tracks of what is seen, in its order, and the tracks that are not seen."""
        matched = match([track.symbol for track in self.tracks], seen)
        followed = [
            Track(
                _continue(symbol, self.tracks[matched[index]].symbol)
                if index in matched
                else self._new(symbol)
            )
            for index, symbol in enumerate(seen)
        ]
        old = set(matched.values())
        return followed, [track for index, track in enumerate(self.tracks) if index not in old]

    def _new(self, symbol: Symbol) -> Symbol:
        self.next_identity += 1
        return symbol._replace(track=self.next_identity - 1)


def _continue(symbol: Symbol, before: Symbol) -> Symbol:
    return symbol._replace(track=before.track, dx=symbol.x - before.x, dy=symbol.y - before.y)


def _coast(track: Track) -> Track:
    symbol = track.symbol
    expected = symbol._replace(
        x=symbol.x + symbol.dx, y=symbol.y + symbol.dy, confidence=symbol.confidence / 2
    )
    return Track(expected, track.unseen + 1)


def match(before: Sequence[Symbol], now: Sequence[Symbol]) -> dict[int, int]:
    """Return which of the symbols now is which of those before, by index.

    The likelihood of a pair is 1 / (1 + distance from the expected place) + P(kind to kind)
    + 1 / (1 + change in the number of neighbours), all weights 1 (Garnelo et al. 2016).
    """
    if not before or not now:
        return {}
    expected = np.array([(symbol.x + symbol.dx, symbol.y + symbol.dy) for symbol in before])
    last, places = _places(before), _places(now)
    stopped = 1 + cdist(places, last)  # less likely than going on, or two that cross could swap
    distance = np.minimum(cdist(places, expected), stopped)
    kinds = np.equal.outer([symbol.kind for symbol in now], [symbol.kind for symbol in before])
    change = np.abs(np.subtract.outer(_neighbours(places), _neighbours(last)))
    likelihood = 1 / (1 + distance) + np.where(kinds, SAME_KIND, OTHER_KIND) + 1 / (1 + change)
    likelihood[distance > MAX_DISTANCE] = 0.0
    pairs = zip(*linear_sum_assignment(likelihood, maximize=True), strict=True)
    return {int(row): int(column) for row, column in pairs if likelihood[row, column] > 0}


def _places(symbols: Sequence[Symbol]) -> Float[np.ndarray, "n 2"]:
    return np.array([(symbol.x, symbol.y) for symbol in symbols])


def _neighbours(places: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
    return np.asarray((cdist(places, places) < NEIGHBOURHOOD).sum(axis=1))
