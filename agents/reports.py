"""What trainings came to, as tables for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from dsrl.agents.rules import Rule


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
