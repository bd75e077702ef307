"""Our own learner: nested tables seen from the controlled object, fitted again and again to every step made.

Each kind of object has a relation to the controlled one, and each relation a table of nested cells. Relations
add up: each is fitted to what the others leave over (backfitting, Friedman & Stuetzle 1981). Targets are
Watkins' Q(lambda) returns, computed anew for all steps at each fit: fitted Q iteration with averagers (Gordon
1995; Ernst et al. 2005). Legend of shapes: t steps, r relations, a actions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64, Int64

from dsrl.agents.backoff_table import ABSENT, BackoffTable
from dsrl.agents.learners import Transition
from dsrl.agents.memory import Memory, watkins_returns
from dsrl.agents.merging import Region, merge
from dsrl.agents.relations import cells, nearest_of_each_kind, region_words, words
from dsrl.agents.rules import Names, Rule, Vote, rule
from dsrl.agents.tables import Key
from dsrl.control import Control
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol

ROUNDS = 2
"""Times that each relation is fitted to what the others leave over."""


@dataclass(frozen=True)
class BackoffSettings:
    """Hyperparameters of the back-off learner, the same for every game."""

    gamma: float = 0.98
    """Discount per agent step."""
    trace: float = 0.9
    """Lambda: 0 trusts the tables one step ahead, 1 only the rewards that came."""
    weight: float = 2.0
    """Targets that the value of the coarser cell counts as much as."""
    warm_up: int = 500
    """Agent steps to watch which kind the actions control, before anything is learned."""
    refit: int = 250
    """Agent steps between fits at first; later a hundredth of all steps made."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        for name in ("gamma", "trace"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name}={getattr(self, name)} must be between 0 and 1")
        for name in ("weight", "warm_up", "refit"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}={getattr(self, name)} must be greater than 0")


@dataclass
class Scene:
    """The symbols of a frame, and the cell of each relation once they were looked up."""

    symbols: Sequence[Symbol]
    cells: list[int] | None = None


