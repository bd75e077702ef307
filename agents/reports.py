"""What trainings came to, as tables for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

from dsrl.agents.evaluation import interval
from dsrl.agents.rules import Rule


class Comparison(NamedTuple):
    """What an agent came to, over seeds."""

    agent: str
    seeds: int
    score: float
    """Mean over seeds of the mean score of the evaluation."""
    low: float
    """Lower end of its 95 % bootstrap interval."""
    high: float
    """Upper end."""
    least: float
    """Of the seeds."""
    most: float
    """Of the seeds."""
    training_score: float | None
    """Mean over seeds of the score of the last training episodes."""
    seconds: float
    """Mean duration of a training."""


def compare(agent: str, cells: Sequence[Mapping[str, Any]]) -> Comparison:
    """Return the line of an agent, from the results of its trainings."""
    scores = [float(one["score"]) for one in cells]
    low, high = interval(scores)
    trained = [one["training_score"] for one in cells if one["training_score"] is not None]
    training = float(np.mean(trained)) if trained else None
    seconds = float(np.mean([one["seconds"] for one in cells]))
    mean, least, most = float(np.mean(scores)), min(scores), max(scores)
    return Comparison(agent, len(cells), mean, low, high, least, most, training, seconds)


def score_table(result: Mapping[str, Any]) -> Table:
    """Return the scores of a result, as far as it has them."""
    table = Table(title=f"{result['env']} after {result['steps']:,} agent steps, {result['seconds']:.0f} s")
    table.add_column("player")
    table.add_column("mean score", justify="right")
    table.add_column("95 % interval", justify="right")
    if result["training_score"] is not None:
        table.add_row("symbolic agent, last training episodes", f"{result['training_score']:.1f}", "")
    for player, name in [("symbolic agent, evaluated", "score"), ("chance", "random_score")]:
        if result[name] is not None:
            low, high = result[f"{name}_interval"]
            table.add_row(player, f"{result[name]:.1f}", f"{low:.1f} to {high:.1f}")
    return table


def rule_table(rules: Sequence[Rule]) -> Table:
    """Return rules, a line each."""
    table = Table(
        title="The strongest rules",
        caption="gain: reward expected above the other actions, discounted; seen: agent steps",
    )
    table.add_column("when")
    table.add_column("do")
    table.add_column("gain", justify="right")
    table.add_column("seen", justify="right")
    for rule in rules:
        table.add_row(rule.situation, rule.action, f"+{rule.advantage:.2g}", f"{rule.visits:,}")
    return table


def comparison_table(rows: Sequence[Comparison], title: str) -> Table:
    """Return the line of each agent of a comparison."""
    table = Table(title=title, caption="interval: bootstrap of the mean over seeds; training: last episodes")
    table.add_column("agent", no_wrap=True)
    for name in ("score", "95 % interval", "range", "training", "seconds"):
        table.add_column(name, justify="right")
    for row in rows:
        interval, least_to_most = f"{row.low:.1f} to {row.high:.1f}", f"{row.least:.1f} to {row.most:.1f}"
        training = "-" if row.training_score is None else f"{row.training_score:.1f}"
        table.add_row(row.agent, f"{row.score:.1f}", interval, least_to_most, training, f"{row.seconds:,.0f}")
    return table
