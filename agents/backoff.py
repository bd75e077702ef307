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
from dsrl.agents.backoff_table import BackoffTable, Reflection, Steps
from dsrl.agents.learners import Transition
from dsrl.agents.memory import STEP, Memory
from dsrl.agents.mirrors import Images, Mirror, find_mirrors, swaps
from dsrl.agents.nested_arrays import Part, arrays_of, restore_parts
from dsrl.agents.relations import key_of
from dsrl.agents.returns import lambda_returns, values_of, values_of_best
from dsrl.agents.rules import Names, Rule, Vote, rule
from dsrl.agents.sight import Scene
from dsrl.agents.viewpoint import LONGEST, Viewpoint
from dsrl.symbols import Rows


class BackoffQ:
    """Tables that back off from fine to coarse cells, learned from all steps together."""

    Settings: ClassVar[type] = BackoffSettings

    def __init__(self, actions: Sequence[str], settings: BackoffSettings) -> None:
        self.settings = settings
        self.viewpoint = Viewpoint(len(actions), settings.warm_up, settings.resting)
        self.memory = Memory()
        self.recent: list[Transition[Scene]] = []
        """Steps that are not in the memory yet."""
        self.table = BackoffTable(len(actions), settings.tau)
        self.swaps, self.images = swaps(actions) if settings.mirrored else [], Images()
        self.next_fit = settings.refit
        self.rewards, self.reward_size = 0, 1.0

    @property
    def controlled(self) -> int | None:
        """The kind that the actions control, once that is settled."""
        return self.viewpoint.controlled

    def own_row(self, rows: Rows, kind: int) -> int:
        """Return the row to see from, of a kind: of the controlled one, that where the actions tell moves."""
        return self.viewpoint.own_row(rows, kind)

    def describe(self, rows: Rows) -> Scene:
        """Return the objects as they are: which of them matter is known only later."""
        return Scene(rows)

    def q_values(self, state: Scene) -> Float64[np.ndarray, " actions"]:
        """Return the sum over relations; zeros while there are none."""
        return self.table.total(self.viewpoint.look(state))

    def observe(self, transition: Transition[Scene]) -> None:
        """Take note of the step; fit the tables when it is time."""
        if self.controlled is not None:
            self.viewpoint.look(transition.after)
            if transition.after.strange:
                self._meet(transition.after)
            self.recent.append(transition)
            if len(self.memory) + len(self.recent) >= self.next_fit:
                self.fit()
            elif len(self.recent) == LONGEST:
                self._keep()
        self.viewpoint.observe(transition.action, transition.before, transition.after)
        if transition.reward:
            self.rewards += 1
            self.reward_size += (abs(transition.reward) - self.reward_size) / self.rewards

    def _meet(self, scene: Scene) -> None:
        """Give each relation that the viewpoint finds in a scene for the first time a tree of cells."""
        self._keep()
        self.viewpoint.meet(scene)
        while self.table.relations < len(self.viewpoint.relations):
            self.memory.add_relation(self.table.add_relation())

    def _keep(self) -> None:
        """Move the steps since the last time into the memory."""
        recent, self.recent = self.recent, []
        if not recent:
            return
        met = dict.fromkeys(scene for step in recent for scene in (step.before, step.after))
        row = {scene: row for row, scene in enumerate(met)}
        cells = self.table.cells(np.array(list(map(self.viewpoint.look, met))))
        steps = [
            (step.action, step.reward, step.terminated, step.terminated or step.truncated, step.stream)
            for step in recent
        ]
        self.memory.add(
            cells[[row[step.before] for step in recent]],
            cells[[row[step.after] for step in recent]],
            np.array(steps, dtype=STEP),
        )

    def fit(self) -> None:
        """Compute the returns of all steps, and fit the tables to them."""
        self._keep()
        self.next_fit = len(self.memory) + max(self.settings.refit, len(self.memory) // 100)
        if self.controlled is None or not self.table.relations:  # the controlled object was not seen yet
            return
        self.viewpoint.count()
        self.viewpoint.whereabouts.settle()
        control, settings = self.viewpoint.control, self.settings
        mirrors = self._reflections(find_mirrors(control.moves(self.controlled), self.swaps))
        self.table.grow(settings.optimism * self.reward_size / self.table.relations)
        alike = control.alike(self.controlled)
        self.table.fit(self._steps(), alike, settings.counts, mirrors)

    def _reflections(self, mirrors: list[Mirror]) -> list[Reflection]:
        return self.images.reflections(mirrors, self.table, self.viewpoint.relations, self.viewpoint.axis)

    def _steps(self) -> Steps:
        fine, memory, (before, after) = self.table.fine, self.memory, self.memory.cells()
        actions = memory["action"]
        targets = lambda_returns(
            values_of_best(fine.values, fine.fitted, after),
            memory["reward"],
            memory["terminated"],
            memory["cut"],
            memory["stream"],
            self.settings.gamma,
            self.settings.trace,
        )
        return Steps(before, actions, targets, values_of(fine.fitted, before, actions))

    def finish(self) -> None:
        """Fit to the last steps too."""
        self.fit()

    def votes(self, state: Scene, names: Names) -> list[Vote]:
        """Return one vote per relation."""
        codes, words = self.viewpoint.look(state), self.viewpoint.speaker.words
        told = zip(self.viewpoint.relations, codes.tolist(), self.table.votes(codes).tolist(), strict=True)
        return [
            Vote(words(about, key_of(code), key_of(code), names), values, self.table.visits_of(number, code))
            for number, (about, code, values) in enumerate(told)
        ]

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return regions of the finest cells, each with at least `min_visits`, as sentences."""
        speaker = self.viewpoint.speaker
        found = [
            rule(speaker.words(about, *region[:2], names), region.values, region.visits, names.actions)
            for number, about in enumerate(self.viewpoint.relations)
            for region in speaker.regions(self.table.rows(number), about)
            if sum(region.visits) >= min_visits
        ]
        return sorted((one for one in found if one), key=lambda one: (-one.strength, one.situation))

    def measures(self) -> dict[str, float]:
        """Return the number of relations and of cells, and the controlled kind."""
        self._keep()
        return {
            "relations": self.table.relations,
            "cells": len(self.table),
            "controlled_kind": -1 if self.controlled is None else self.controlled,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Return tables, memory and counts, each under a name of its own."""
        self._keep()
        self.viewpoint.count()
        known, view = -1 if self.controlled is None else self.controlled, self.viewpoint
        found = {
            "state": np.array([known, view.watched, self.next_fit, self.rewards, view.axis]),
            "reward_size": np.array(self.reward_size),
            "relation_of": view.relation_of,
        }
        return found | arrays_of(self._parts)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        controlled, watched, self.next_fit, self.rewards, axis = arrays["state"].tolist()
        self.viewpoint.restore(controlled, axis, watched, arrays["relation_of"])
        self.reward_size = float(arrays["reward_size"])
        restore_parts(self._parts, arrays)

    @property
    def _parts(self) -> dict[str, Part]:
        view = self.viewpoint
        return {
            "control": view.control,
            "whereabouts": view.whereabouts,
            **({"momentum": view.momentum} if view.resting else {}),
            "memory": self.memory,
            "table": self.table,
        }