class BackoffQ:
    """Tables that back off from fine to coarse cells, learned from all steps together."""

    Settings: ClassVar[type] = BackoffSettings

    def __init__(self, n_actions: int, settings: BackoffSettings) -> None:
        self.n_actions, self.settings = n_actions, settings
        self.control, self.memory = Control(n_actions), Memory()
        self.controlled: int | None = None
        self.tables: dict[int, BackoffTable] = {}
        self.watched, self.next_fit = 0, settings.refit

    def describe(self, symbols: Sequence[Symbol]) -> Scene:
        """Return the symbols as they are: which of them matter is known only later."""
        return Scene(list(symbols))

    def q_values(self, state: Scene) -> Float64[np.ndarray, " actions"]:
        """Return the sum over relations; zeros while there are none."""
        total: Float64[np.ndarray, " actions"] = self._values(state).sum(axis=0)
        return total

    def observe(self, transition: Transition[Scene]) -> None:
        """Keep the step; fit the tables when it is time."""
        self._watch(transition)
        if self.controlled is None:
            return
        self.memory.add(
            self._look_up(transition.before),
            self._look_up(transition.after),
            action=transition.action,
            reward=transition.reward,
            terminated=transition.terminated,
            cut=transition.terminated or transition.truncated,
            stream=transition.stream,
        )
        if len(self.memory) >= self.next_fit:
            self.fit()

    def _watch(self, transition: Transition[Scene]) -> None:
        """Count what the actions do, and settle what they control at the end of the warm-up."""
        known = self.controlled
        moved = transition.after.symbols
        self.control.observe(transition.action, [one for one in moved if known in (None, one.kind)])
        self.watched += 1
        if known is None and self.watched >= self.settings.warm_up:
            self.controlled = self.control.controlled

    def _look_up(self, scene: Scene) -> list[int]:
        """Return the cell of each relation, in the order in which they were first met."""
        if self.controlled is None:
            return []
        if scene.cells is None:
            me, nearest = nearest_of_each_kind(scene.symbols, self.controlled)
            for kind in nearest:
                self.tables.setdefault(kind, BackoffTable(self.n_actions))
            scene.cells = [
                table.cell(cells(me, nearest[kind])) if me and kind in nearest else ABSENT
                for kind, table in self.tables.items()
            ]
        return scene.cells + [ABSENT] * (len(self.tables) - len(scene.cells))

    def _values(self, scene: Scene) -> Float64[np.ndarray, "relations actions"]:
        found = zip(self._look_up(scene), self.tables.values(), strict=True)
        return np.array([table.value(cell) for cell, table in found]).reshape(-1, self.n_actions)

    def fit(self) -> None:
        """Compute the returns of all steps, and fit each table to what the others leave over."""
        self.next_fit = len(self.memory) + max(self.settings.refit, len(self.memory) // 100)
        if not self.tables or not len(self.memory):
            return
        before, after = self.memory.cells()
        actions, steps = self.memory["action"].astype(int), np.arange(len(self.memory))
        values, following = self._sum(before), self._sum(after)  # [t, a]
        greedy = values[steps, actions] >= values.max(axis=1)
        targets = watkins_returns(
            self.memory, following.max(axis=1), greedy, self.settings.gamma, self.settings.trace
        )
        self._backfit(before, actions, targets)

    def _backfit(
        self,
        before: Int64[np.ndarray, "t r"],
        actions: Int64[np.ndarray, " t"],
        targets: Float64[np.ndarray, " t"],
    ) -> None:
        alike = self.control.alike(self.controlled)
        tables = list(zip(before.T, self.tables.values(), strict=True))
        says = np.array([table.all_values()[cell, actions] for cell, table in tables])  # [r, t]
        for _ in range(1 if len(tables) == 1 else ROUNDS):
            for index, (cell, table) in enumerate(tables):
                others = says.sum(axis=0) - says[index]
                table.fit(cell, actions, targets - others, alike, self.settings.weight)
                says[index] = table.values[cell, actions]

    def _sum(self, found: Int64[np.ndarray, "t r"]) -> Float64[np.ndarray, "t a"]:
        columns = zip(found.T, self.tables.values(), strict=True)
        return np.asarray(np.sum([table.all_values()[cell] for cell, table in columns], axis=0))

    def finish(self) -> None:
        """Fit to the last steps too."""
        self.fit()

    def votes(self, state: Scene, names: Names) -> list[Vote]:
        """Return one vote per relation."""
        found = zip(self._look_up(state), self.tables.items(), self._values(state).tolist(), strict=True)
        return [
            Vote(self._words(kind, table.keys[cell], names), values, table.visits_of(cell))
            for cell, (kind, table), values in found
        ]

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return regions of the finest cells, each with at least `min_visits`, as sentences."""
        found = [
            rule(self._region_words(kind, region, names), region.values, region.visits, names.actions)
            for kind, table in self.tables.items()
            for region in self._regions(kind, table)
            if sum(region.visits) >= min_visits
        ]
        return sorted((one for one in found if one), key=lambda one: (-one.strength, one.situation))

    def _regions(self, kind: int, table: BackoffTable) -> Iterator[Region]:
        """Yield what is known where the other is there, and where it is not; to be alone says nothing."""
        rows = list(table.rows())
        yield from merge(row for row in rows if row[0])
        if kind != self.controlled:
            yield from merge(row for row in rows if not row[0])

    def _region_words(self, kind: int, region: Region, names: Names) -> str:
        me, other = names.kind(self.controlled or 0), names.kind(kind)
        other = f"other {other}" if kind == self.controlled else other
        return region_words(region.low, region.high, me, other)

    def _words(self, kind: int, key: Key, names: Names) -> str:
        me, other = names.kind(self.controlled or 0), names.kind(kind)
        return words(key, me, f"other {other}" if kind == self.controlled else other)

    def measures(self) -> dict[str, float]:
        """Return the number of relations and of cells, and the controlled kind."""
        kind = -1 if self.controlled is None else self.controlled
        cells_met = sum(map(len, self.tables.values()))
        return {"relations": len(self.tables), "cells": cells_met, "controlled_kind": kind}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return tables, memory and counts, each under a name of its own."""
        controlled = -1 if self.controlled is None else self.controlled
        parts = {"memory": self.memory.arrays(), "control": self.control.arrays()}
        parts |= {f"table.{kind}": table.arrays() for kind, table in self.tables.items()}
        named = {f"{part}/{name}": array for part, found in parts.items() for name, array in found.items()}
        state = np.array([controlled, self.watched, self.next_fit, *self.tables])
        return {"state": state} | named

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        controlled, self.watched, self.next_fit, *kinds = arrays["state"].tolist()
        self.controlled = None if controlled < 0 else controlled
        self.memory.restore(_part(arrays, "memory"))
        self.control.restore(_part(arrays, "control"))
        self.tables = {kind: BackoffTable.from_arrays(_part(arrays, f"table.{kind}")) for kind in kinds}


def _part(arrays: Mapping[str, np.ndarray], part: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(f"{part}/"): array for name, array in arrays.items() if name.startswith(f"{part}/")
    }
