"""Several learners that learn from the same steps, of which the one that earns most acts.

How objects are best seen differs from game to game: by what they do where it matters to be exact, by where
they will meet where that is far away. What each way earns tells which it is, and what one of them does is a
lesson to the others. After Laroche & Feraud 2018, reinforcement learning algorithm selection; that each must
also act itself, Ostrovski, Castro & Dabney 2021, the difficulty of passive learning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float64, Int64

from dsrl.agents.backoff import BackoffQ
from dsrl.agents.backoff_settings import BackoffSettings
from dsrl.agents.learners import Transition
from dsrl.agents.nested_arrays import Part, arrays_of, restore_parts
from dsrl.agents.rules import Names, Rule, Vote
from dsrl.agents.sight import Scene
from dsrl.errors import ConfigError
from dsrl.symbols import Rows

FORMS: tuple[dict[str, Any], ...] = ({}, {"resting": True, "advantage": 16.0, "alike": 64.0, "tau": 0.1})
"""What is set otherwise of each member: one is the back-off learner as the user has it, the other sees from
where the controlled object will rest, with cells that agree more."""


@dataclass(frozen=True)
class PortfolioSettings(BackoffSettings):
    """Hyperparameters of members, but for what `FORMS` say, and of the choice between them."""

    share: float = 0.25
    """Part of the steps that each member makes at least: what learns from others' play alone learns badly."""
    recency: float = 0.2
    """Weight of an episode in what a member earns, a moving average, since it learns meanwhile."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        super().__post_init__()
        if not 0 <= self.share * len(FORMS) <= 1:
            raise ConfigError(f"share={self.share} must be at least 0, and {1 / len(FORMS):g} at most")
        if not 0 < self.recency <= 1:
            raise ConfigError(f"recency={self.recency} must be greater than 0, and 1 at most")


class PortfolioQ:
    """Members that see and learn in ways of their own; one acts, from one end of an episode to the next.

    Shares are told in steps: who fails has short episodes. A lost life is an end, too. Of several
    environments the first tells what is earned, and when to change.
    """

    Settings: ClassVar[type] = PortfolioSettings

    def __init__(self, actions: Sequence[str], settings: PortfolioSettings) -> None:
        self.settings = settings
        self.members = [BackoffQ(actions, replace(settings, **form)) for form in FORMS]
        self.acting = 0
        """The member that acts, explains itself and has rules."""
        self.earned = 0.0
        """Reward since it does."""
        self.scores: Float64[np.ndarray, " members"] = np.zeros(len(FORMS))
        """What each earned in an episode, a moving average."""
        self.episodes: Int64[np.ndarray, " members"] = np.zeros(len(FORMS), dtype=np.int64)
        """How many each acted in."""
        self.steps: Int64[np.ndarray, " members"] = np.zeros(len(FORMS), dtype=np.int64)
        """How many each made."""

    @property
    def controlled(self) -> int | None:
        """The kind that the actions control, once that is settled."""
        return self._actor.controlled

    @property
    def _actor(self) -> BackoffQ:
        return self.members[self.acting]

    def own_row(self, rows: Rows, kind: int) -> int:
        """Return the row to see from, of a kind."""
        return self._actor.own_row(rows, kind)

    def describe(self, rows: Rows) -> tuple[Scene, ...]:
        """Return the objects as they are, for each member to find its own cells in."""
        return tuple(member.describe(rows) for member in self.members)

    def q_values(self, state: tuple[Scene, ...]) -> Float64[np.ndarray, " actions"]:
        """Return the values of the member that acts."""
        return self._actor.q_values(state[self.acting])

    def observe(self, transition: Transition[tuple[Scene, ...]]) -> None:
        """Let every member learn from the step; at the end of an episode choose who acts next."""
        for member, before, after in zip(self.members, transition.before, transition.after, strict=True):
            member.observe(transition._replace(before=before, after=after))  # type: ignore[arg-type]
        if transition.stream == 0 and self.controlled is not None:
            self.earned += transition.reward
            self.steps[self.acting] += 1
            if transition.terminated or transition.truncated:
                self._change()

    def _change(self) -> None:
        """Note what was earned, and choose who acts next: who made too few steps, or else the best."""
        self.episodes[self.acting] += 1
        share = max(self.settings.recency, 1 / self.episodes[self.acting])
        self.scores[self.acting] += share * (self.earned - self.scores[self.acting])
        fewest = int(self.steps.argmin())
        lags = self.steps[fewest] < self.settings.share * self.steps.sum()
        self.acting, self.earned = fewest if lags else self.best, 0.0

    @property
    def best(self) -> int:
        """The member that earns most; one that never acted comes first."""
        return int(np.argmax(np.where(self.episodes == 0, np.inf, self.scores)))

    def finish(self) -> None:
        """Let every member fit to the last steps too; what is played from now on is by the best one."""
        for member in self.members:
            member.finish()
        self.acting = self.best

    def votes(self, state: tuple[Scene, ...], names: Names) -> list[Vote]:
        """Return the votes of the member that acts."""
        return self._actor.votes(state[self.acting], names)

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return the rules of the member that acts."""
        return self._actor.rules(names, min_visits)

    def measures(self) -> dict[str, float]:
        """Return what each member earns, which one acts, and what is worth a curve of it."""
        earned = {f"score_{number}": float(score) for number, score in enumerate(self.scores)}
        return self._actor.measures() | {"acting": self.acting} | earned

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that members learned, and what they earned."""
        found = {
            "acting": np.array(self.acting),
            "earned": np.array(self.earned),
            "scores": self.scores,
            "episodes": self.episodes,
            "steps": self.steps,
        }
        return found | arrays_of(self._parts)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.acting, self.earned = int(arrays["acting"]), float(arrays["earned"])
        self.scores, self.episodes, self.steps = (
            arrays[name].copy() for name in ("scores", "episodes", "steps")
        )
        restore_parts(self._parts, arrays)

    @property
    def _parts(self) -> dict[str, Part]:
        return {str(number): member for number, member in enumerate(self.members)}
