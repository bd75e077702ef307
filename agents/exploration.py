"""How often an agent acts at random, for how long, and how it chooses when it does not."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from dsrl.errors import ConfigError


@dataclass(frozen=True)
class Exploration:
    """Epsilon-greedy: a share of random actions that falls linearly, then stays; another one for playing.

    >>> exploration = Exploration(initial=1.0, final=0.1, steps=100)
    >>> exploration.epsilon(0), exploration.epsilon(50), exploration.epsilon(1000)
    (1.0, 0.55, 0.1)
    """

    initial: float
    """Probability of a random action at the first agent step."""
    final: float
    """The same after `steps`."""
    steps: int
    """Agent steps over which it falls."""
    lasting: bool = False
    """Whether random actions are kept up for a while, see `Persistence`."""
    playing: float = 0.01
    """Probability of a random action when it plays and does not learn."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: one is out of range.
        """
        for name in ("initial", "final", "playing"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(
                    f"exploration_{name}={getattr(self, name)} is a probability: choose it between 0 and 1"
                )
        if self.steps < 0:
            raise ConfigError(f"exploration_steps={self.steps} must not be negative")

    def epsilon(self, step: int) -> float:
        """Return the probability of a random action."""
        left = min(1.0, max(0.0, 1 - step / self.steps)) if self.steps else 0.0
        return self.final + left * (self.initial - self.final)


DURATIONS = np.arange(1, 201)
"""How long a random action may last, agent steps."""
ODDS = DURATIONS**-1.7 / (DURATIONS**-1.7).sum()
"""The probability of each: a heavy tail, so that some last long."""
MEAN_DURATION = float(DURATIONS @ ODDS)


@dataclass
class Persistence:
    """Random actions that are kept up for a while, so that an agent gets far from where it knows its way.

    Epsilon-z-greedy (Dabney et al. 2021), begun so often that a given share of all steps is random. With
    single random steps nobody ever crosses a road.
    """

    action: int = 0
    left: int = 0
    """Agent steps for which it is still kept up."""

    def act(self, values: Float64[np.ndarray, " actions"], share: float, random: np.random.Generator) -> int:
        """Return the action that is kept up, a new random one, or one of the best; none of value -inf."""
        begin = share / (share + (1 - share) * MEAN_DURATION)
        if values[self.action] == -np.inf:
            self.left = 0
        if not self.left and random.random() < begin:
            self.action, self.left = any_action(values, random), int(random.choice(DURATIONS, p=ODDS))
        if not self.left:
            return epsilon_greedy(values, 0.0, random)
        self.left -= 1
        return self.action


def best_actions(values: Float64[np.ndarray, " actions"]) -> list[int]:
    """Return the actions of the highest value: where nothing is known, all of them.

    >>> best_actions(np.array([0.5, 0.2, 0.5]))
    [0, 2]
    """
    ranked = values.tolist()
    highest = max(ranked)
    return [action for action, value in enumerate(ranked) if value == highest]


def any_action(values: Float64[np.ndarray, " actions"], random: np.random.Generator) -> int:
    """Return a random action, but none of value -inf."""
    allowed = np.flatnonzero(values > -np.inf)
    return int(allowed[random.integers(len(allowed))])


def epsilon_greedy(
    values: Float64[np.ndarray, " actions"], epsilon: float, random: np.random.Generator
) -> int:
    """Return a random action with probability `epsilon`, else one of the best; never one of value -inf."""
    if epsilon and random.random() < epsilon:
        return any_action(values, random)
    best = best_actions(values)
    return best[0] if len(best) == 1 else best[int(random.integers(len(best)))]
