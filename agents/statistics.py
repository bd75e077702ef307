"""What a comparison over few seeds may say (Agarwal et al. 2021): robust means, intervals, who is better.

Scores come as a list per task, a game say, with one number per seed. Intervals are those of the stratified
percentile bootstrap: seeds are drawn with replacement within each task.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.stats import trim_mean

SAMPLES = 2_000
"""Bootstrap samples."""

Scores = Sequence[Sequence[float]]
"""Per task, a score per seed."""
Drawn = list[Float64[np.ndarray, "samples seeds"]]
"""Per task, the seeds of each bootstrap sample."""


class Estimate(NamedTuple):
    """A statistic and its 95 % interval."""

    value: float
    low: float
    high: float


def interquartile_mean(scores: Scores) -> Estimate:
    """Return the mean of the middle half of all runs, the tasks together.

    >>> interquartile_mean([[0.0, 1.0, 2.0, 90.0]]).value
    1.5
    """
    return _estimate([scores], lambda drawn: trim_mean(np.concatenate(drawn[0], axis=1), 0.25, axis=1))


def probability_of_improvement(ours: Scores, theirs: Scores) -> Estimate:
    """Return the probability that a run of ours beats one of theirs on the same task, ties counting half.

    >>> probability_of_improvement([[1.0, 3.0]], [[2.0, 3.0]]).value
    0.375
    """
    return _estimate([ours, theirs], lambda drawn: _better(*drawn))


def _better(ours: Drawn, theirs: Drawn) -> Float64[np.ndarray, " samples"]:
    pairs = zip(ours, theirs, strict=True)
    signs = [np.sign(one[:, :, None] - other[:, None]).mean(axis=(1, 2)) for one, other in pairs]
    return np.asarray((1 + np.mean(signs, axis=0)) / 2)


def _estimate(
    players: Sequence[Scores], statistic: Callable[[list[Drawn]], Float64[np.ndarray, " samples"]]
) -> Estimate:
    """Return the statistic of all players' scores, and the interval of its bootstrap."""
    given = [[np.array([task], dtype=float) for task in scores] for scores in players]
    random = np.random.default_rng(0)
    drawn = [[random.choice(task[0], (SAMPLES, task.size)) for task in scores] for scores in given]
    low, high = np.percentile(statistic(drawn), [2.5, 97.5])
    return Estimate(float(statistic(given)[0]), float(low), float(high))
