"""Tables of pairs that share one error and learn from lambda-returns: what makes the sum itself right."""

from dataclasses import dataclass
from typing import ClassVar

from dsrl.agents.learners import Transition
from dsrl.agents.pairwise import Pair, PairwiseQ, PairwiseSettings
from dsrl.errors import ConfigError


@dataclass(frozen=True)
class LambdaSettings(PairwiseSettings):
    """Hyperparameters of the learner from lambda-returns."""

    max_distance: float = 200.0
    """Objects further apart do not interact, native px; the default is the whole playfield."""
    learning_rate: float = 0.2
    """Share of the error that an update corrects, over all interactions of the frame."""
    gamma: float = 0.98
    """Discount per agent step."""
    trace: float = 0.95
    """Lambda: 0 trusts the tables one step ahead, 1 only the rewards that came."""
    sweep: int = 64
    """Agent steps learned from together, at most; a reward or an end makes it sooner."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        super().__post_init__()
        if not 0 <= self.trace <= 1:
            raise ConfigError(f"trace={self.trace} must be between 0 and 1")
        if self.sweep < 1:
            raise ConfigError(f"sweep={self.sweep} must be at least 1")


class LambdaQ(PairwiseQ):
    """Peng's Q(lambda) on the sum: each sweep goes back over the steps since the last one.

    The tables of Garnelo 2016 are kept, and how they are summed to act. What differs: all interactions of a
    frame share the error of their sum, and targets are lambda-returns (Peng & Williams 1994) computed
    backwards from a reward (Lin 1992), so that all the steps that led to it learn of it at once.
    """

    Settings: ClassVar[type] = LambdaSettings

    def __init__(self, n_actions: int, settings: LambdaSettings) -> None:
        super().__init__(n_actions, settings)
        self.settings: LambdaSettings = settings
        self.recent: dict[int, list[Transition[list[Pair]]]] = {}

    def observe(self, transition: Transition[list[Pair]]) -> None:
        """Keep the step; at a reward, an end, or when enough are kept, learn from them."""
        recent = self.recent.setdefault(transition.stream, [])
        recent.append(transition)
        ended = transition.terminated or transition.truncated
        if transition.reward or ended or len(recent) >= self.settings.sweep:
            self._sweep(recent)
            recent.clear()

    def finish(self) -> None:
        """Learn from the steps kept, as if their episodes were cut short here."""
        for recent in filter(None, self.recent.values()):
            self._sweep(recent)
        self.recent.clear()

    def _sweep(self, recent: list[Transition[list[Pair]]]) -> None:
        """Update backwards: G <- r + gamma ((1 - lambda) max Q' + lambda G)."""
        gamma, trace = self.settings.gamma, self.settings.trace
        last = recent[-1]
        best = 0.0 if last.terminated else float(self.q_values(last.after).max())
        future = best
        for step in reversed(recent):
            target = step.reward + gamma * ((1 - trace) * best + trace * future)
            values = self.q_values(step.before)
            self._share(step.before, step.action, target - float(values[step.action]))
            best = float(values.max())
            future = target

    def _share(self, pairs: list[Pair], action: int, error: float) -> None:
        """Correct the sum: every interaction takes an equal part of the error."""
        part = error / max(1, len(pairs))
        for pair in pairs:
            table = self._table(pair)
            table.update(pair.key, action, table.values(pair.key)[action] + part, self.settings.learning_rate)
