"""The report of a benchmark: tables, learning curves and every seed, as pages, CSV and in the terminal."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich import table as terminal
from rich.console import Console

from dsrl.agents.comparison import Cells, Row, aggregates, rows, scores_of
from dsrl.agents.curves import Episode, write_csv
from dsrl.agents.pages import Block, Code, Heading, Paragraph, Picture, Table, write_page
from dsrl.agents.plots import plot_curves
from dsrl.agents.published import PUBLISHED

COLUMNS = (
    "agent",
    "seeds",
    "IQM (95 %)",
    "mean",
    "range",
    "training",
    "P(first is better)",
    "seconds",
    "CPU s",
    "MB",
)
NOTE = (
    "IQM: interquartile mean over seeds of the evaluation's mean score; intervals: percentile bootstrap over "
    "seeds. Training: mean of the last ten training episodes. P: probability that a training of the first "
    "agent beats one of this agent's, ties counting half (Agarwal et al. 2021). Seconds of a training, at "
    "the wall, where other work may have gone on, and of the processor. MB: peak memory of the process."
)
SEED_COLUMNS = ("task", "agent", "seed", "score", "training_score", "seconds", "cpu_seconds", "memory")


@dataclass
class Report:
    """All that was measured, by task and agent."""

    steps: int
    episodes: int
    greedy: bool
    command: str
    games: dict[str, str] = field(default_factory=dict)
    """By task."""
    results: dict[str, dict[str, Cells]] = field(default_factory=dict)
    curves: dict[str, dict[str, list[list[Episode]]]] = field(default_factory=dict)

    def add(self, task: str, game: str, agent: str, results: Cells, curves: list[list[Episode]]) -> None:
        """Add an agent's trainings on a task."""
        self.games[task] = game
        self.results.setdefault(task, {})[agent] = results
        self.curves.setdefault(task, {})[agent] = curves

    @property
    def rows(self) -> list[Row]:
        """Every agent on every task."""
        return [row for task, agents in self.results.items() for row in rows(task, agents)]


def write_report(folder: Path, report: Report) -> None:
    """Write report.md, report.html, the pictures, results.csv and seeds.csv, and print the tables."""
    write_csv(folder / "results.csv", Row._fields, report.rows)
    seeds = [one for agents in report.results.values() for cells in agents.values() for one in cells]
    write_csv(folder / "seeds.csv", SEED_COLUMNS, [[one[name] for name in SEED_COLUMNS] for one in seeds])
    blocks = list(_blocks(report))
    write_page(folder, "report", blocks)
    for task in report.results:
        Console().print(_printed(report, task))


def _blocks(report: Report) -> list[Block]:
    found: list[Block] = [Heading("Benchmark", 1), Paragraph(_terms(report)), Code(report.command)]
    if overall := _overall(report):
        found += [Heading("All games together"), overall]
    for task in report.results:
        found += [Heading(task), _comparison(report, task), _picture(report, task), _every_seed(report, task)]
        if published := _published(report.games[task]):
            found.append(published)
    return found


def _terms(report: Report) -> str:
    how = "without random actions" if report.greedy else "with the random actions that training ended with"
    return (
        f"{report.steps:,} agent steps of training for every agent, four emulator frames each. Then the "
        f"agent is frozen and plays whole episodes, {report.episodes} in all, {how}, from seeds that "
        "training did not see; a lost life ends none. Every seed is listed. Networks learn from single lives "
        "and the sign of rewards."
    )


def _comparison(report: Report, task: str) -> Table:
    lines = [_line(row) for row in rows(task, report.results[task])]
    return Table(COLUMNS, lines, NOTE)


def _line(row: Row) -> list[str]:
    better = "" if row.better is None else f"{row.better:.2f} ({row.better_low:.2f} to {row.better_high:.2f})"
    return [
        row.agent,
        str(row.seeds),
        f"{row.iqm:.1f} ({row.low:.1f} to {row.high:.1f})",
        f"{row.mean:.1f}",
        f"{row.least:.1f} to {row.most:.1f}",
        "" if row.training_score is None else f"{row.training_score:.1f}",
        better,
        f"{row.seconds:,.0f}",
        f"{row.cpu_seconds:,.0f}",
        f"{row.memory:,.0f}",
    ]


def _picture(report: Report, task: str) -> Picture:
    """Return the learning curves; an agent that does not learn is a level."""
    curves = report.curves[task]
    learned = {agent: seeds for agent, seeds in curves.items() if any(seeds)}
    levels = {
        agent: float(np.mean(scores_of(report.results[task][agent])))
        for agent in curves
        if agent not in learned
    }
    png = plot_curves(learned, levels, report.steps, task)
    caption = f"Learning curves, {task}: mean over seeds, and their range"
    if levels:
        caption += "; dashed: the evaluation of agents that finished no episode of training"
    return Picture(f"curves-{task}.png", png, caption)


def _every_seed(report: Report, task: str) -> Table:
    agents = report.results[task]
    most = max(map(len, agents.values()))
    lines = []
    for agent, cells in agents.items():
        found: dict[int, Any] = {one["seed"]: one for one in cells}
        lines.append(
            [agent, *(f"{found[seed]['score']:.1f}" if seed in found else "" for seed in range(most))]
        )
    return Table(["every seed", *map(str, range(most))], lines, "Mean score of the evaluation, by seed.")


def _published(game: str) -> Table | None:
    known = [[one.agent, one.frames, f"{one.scores[game]:g}"] for one in PUBLISHED if game in one.scores]
    note = "Published by others, on other terms (no sticky actions, more seeds): no part of our statistics."
    return Table([f"published, {game}", "frames", "score"], known, note) if known else None


def _overall(report: Report) -> Table | None:
    found = aggregates(report.results, report.games)
    lines = [
        [
            one.agent,
            str(one.tasks),
            f"{one.iqm.value:.2f} ({one.iqm.low:.2f} to {one.iqm.high:.2f})",
            ""
            if one.better is None
            else f"{one.better.value:.2f} ({one.better.low:.2f} to {one.better.high:.2f})",
        ]
        for one in found
    ]
    columns = ["agent", "tasks", "human-normalised IQM (95 %)", "P(first is better)"]
    note = "0 is random play, 1 a human's (Wang et al. 2016); intervals: stratified bootstrap over seeds."
    return Table(columns, lines, note) if found else None


def _printed(report: Report, task: str) -> terminal.Table:
    """Return the comparison as far as it fits a terminal."""
    shown = terminal.Table(title=task)
    table, narrow = _comparison(report, task), (0, 1, 2, 6, 7)
    for index in narrow:
        shown.add_column(table.columns[index], justify="right" if index else "left", no_wrap=not index)
    for row in table.rows:
        shown.add_row(*(row[index] for index in narrow))
    return shown
