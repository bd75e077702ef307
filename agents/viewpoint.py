"""Which object the actions control, and how the others lie to it: found while an agent plays."""

import numpy as np
from jaxtyping import Float64, Int64

from dsrl.agents.momentum import Momentum
from dsrl.agents.relations import MIDDLE
from dsrl.agents.sight import UNKNOWN, Scene, controlled_row, see
from dsrl.agents.speaker import Relation, Speaker
from dsrl.agents.whereabouts import NOWHERE, Whereabouts
from dsrl.control import Control
from dsrl.symbols import KIND, Rows

LONGEST = 1_000
"""Steps that wait to be counted, or to go into the memory, at most: many at once take less time."""


class Viewpoint:
    """Watches how objects move after each action; from the one that is controlled it sees the others."""

    def __init__(self, n_actions: int, warm_up: int, resting: bool = False) -> None:
        self.warm_up, self.resting = warm_up, resting
        """Agent steps after which it is settled which kind the actions control, and whether others are then
        seen from where it will come to rest."""
        self.control, self.whereabouts = Control(n_actions), Whereabouts(n_actions)
        self.momentum = Momentum(n_actions)
        self.controlled: int | None = None
        self.axis = 0
        """That along which the actions move it: 0 across, 1 up and down."""
        self.watched = 0
        self.relation_of: Int64[np.ndarray, " kinds"] = np.full(1, -1)
        """That of the middle of the screen, then of each kind's place, before its course; -1 for none."""
        self.relations: list[Relation] = []
        """What each is about."""
        self.recent: list[tuple[int, Scene]] = []
        """Actions, and what they led to, that are not counted yet."""

    def own_row(self, rows: Rows, kind: int) -> int:
        """Return the row to see from, of a kind: of the controlled one, that where the actions tell moves."""
        return int(controlled_row(rows, kind, self._information(kind)))

    def _information(self, kind: int) -> Float64[np.ndarray, "h w"]:
        return self.whereabouts.information if kind == self.controlled else NOWHERE

    def look(self, scene: Scene) -> Int64[np.ndarray, " relations"]:
        """Return the code of each relation, also of those met since the scene was seen first."""
        kind, relations = self.controlled, len(self.relations)
        if kind is not None and (scene.me == UNKNOWN or len(scene.codes) < relations):
            scene.me, scene.strange, scene.codes = see(
                scene.rows,
                kind,
                self._information(kind),
                self.axis,
                self.relation_of,
                relations,
                self.momentum.rest,
                self.momentum.extents,
            )
        return scene.codes

    def meet(self, scene: Scene) -> None:
        """Give each kind that was not met before two relations, its place and its course."""
        kinds = scene.rows[:, KIND].astype(int)
        kinds[scene.me] = MIDDLE  # which is seen like another object, and the controlled one is not
        for kind in np.setdiff1d(kinds, [about.kind for about in self.relations]).tolist():
            self._add_kind(kind)

    def _add_kind(self, kind: int) -> None:
        more = max(0, kind + 2 - len(self.relation_of))
        self.relation_of = np.pad(self.relation_of, (0, more), constant_values=-1)
        self.relation_of[kind + 1] = len(self.relations)
        self.relations += _about(kind)

    def observe(self, action: int, before: Scene, after: Scene) -> None:
        """Take note of what the action did, and settle what is controlled at the end of the warm-up."""
        self.recent.append((action, after))
        self.watched += 1
        if len(self.recent) == LONGEST:
            self.count()
        if self.controlled is None:
            self._warm_up(action, before, after)

    def _warm_up(self, action: int, before: Scene, after: Scene) -> None:
        if self.resting:
            self.momentum.observe(action, before.rows, after.rows)
        if self.watched < self.warm_up:
            return
        self.count()
        self.controlled = self.control.controlled
        self.axis = 0 if self.controlled is None else self.control.axis(self.controlled)
        if self.resting and self.controlled is not None:
            self.momentum.settle(self.controlled)

    def count(self) -> None:
        """Count the moves since the last time: of all objects, or of what may be the controlled one."""
        if not self.recent:
            return
        actions, scenes = zip(*self.recent, strict=True)
        sizes, self.recent = [len(scene.rows) for scene in scenes], []
        rows, led = np.concatenate([scene.rows for scene in scenes]), np.repeat(actions, sizes)
        if self.controlled is None:
            self.control.observe(led, rows)
        else:
            me = np.array([scene.me for scene in scenes])
            own = (np.cumsum(sizes) - sizes + me)[me >= 0]
            self.control.observe(led[own], rows[own])
            self.whereabouts.observe(led, rows, self.controlled, self.axis)

    @property
    def speaker(self) -> Speaker:
        """What puts relations into words."""
        return Speaker(self.controlled or 0, self.axis, self.resting)

    def restore(
        self, controlled: int, axis: int, watched: int, relation_of: Int64[np.ndarray, " kinds"]
    ) -> None:
        """Take over what was counted and met; `controlled` is -1 where that is not known."""
        self.controlled, self.axis, self.watched = None if controlled < 0 else controlled, axis, watched
        self.relation_of = relation_of.copy()
        kinds = np.argsort(self.relation_of)[(self.relation_of < 0).sum() :] - 1
        self.relations = [about for kind in kinds.tolist() for about in _about(kind)]


def _about(kind: int) -> list[Relation]:
    """Return the relations of a kind: of the middle of the screen only its place."""
    return [Relation(kind, course) for course in ((False,) if kind == MIDDLE else (False, True))]
