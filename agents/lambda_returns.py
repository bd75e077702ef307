"""Tables of pairs that share one error and learn from lambda-returns: what makes the sum itself right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float64

from dsrl.agents.learners import Transition
from dsrl.agents.pair_tables import Pair
from dsrl.agents.pairwise import PairwiseQ, PairwiseSettings, add_up
from dsrl.agents.tables import Cell
from dsrl.errors import ConfigError


@dataclass(frozen=True)
class LambdaSettings(PairwiseSettings):
    """Hyperparameters of the learner from lambda-returns."""

    max_distance: float = 200.0
    """Objects further apart do not interact, native px; the default is the whole playfield, for which crowded
    frames pay: with 50 objects, 64 px is three times as fast."""
    cell: float = 12.0
    """Side of a bin of relative position, native px."""
    learning_rate: float = 0.1
    """Share of the error that an update corrects, over all interactions of the frame."""
    gamma: float = 0.98
    """Discount per agent step."""
    trace: float = 0.95
    """Lambda: 0 trusts the tables one step ahead, 1 only the rewards that came."""
    sweep: int = 200
    """Agent steps learned from together, at most; a reward or an end makes it sooner."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        super().__post_init__()
        if not 0 <= self.trace <= 1:
            raise ConfigError(f"trace={self.trace} must be between 0 and 1")
        if self.sweep < 1:
            raise ConfigError(f"sweep={self.sweep} must be at least 1")


class Step(NamedTuple):
    """One agent step, kept for a sweep: small, since frames with many objects have hundreds of pairs."""

    cells: list[Cell]
    overlap: int
    """See `overlap`."""
    action: int
    reward: float


class LambdaQ(PairwiseQ):
    """Peng's Q(lambda) on the sum: each sweep goes back over the steps since the last one.

    The tables of Garnelo 2016 are kept, and how they are summed to act. What differs: all interactions of a
    frame share the error of their sum, and targets are lambda-returns (Peng & Williams 1994) computed
    backwards from a reward (Lin 1992), so that all the steps that led to it learn of it at once.
    """

    Settings: ClassVar[type] = LambdaSettings

    def __init__(self, actions: Sequence[str], settings: LambdaSettings) -> None:
        super().__init__(actions, settings)
        self.settings: LambdaSettings = settings
        self.recent: dict[int, list[Step]] = {}

    def observe(self, transition: Transition[list[Pair]]) -> None:
        """Keep the step; at a reward, an end, or when enough are kept, learn from them."""
        recent = self.recent.setdefault(transition.stream, [])
        cells = [self._table(pair).cell(pair.key) for pair in transition.before]
        recent.append(Step(cells, overlap(cells), transition.action, transition.reward))
        ended = transition.terminated or transition.truncated
        if transition.reward or ended or len(recent) >= self.settings.sweep:
            self._sweep(
                recent, 0.0 if transition.terminated else float(self.q_values(transition.after).max())
            )

    def finish(self) -> None:
        """Learn from the steps kept; the value of what followed the last one is not known."""
        for recent in filter(None, self.recent.values()):
            self._sweep(recent[:-1], float(self._total(recent[-1].cells).max()))
        self.recent.clear()

    def _sweep(self, recent: list[Step], best: float) -> None:
        """Update backwards: G <- r + gamma ((1 - lambda) max Q' + lambda G), from G = max Q' = `best`."""
        gamma, trace, target = self.settings.gamma, self.settings.trace, best
        while recent:
            step = recent.pop()
            target = step.reward + gamma * ((1 - trace) * best + trace * target)
            values = self._total(step.cells)
            values[step.action] += self._share(step, target - float(values[step.action]))
            best = float(values.max())

    def _total(self, cells: list[Cell]) -> Float64[np.ndarray, " actions"]:
        return add_up([cell.values for cell in cells], self.n_actions)

    def _share(self, step: Step, error: float) -> float:
        """Correct the sum by a share of the error, an equal part per interaction; return by how much."""
        if not step.cells:
            return 0.0
        correction = self.settings.learning_rate * error
        for cell in step.cells:
            cell.add(step.action, correction / step.overlap)
        return correction


def overlap(cells: list[Cell]) -> int:
    """Return how much the sum grows when every cell grows by one: a cell named k times counts k * k.

    >>> one, other = Cell([0.0], [0]), Cell([0.0], [0])
    >>> overlap([one, other]), overlap([one, one, other])
    (2, 5)
    """
    return sum(count * count for count in Counter(map(id, cells)).values())
