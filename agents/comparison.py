"""What the trainings of a benchmark came to, agent by agent."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dsrl.agents.published import human_normalised
from dsrl.agents.statistics import Estimate, interquartile_mean, probability_of_improvement

Cells = Sequence[Mapping[str, Any]]
"""The results of one agent's trainings on one task, a seed each."""
Results = Mapping[str, Mapping[str, Cells]]
"""By task, then by agent."""


class Row(NamedTuple):
    """What an agent came to on a task, over seeds."""

    task: str
    agent: str
    seeds: int
    iqm: float
    """Interquartile mean over seeds of the mean score of the evaluation."""
    low: float
    """Lower end of its 95 % bootstrap interval."""
    high: float
    """Upper end."""
    mean: float
    """Over seeds."""
    least: float
    """Of the seeds."""
    most: float
    """Of the seeds."""
    training_score: float | None
    """Mean over seeds of the score of the last training episodes."""
    better: float | None
    """Probability that the first agent is better than this one; None for itself."""
    better_low: float | None
    """Lower end of its 95 % bootstrap interval."""
    better_high: float | None
    """Upper end."""
    seconds: float
    """Mean duration of a training."""
    cpu_seconds: float
    """Mean time of the processor for it."""
    memory: float
    """Highest peak memory of the process, MB."""


def rows(task: str, agents: Mapping[str, Cells]) -> list[Row]:
    """Return the row of each agent of a task; the first agent is compared with the others."""
    first = next(iter(agents))
    return [
        _row(task, agent, cells, None if agent == first else agents[first]) for agent, cells in agents.items()
    ]


def _row(task: str, agent: str, cells: Cells, ours: Cells | None) -> Row:
    scores = scores_of(cells)
    better = None if ours is None else probability_of_improvement([scores_of(ours)], [scores])
    iqm = interquartile_mean([scores])
    return Row(
        task=task,
        agent=agent,
        seeds=len(cells),
        iqm=iqm.value,
        low=iqm.low,
        high=iqm.high,
        mean=float(np.mean(scores)),
        least=min(scores),
        most=max(scores),
        training_score=_mean(cells, "training_score"),
        better=better and better.value,
        better_low=better and better.low,
        better_high=better and better.high,
        seconds=_mean(cells, "seconds") or 0.0,
        cpu_seconds=_mean(cells, "cpu_seconds") or 0.0,
        memory=max(float(one["memory"]) for one in cells),
    )


def _mean(cells: Cells, name: str) -> float | None:
    """Return the mean of an entry over the seeds that have it."""
    known = [float(one[name]) for one in cells if one[name] is not None]
    return float(np.mean(known)) if known else None


def scores_of(cells: Cells) -> list[float]:
    """Return the mean evaluation score of each seed."""
    return [float(one["score"]) for one in cells]


class Aggregate(NamedTuple):
    """What an agent came to over all tasks together."""

    agent: str
    tasks: int
    iqm: Estimate
    """Of human-normalised scores: 0 is random play, 1 a human's."""
    better: Estimate | None
    """Probability that the first agent is better on a task; None for itself."""


def aggregates(results: Results, games: Mapping[str, str]) -> list[Aggregate]:
    """Return each agent over those tasks that all agents have, and whose games' human scores are known."""
    agents = list(dict.fromkeys(agent for task in results.values() for agent in task))
    shared = [
        task
        for task, cells in results.items()
        if set(agents) <= set(cells) and human_normalised(games[task], 0.0) is not None
    ]
    if len(shared) < 2:
        return []
    scores = {agent: [scores_of(results[task][agent]) for task in shared] for agent in agents}
    first = agents[0]
    return [
        Aggregate(
            agent,
            len(shared),
            interquartile_mean(
                [_normalised(games[task], each) for task, each in zip(shared, tasks, strict=True)]
            ),
            None if agent == first else probability_of_improvement(scores[first], tasks),
        )
        for agent, tasks in scores.items()
    ]


def _normalised(game: str, scores: Sequence[float]) -> list[float]:
    return [value for score in scores if (value := human_normalised(game, score)) is not None]
