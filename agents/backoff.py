"""Our own learner: nested tables seen from the controlled object, fitted again and again to every step made.

Each kind of object has two relations to the controlled one, its place and its course, and each relation a
tree of nested cells. Relations add up: each is fitted to what the others leave over. Targets are
lambda-returns, computed anew for all steps at each fit: fitted Q iteration with averagers (Gordon 1995; Ernst
et al. 2005). Legend of shapes: t steps, r relations, a actions.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from dsrl.agents.backoff_settings import BackoffSettings
from dsrl.agents.backoff_table import BackoffTable, Steps
from dsrl.agents.learners import Transition
from dsrl.agents.memory import Memory
from dsrl.agents.relations import MIDDLE, key_of
from dsrl.agents.returns import best_values, lambda_returns, values_of
from dsrl.agents.rules import Names, Rule, Vote, rule
from dsrl.agents.sight import UNKNOWN, Scene, controlled_row, see
from dsrl.agents.speaker import Relation, Speaker
from dsrl.agents.whereabouts import NOWHERE, Whereabouts
from dsrl.control import Control
from dsrl.symbols import Rows, Symbol


class BackoffQ:
    """Tables that back off from fine to coarse cells, learned from all steps together."""

    Settings: ClassVar[type] = BackoffSettings

    def __init__(self, n_actions: int, settings: BackoffSettings) -> None:
        self.n_actions, self.settings = n_actions, settings
        self.control = Control(n_actions)
        self.controlled: int | None = None
        self.axis = 0
        """That along which the actions move it: 0 across, 1 up and down."""
        self.whereabouts = Whereabouts(n_actions)
        self.memory = Memory()
        self.table = BackoffTable(n_actions)
        self.relation_of = np.full(1, -1)
        """That of the middle of the screen, then of each kind's place, before its course; -1 for none."""
        self.met: set[int] = set()
        self.watched, self.next_fit = 0, settings.refit
        self.rewards, self.reward_size = 0, 1.0

    def describe(self, symbols: Sequence[Symbol]) -> Scene:
        """Return the symbols as they are: which of them matter is known only later."""
        return Scene(symbols)

    def q_values(self, state: Scene) -> Float64[np.ndarray, " actions"]:
        """Return the sum over relations; zeros while there are none."""
        return np.asarray(np.add.reduce(self._values(state)))

    def _values(self, scene: Scene) -> Float64[np.ndarray, "relations actions"]:
        codes, cells, value = self._look(scene), scene.cells, self.table.value
        if codes and len(cells) == len(codes) and max(cells) < self.table.fitted:
            return self.table.values[-1].take(cells, axis=0)
        return np.array([value(relation, code) for relation, code in enumerate(codes)]).reshape(
            -1, self.n_actions
        )

    def _look(self, scene: Scene) -> list[int]:
        """Return the code of each relation, also of those met since the scene was seen first."""
        if self.controlled is not None and (len(scene.codes) < self.table.relations or scene.me == UNKNOWN):
            relations = self.table.relations
            information = self.whereabouts.information
            scene.me, codes = see(
                scene.rows, self.controlled, information, self.axis, self.relation_of, relations
            )
            scene.codes = codes.tolist()
        return scene.codes

    def own_row(self, rows: Rows, kind: int) -> int:
        """Return the row to see from, of a kind: of the controlled one, that where the actions tell moves."""
        information = self.whereabouts.information if kind == self.controlled else NOWHERE
        return int(controlled_row(rows, kind, information))

    def _cells(self, scene: Scene) -> list[int]:
        """Return the cell of each relation; they are kept, since what follows one step precedes the next."""
        codes = self._look(scene)
        if len(scene.cells) < len(codes):
            scene.cells = [self.table.cell(relation, code) for relation, code in enumerate(codes)]
        return scene.cells

    def observe(self, transition: Transition[Scene]) -> None:
        """Keep the step; fit the tables when it is time."""
        if self.controlled is not None:
            self._meet(transition.after)
            self._keep(transition)
            if len(self.memory) >= self.next_fit:
                self.fit()
        self._watch(transition)

    def _watch(self, transition: Transition[Scene]) -> None:
        """Count what the actions do, and settle what they control at the end of the warm-up."""
        action, scene = transition.action, transition.after
        if self.controlled is None:
            self.control.observe(action, scene.symbols)
        else:
            self.control.observe(action, scene.symbols[scene.me : scene.me + 1])
            self.whereabouts.observe(action, scene.rows, self.controlled, self.axis)
        self.watched += 1
        if self.controlled is None and self.watched >= self.settings.warm_up:
            self.controlled = self.control.controlled
            self.axis = 0 if self.controlled is None else self.control.axis(self.controlled)
        if transition.reward:
            self.rewards += 1
            self.reward_size += (abs(transition.reward) - self.reward_size) / self.rewards

    def _keep(self, transition: Transition[Scene]) -> None:
        self.memory.add(
            *(self._cells(transition.before), self._cells(transition.after)),
            *(transition.action, transition.reward, transition.terminated),
            *(transition.terminated or transition.truncated, transition.stream),
        )

    def _meet(self, scene: Scene) -> None:
        """Give each kind that was not met before two relations, its place and its course."""
        self._look(scene)
        if scene.me < 0:
            return
        others = [symbol.kind for symbol in scene.symbols]
        del others[scene.me]
        for kind in sorted({MIDDLE, *others} - self.met):
            self.met.add(kind)
            more = max(0, kind + 2 - len(self.relation_of))
            self.relation_of = np.pad(self.relation_of, (0, more), constant_values=-1)
            self.relation_of[kind + 1] = self.table.relations
            for _ in range(1 if kind == MIDDLE else 2):
                self.memory.add_relation(self.table.add_relation())

    def fit(self) -> None:
        """Compute the returns of all steps, and fit the tables to them."""
        self.next_fit = len(self.memory) + max(self.settings.refit, len(self.memory) // 100)
        if not self.table.relations:  # the controlled object was not seen yet
            return
        self.whereabouts.settle()
        root = self.settings.optimism * self.reward_size / self.table.relations
        self.table.grow(root)
        alike = self.control.alike(self.controlled)
        self.table.fit(self._steps(), alike, self.settings.weight, root)

    def _steps(self) -> Steps:
        values, memory, (before, after) = self.table.values[-1], self.memory, self.memory.cells()
        actions = memory["action"]
        targets = lambda_returns(
            best_values(values, after),
            memory["reward"],
            memory["terminated"],
            memory["cut"],
            memory["stream"],
            self.settings.gamma,
            self.settings.trace,
        )
        return Steps(before, actions, targets, values_of(values, before, actions))

    def finish(self) -> None:
        """Fit to the last steps too."""
        self.fit()

    def votes(self, state: Scene, names: Names) -> list[Vote]:
        """Return one vote per relation."""
        codes, values = self._look(state), self._values(state).tolist()
        return [
            Vote(
                self.speaker.words(about, key_of(code), key_of(code), names),
                each,
                self.table.visits_of(number, code),
            )
            for number, (about, code, each) in enumerate(zip(self._relations, codes, values, strict=True))
        ]

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return regions of the finest cells, each with at least `min_visits`, as sentences."""
        found = [
            rule(self.speaker.words(about, *region[:2], names), region.values, region.visits, names.actions)
            for number, about in enumerate(self._relations)
            for region in self.speaker.regions(self.table.rows(number), about)
            if sum(region.visits) >= min_visits
        ]
        return sorted((one for one in found if one), key=lambda one: (-one.strength, one.situation))

    @property
    def speaker(self) -> Speaker:
        """What puts relations into words."""
        return Speaker(self.controlled or 0, self.axis)

    @property
    def _relations(self) -> list[Relation]:
        """What each relation is about."""
        kinds = (np.argsort(self.relation_of)[(self.relation_of < 0).sum() :] - 1).tolist()
        return [
            Relation(kind, course)
            for kind in kinds
            for course in ((False,) if kind == MIDDLE else (False, True))
        ]

    def measures(self) -> dict[str, float]:
        """Return the number of relations and of cells, and the controlled kind."""
        return {
            "relations": self.table.relations,
            "cells": len(self.table),
            "controlled_kind": -1 if self.controlled is None else self.controlled,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Return tables, memory and counts, each under a name of its own."""
        numbers = [
            -1 if self.controlled is None else self.controlled,
            self.watched,
            self.next_fit,
            self.rewards,
            self.axis,
        ]
        found = {"state": np.array(numbers), "reward_size": np.array(self.reward_size)}
        found["relation_of"] = self.relation_of
        for name, part in self._parts.items():
            found |= {f"{name}/{key}": array for key, array in part.arrays().items()}
        return found

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        controlled, self.watched, self.next_fit, self.rewards, self.axis = arrays["state"].tolist()
        self.controlled = None if controlled < 0 else controlled
        self.reward_size, self.relation_of = float(arrays["reward_size"]), arrays["relation_of"].copy()
        self.met = {about.kind for about in self._relations}
        for name, part in self._parts.items():
            start = f"{name}/"
            part.restore(
                {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}
            )

    @property
    def _parts(self) -> dict[str, Control | Whereabouts | Memory | BackoffTable]:
        return {
            "control": self.control,
            "whereabouts": self.whereabouts,
            "memory": self.memory,
            "table": self.table,
        }
