"""The learner of Garnelo, Arulkumaran and Shanahan 2016: a Q table per ordered pair of kinds, summed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float64

from dsrl.agents.learners import Transition
from dsrl.agents.rules import Names, Rule, Vote, rule
from dsrl.agents.tables import Key, QTable
from dsrl.errors import ConfigError
from dsrl.interactions import Interaction, relate
from dsrl.symbols import Symbol

Kinds = tuple[int, int]


@dataclass(frozen=True)
class PairwiseSettings:
    """Hyperparameters of the learner of 2016."""

    max_distance: float = 64.0
    """Objects further apart do not interact, native px."""
    cell: float = 8.0
    """Side of a bin of relative position, native px; the middle bin is centred on the other object."""
    still: float = 1.0
    """Changes up to this count as none, native px per agent step."""
    learning_rate: float = 0.1
    """Share of the error that an update corrects."""
    gamma: float = 0.95
    """Discount per agent step."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        for name in ("max_distance", "cell", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}={getattr(self, name)} must be greater than 0")
        for name, low, high in [("learning_rate", 0, 1), ("gamma", 0, 1), ("still", 0, float("inf"))]:
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name}={getattr(self, name)} must be between {low} and {high}")


class Pair(NamedTuple):
    """An interaction and the table entry that it falls into."""

    interaction: Interaction
    key: Key


def bins(interaction: Interaction, cell: float, still: float) -> Key:
    """Return (column, row, sign of vx, sign of vy): the place in cells, the change as -1, 0 or 1.

    >>> bins(Interaction(kinds=(0, 1), dx=-40, dy=-10, vx=6, vy=-0.5), cell=8, still=1)
    (-5, -1, 1, 0)
    """
    _, dx, dy, vx, vy, _ = interaction
    horizontal = (vx > still) - (vx < -still)
    vertical = (vy > still) - (vy < -still)
    return floor(dx / cell + 0.5), floor(dy / cell + 0.5), horizontal, vertical


def add_up(values: list[list[float]], n_actions: int) -> Float64[np.ndarray, " actions"]:
    """Return the sum of the values of each action; zeros when there are none.

    >>> add_up([[1.0, 2.0], [0.5, 0.25]], n_actions=2).tolist(), add_up([], n_actions=2).tolist()
    ([1.5, 2.25], [0.0, 0.0])
    """
    total: Float64[np.ndarray, " actions"] = (
        np.array(values, dtype=np.float64).reshape(-1, n_actions).sum(axis=0)
    )
    return total


class PairwiseQ:
    """Ordinary Q-learning in every table, following the same two objects; action values are summed to act.

    A pair that parts, or of which one object vanishes, ends there: its update has no future.
    """

    Settings: ClassVar[type] = PairwiseSettings

    def __init__(self, n_actions: int, settings: PairwiseSettings) -> None:
        self.n_actions = n_actions
        self.settings = settings
        self.tables: dict[Kinds, QTable] = {}
        self.controlled: int | None = None

    def describe(self, symbols: Sequence[Symbol]) -> list[Pair]:
        """Return the frame's interactions and their bins."""
        cell, still = self.settings.cell, self.settings.still
        interactions = relate(symbols, self.settings.max_distance)
        return [Pair(interaction, bins(interaction, cell, still)) for interaction in interactions]

    def q_values(self, state: list[Pair]) -> Float64[np.ndarray, " actions"]:
        """Return the sum over interactions; zeros where there are none."""
        return add_up([self._values(pair) for pair in state], self.n_actions)

    def observe(self, transition: Transition[list[Pair]]) -> None:
        """Update each on its own: Q <- Q + rate (r + gamma max Q' - Q), Q' of the same pair's next cell."""
        rate, gamma = self.settings.learning_rate, self.settings.gamma
        after = [] if transition.terminated else transition.after
        following = {frozenset(pair.interaction.tracks): pair for pair in after}
        for pair in transition.before:
            later = following.get(frozenset(pair.interaction.tracks))
            future = 0.0 if later is None else max(self._values(later))
            cell, target = self._table(pair).cell(pair.key), transition.reward + gamma * future
            cell.add(transition.action, rate * (target - cell.values[transition.action]))

    def finish(self) -> None:
        """Nothing is kept for later here."""

    def _values(self, pair: Pair) -> list[float]:
        return self._table(pair).values(pair.key)

    def _table(self, pair: Pair) -> QTable:
        table = self.tables.get(pair.interaction.kinds)
        if table is None:
            table = self.tables[pair.interaction.kinds] = QTable(self.n_actions)
        return table

    def votes(self, state: list[Pair], names: Names) -> list[Vote]:
        """Return one vote per interaction."""
        return [
            Vote(self.words(pair.interaction.kinds, pair.key, names), *self._table(pair).known(pair.key))
            for pair in state
        ]

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return the cells with at least `min_visits`, as sentences."""
        found = [
            rule(self.words(kinds, key, names), cell.values, cell.visits, names.actions)
            for kinds, table in self.tables.items()
            for key, cell in table
            if sum(cell.visits) >= min_visits
        ]
        return sorted((one for one in found if one), key=lambda one: (-one.strength, one.situation))

    def words(self, kinds: Kinds, key: Key, names: Names) -> str:
        """Return a cell in words, the second object seen from the first.

        >>> learner = PairwiseQ(2, PairwiseSettings())
        >>> learner.words((0, 1), (-2, 0, 1, -1), Names(actions=[], kinds=["paddle", "ball"]))
        'ball 12-20 px left of paddle, moving right and up'
        """
        column, row, horizontal, vertical = key
        parts = [self._apart(column, "left of", "right of"), self._apart(row, "above", "below")]
        place = " and ".join(part for part in parts if part) or "at"
        motion = [("left", "", "right")[horizontal + 1], ("up", "", "down")[vertical + 1]]
        moving = " and ".join(word for word in motion if word)
        first, second = names.kind(kinds[0]), names.kind(kinds[1])
        return f"{second} {place} {first}, {f'moving {moving}' if moving else 'moving together'}"

    def _apart(self, steps: int, negative: str, positive: str) -> str:
        near, far = (abs(steps) - 0.5) * self.settings.cell, (abs(steps) + 0.5) * self.settings.cell
        return f"{near:g}-{far:g} px {negative if steps < 0 else positive}" if steps else ""

    def measures(self) -> dict[str, float]:
        """Return the number of tables and of visited cells."""
        return {"tables": len(self.tables), "cells": sum(map(len, self.tables.values()))}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of every table, as `<kind>-<kind>.<array>`."""
        return {
            f"{first}-{second}.{name}": array
            for (first, second), table in self.tables.items()
            for name, array in table.arrays().items()
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Read the tables back, in the order in which they were first met."""
        self.tables = {}
        for name in arrays:
            pair, _, array = name.partition(".")
            if array == "keys":
                first, second = map(int, pair.split("-"))
                parts = {part: arrays[f"{pair}.{part}"] for part in ("keys", "values", "visits")}
                self.tables[first, second] = QTable.from_arrays(parts)
