"""The tables of `dsrl transfer`: what agents came to in the target; 95 % bootstrap intervals over seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table

from dsrl.agents.evaluation import interval
from dsrl.agents.headstart import WINDOW

Result = dict[str, Any]
Results = dict[str, list[Result]]
"""By agent, a result per seed."""

HIDES = "net: reward per 100 agent steps; % positive hides an agent that stands still"


def tested(title: str, results: Results) -> Table:
    """Return the line of each agent as it was tested, frozen."""
    columns = ("agent", "after steps", "seeds", "% positive", "net", "net of every seed")
    shown = table(title, HIDES, columns)
    for agent, rows in results.items():
        for after, tests in [*along_the_way(rows), ("all", rows)]:
            every = " ".join(f"{test['rate']:.1f}" for test in tests)
            shown.add_row(agent, after, str(len(tests)), percent(tests), net(tests), every)
    return shown


def along_the_way(rows: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Return the tests during training, by agent steps, of those seeds that have them."""
    steps = sorted({int(after) for row in rows for after in row.get("along", {})})
    return [
        (f"{after:,}", [row["along"][str(after)] for row in rows if str(after) in row.get("along", {})])
        for after in steps
    ]


def gone_on(title: str, rate: float, budget: int, results: Results) -> Table:
    """Return the line of each agent that went on learning in the target, beside itself from scratch."""
    caption = f"good: {rate:g} per 100 agent steps over the last {WINDOW}; if never, after all"
    columns = ("agent", "% positive, kept", "net, kept", "net, scratch", "good after", "scratch", "ratio")
    shown = table(title, caption, columns)
    for agent, rows in results.items():
        pairs = [(row["kept"], row["scratch"]) for row in rows if "kept" in row]
        if pairs:
            kept, scratch = ([pair[way] for pair in pairs] for way in (0, 1))
            shown.add_row(agent, percent(kept), net(kept), net(scratch), *head_start(pairs, budget))
    return shown


def table(title: str, caption: str, columns: Sequence[str]) -> Table:
    """Return a table without lines: words to the left, numbers to the right."""
    shown = Table(title=title, caption=caption)
    for column in columns:
        shown.add_column(column, justify="left" if column == "agent" else "right")
    return shown


def percent(tests: Sequence[Result]) -> str:
    """Return the share of what was touched that was worth it, over those tests that touched anything."""
    return told([test["percent_positive"] for test in tests if test["percent_positive"] is not None])


def net(tests: Sequence[Result]) -> str:
    """Return the reward per 100 agent steps."""
    return told([test["rate"] for test in tests])


def head_start(pairs: Sequence[tuple[Result, Result]], budget: int) -> tuple[str, str, str]:
    """Return the steps with kept tables, from scratch, and their ratio."""
    kept, scratch = ([float(each["steps"] or budget) for each in way] for way in zip(*pairs, strict=True))
    ratios = [one / other for one, other in zip(kept, scratch, strict=True)]
    return told(kept), told(scratch), told(ratios, digits=2)


def told(values: Sequence[float], digits: int = 1) -> str:
    """Return the mean and its interval.

    >>> told([3.0, 3.0])
    '3.0 (3.0 to 3.0)'
    """
    if not values:
        return "-"
    low, high = interval(values)
    return f"{np.mean(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
