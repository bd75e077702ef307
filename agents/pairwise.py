"""The learner of Garnelo, Arulkumaran and Shanahan 2016: a Q table per ordered pair of kinds, summed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from dsrl.agents.learners import Transition
from dsrl.agents.pair_tables import Pair, PairTables
from dsrl.agents.rules import Names, Vote
from dsrl.agents.tables import Key
from dsrl.errors import ConfigError
from dsrl.interactions import Interaction, relate
from dsrl.symbols import Rows, from_rows


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


class PairwiseQ(PairTables):
    """Ordinary Q-learning in every table, following the same two objects; action values are summed to act.

    A pair that parts, or of which one object vanishes, ends there: its update has no future.
    """

    Settings: ClassVar[type] = PairwiseSettings

    def __init__(self, actions: Sequence[str], settings: PairwiseSettings) -> None:
        super().__init__(len(actions), settings.cell)
        self.settings = settings
        self.controlled: int | None = None

    def describe(self, rows: Rows) -> list[Pair]:
        """Return the frame's interactions and their bins."""
        cell, still = self.settings.cell, self.settings.still
        interactions = relate(from_rows(rows), self.settings.max_distance)
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

    def votes(self, state: list[Pair], names: Names) -> list[Vote]:
        """Return one vote per interaction."""
        return [
            Vote(self.words(pair.interaction.kinds, pair.key, names), *self._table(pair).known(pair.key))
            for pair in state
        ]
