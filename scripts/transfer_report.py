"""The tables of `dsrl transfer`: what agents came to in the target; 95 % bootstrap intervals over seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from dsrl.agents.evaluation import interval

Result = dict[str, Any]
Results = dict[str, list[Result]]
"""By agent, a result per seed."""

HIDES = "net: reward per 100 agent steps; % positive hides an agent that stands still"


def tested(title: str, results: Results) -> Table:
    """Return the lines of each agent as it was tested, frozen."""
    shown = table(title, HIDES, ("agent", "after", "% positive", "net", "net of every seed"))
    for agent, rows in results.items():
        for after, tests in [*along_the_way(rows), ("all", rows)]:
            every = " ".join(f"{test['rate']:.1f}" for test in tests)
            shown.add_row(agent, after, percent(tests), net(tests), every)
    return shown


def along_the_way(rows: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Return the tests during training, by agent steps, of those seeds that have them."""
    steps = sorted({int(after) for row in rows for after in row.get("along", {})})
    return [
        (f"{after:,}", [row["along"][str(after)] for row in rows if str(after) in row.get("along", {})])
        for after in steps
    ]


def gone_on(title: str, good: str, budget: int, results: Results) -> Table:
    """Return the lines of each agent that went on learning in the target, and of itself from scratch."""
    shown = table(title, good, ("agent", "tables", "% positive", "net", "good after"))
    for agent, rows in results.items():
        pairs = [(row["kept"], row["scratch"]) for row in rows if "kept" in row]
        if pairs:
            after = dict(zip(("kept", "none", "ratio"), head_start(pairs, budget), strict=True))
            for tables, tests in zip(("kept", "none"), zip(*pairs, strict=True), strict=True):
                shown.add_row(agent, tables, percent(tests), net(tests), after[tables])
            shown.add_row(agent, "ratio", "", "", after["ratio"])
    return shown


def table(title: str, caption: str, columns: Sequence[str]) -> Table:
    """Return an empty table that fits a terminal of 80 columns: words to the left, numbers to the right."""
    shown = Table(
        title=title, caption=caption, box=SIMPLE, padding=0, show_edge=False, caption_justify="left"
    )
    for column in columns:
        words, listed = column in ("agent", "tables"), column == "net of every seed"
        shown.add_column(column, justify="left" if words else "right", no_wrap=not listed)
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
    return told(kept, digits=0), told(scratch, digits=0), told(ratios, digits=2)


def told(values: Sequence[float], digits: int = 1) -> str:
    """Return the mean and its interval.

    >>> told([3.0, 3.0])
    '3.0 (3.0 to 3.0)'
    """
    if not values:
        return "-"
    low, high = interval(values)
    return f"{np.mean(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
