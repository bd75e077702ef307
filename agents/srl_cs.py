"""SRL+CS, the learner of Garcez, Dutra and Alonso 2018: credit to what was touched, weight to the near."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float64

from dsrl.agents.learners import Transition
from dsrl.agents.pair_tables import Kinds, Pair, PairTables
from dsrl.agents.pairwise import PairwiseSettings, add_up, bins
from dsrl.agents.rules import Names, Vote
from dsrl.agents.tables import Key
from dsrl.control import Control
from dsrl.interactions import Interaction
from dsrl.symbols import Rows, Symbol, from_rows, to_rows

SEEN = 0.5
"""Confidence up to which an object is merely expected: what was touched must count as gone at once."""


@dataclass(frozen=True)
class SRLCSSettings(PairwiseSettings):
    """Hyperparameters of SRL+CS; the values of the paper, where it gives them."""

    cell: float = 16.0
    """Side of a bin of relative position, native px: by default a step of the toy worlds."""
    max_distance: float = float("inf")
    """Objects further from the controlled one do not count, native px."""
    learning_rate: float = 1.0
    """Share of the error that an update corrects: all of it."""
    gamma: float = 0.9
    """Discount per agent step."""
    punishment: float = 10.0
    """What negative rewards are multiplied by: the paper's are +1 and -10."""
    warm_up: int = 250
    """Agent steps to watch which kind the actions control; until then every kind is taken for it."""


class Scene(NamedTuple):
    """The symbols of a frame, and the relation of each that may be the controlled one to all the others."""

    symbols: list[Symbol]
    pairs: list[Pair]


class SRLCSQ(PairTables):
    """One-step Q-learning per object seen from the controlled one, with the two rules of common sense.

    A reward is credited to the touched object alone; without one, all entries learn. Acting sums Q / d^2. A
    state is the relative place. Until the controlled kind is found, tables are learned from the point of
    view of each, and none is acted on: so no step is lost.
    """

    Settings: ClassVar[type] = SRLCSSettings

    def __init__(self, actions: Sequence[str], settings: SRLCSSettings) -> None:
        super().__init__(len(actions), settings.cell)
        self.settings = settings
        self.control = Control(len(actions))
        self.controlled: int | None = None
        self.watched = 0

    def describe(self, rows: Rows) -> Scene:
        """Return what is seen, and the relations of the controlled object to the others."""
        seen = [symbol for symbol in from_rows(rows) if symbol.confidence > SEEN]
        views = self._views(seen)
        return Scene(seen, [self._pair(me, symbol) for me in views for symbol in seen if symbol is not me])

    def _views(self, seen: Sequence[Symbol]) -> list[Symbol]:
        """Return the oldest object of the controlled kind; while that is not known, of each kind."""
        oldest: dict[int, Symbol] = {}
        for symbol in sorted(seen, key=lambda symbol: symbol.track):
            if self.controlled in (None, symbol.kind):
                oldest.setdefault(symbol.kind, symbol)
        return list(oldest.values())

    def _pair(self, me: Symbol, other: Symbol) -> Pair:
        place = Interaction(
            (me.kind, other.kind), other.x - me.x, other.y - me.y, 0.0, 0.0, (me.track, other.track)
        )
        return Pair(place, bins(place, self.settings.cell, self.settings.still))

    def q_values(self, state: Scene) -> Float64[np.ndarray, " actions"]:
        """Return the sum of Q / d^2 over objects, d the distance of their centres; zeros where none is."""
        return add_up([self._weighted(pair) for pair in self._mine(state)], self.n_actions)

    def _mine(self, state: Scene) -> list[Pair]:
        """Return the relations to act on: none while the controlled kind is not known."""
        return [pair for pair in state.pairs if pair.interaction.kinds[0] == self.controlled]

    def _weighted(self, pair: Pair) -> list[float]:
        weight = 1 / max(1.0, distance(pair)) ** 2
        return [weight * value for value in self._values(pair)]

    def observe(self, transition: Transition[Scene]) -> None:
        """Learn one step: a reward teaches the entry of the touched object, no reward teaches all of them."""
        if transition.reward:
            self._credit(transition)
        else:
            self._look_ahead(transition)
        if self.controlled is None:
            self._watch(transition)

    def _watch(self, transition: Transition[Scene]) -> None:
        """Count what the actions do; then settle which kind they control, and keep its tables."""
        seen = to_rows(transition.after.symbols)
        self.control.observe(np.full(len(seen), transition.action), seen)
        self.watched += 1
        if self.watched >= self.settings.warm_up:
            self.controlled = self.control.controlled
        if self.controlled is not None:
            self.tables = {kinds: one for kinds, one in self.tables.items() if kinds[0] == self.controlled}

    def _credit(self, transition: Transition[Scene]) -> None:
        """Q <- r for the touched object: of those before, the nearest to where the controlled one is now."""
        places = {one.track: (one.x, one.y) for one in transition.before.symbols}
        weight = self.settings.punishment if transition.reward < 0 else 1.0
        for me in self._views(transition.after.symbols):
            seen = [pair for pair in transition.before.pairs if pair.interaction.kinds[0] == me.kind]
            apart = [math.dist(places[pair.interaction.tracks[1]], (me.x, me.y)) for pair in seen]
            if seen:
                self._learn(seen[int(np.argmin(apart))], transition.action, weight * transition.reward)

    def _look_ahead(self, transition: Transition[Scene]) -> None:
        """Q <- gamma max Q' for every object; of one that was lost from sight nothing is known."""
        following = {identity(pair): pair for pair in transition.after.pairs}
        for pair in transition.before.pairs:
            later = following.get(identity(pair))
            if later is not None:
                self._learn(pair, transition.action, self.settings.gamma * max(self._values(later)))

    def _learn(self, pair: Pair, action: int, target: float) -> None:
        cell = self._table(pair).cell(pair.key)
        cell.add(action, self.settings.learning_rate * (target - cell.values[action]))

    def finish(self) -> None:
        """Nothing is kept for later here."""

    def votes(self, state: Scene, names: Names) -> list[Vote]:
        """Return one vote per object, weighted as it counts."""
        return [
            Vote(
                self.words(pair.interaction.kinds, pair.key, names),
                self._weighted(pair),
                self._table(pair).known(pair.key)[1],
            )
            for pair in self._mine(state)
        ]

    def words(self, kinds: Kinds, key: Key, names: Names) -> str:
        """Return a cell in words, without motion, which the state leaves out."""
        return super().words(kinds, key, names).rpartition(",")[0]

    def measures(self) -> dict[str, float]:
        """Return the number of tables and of visited cells, and the controlled kind."""
        return super().measures() | {"controlled_kind": -1 if self.controlled is None else self.controlled}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of every table and of the counts."""
        counts = {f"control/{kind}": array for kind, array in self.control.arrays().items()}
        known = -1 if self.controlled is None else self.controlled
        return super().arrays() | counts | {"state": np.array([known, self.watched])}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        super().restore(arrays)
        known, self.watched = arrays["state"].tolist()
        self.controlled = None if known < 0 else known
        counts = {name.rpartition("/")[2]: arrays[name] for name in arrays if name.startswith("control/")}
        self.control.restore(counts)


def distance(pair: Pair) -> float:
    """Return the distance of the centres, native pixels."""
    return math.hypot(pair.interaction.dx, pair.interaction.dy)


def identity(pair: Pair) -> tuple[int, ...]:
    """Return what the same two objects share in the next frame: an object does not change its kind."""
    return pair.interaction.kinds + pair.interaction.tracks
