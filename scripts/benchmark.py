"""`dsrl benchmark`: several agents on one or more environments, over seeds, in equal agent steps."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console

from dsrl.agents.baselines import CONTENDERS
from dsrl.agents.benchmark_report import Report, write_report
from dsrl.agents.curves import read_curve, write_curve
from dsrl.agents.trials import Task, Trial
from dsrl.errors import ConfigError, choose
from dsrl.files import read_json, write_json
from dsrl.scripts.command import agree, at_least, command_line, run
from dsrl.scripts.workers import side_by_side


@dataclass(frozen=True)
class Benchmark:
    """Compare agents; the same command again goes on with what is missing."""

    env: tuple[str, ...] = ("DSRL-Pong-v0",)
    """Ids of the environments."""
    game: str | None = None
    """Name of the game, for the id DSRL-v0 that serves all games."""
    encoder: str | None = None
    """Name of shipped weights or a folder of others, by default those of the game; `ram` reads the emulator's
    memory instead."""
    agents: tuple[str, ...] = ("symbolic-q", "dqn-pixels", "dqn-symbols", "random")
    """What to compare, the first with all others: symbolic-q is ours, symbolic-q-ram the same on the
    emulator's memory; the name of any learner; dqn-pixels and dqn-symbols with data-efficient settings, the
    first in 6 GB of memory; dqn-pixels-zoo with those of the RL Zoo; ppo-symbols; random."""
    steps: int = 100_000
    """Agent steps of training, for every agent."""
    seeds: int = 5
    """Trainings of each agent, with the seeds 0, 1, 2, ..."""
    network_seeds: int | None = None
    """The same for DQN and PPO, which are slow; by default as many as the others."""
    sticky: tuple[float, ...] = ()
    """Probabilities that the emulator repeats an action, each a comparison of its own: `0 0.25`. By default
    the environment's own, which is 0.25 for games."""
    eval_episodes: int = 100
    """Episodes that each trained agent is evaluated on; a lost life ends none."""
    greedy: bool = False
    """Evaluate without random actions; by default agents play as they did at the end of training."""
    workers: int = 1
    """Trainings at once, each on one core; of times, only that of the processor is then comparable."""
    report_only: bool = False
    """Train nothing more: report what there is."""
    out: Path | None = None
    """Folder of the results; by default runs/benchmark-ENV."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        for agent in self.agents:
            choose("agent", agent, list(CONTENDERS))
        at_least(self, steps=1, seeds=1, eval_episodes=1, network_seeds=1, workers=1)

    @property
    def tasks(self) -> list[Task]:
        """What agents are compared on."""
        return [Task(env, self.game, sticky) for env in self.env for sticky in self.sticky or (None,)]

    @property
    def folder(self) -> Path:
        """Where the results go."""
        titles = dict.fromkeys(Task(env, self.game, None).title for env in self.env)
        return self.out or Path("runs") / f"benchmark-{'-'.join(titles)}"

    @property
    def terms(self) -> dict[str, Any]:
        """What all results of a folder must share to be compared."""
        return {name: getattr(self, name) for name in ("game", "encoder", "steps", "eval_episodes", "greedy")}

    def seeds_of(self, agent: str) -> range:
        """Return the seeds of an agent."""
        slow = CONTENDERS[agent].network and self.network_seeds
        return range(slow or self.seeds)


class Cell(NamedTuple):
    """One training."""

    task: Task
    agent: str
    seed: int

    @property
    def name(self) -> str:
        """What it is called while it runs."""
        return f"{self.agent}, seed {self.seed}, {self.task.title}"

    def folder(self, config: Benchmark) -> Path:
        """Return where its results are."""
        return config.folder / self.task.title / f"{self.agent}-seed{self.seed}"

    def is_done(self, config: Benchmark) -> bool:
        """Return whether its result is there: it is written last."""
        return (self.folder(config) / "result.json").is_file()


def main(config: Benchmark) -> Path:
    """Train and evaluate what is missing, then write and print the comparison; return its folder.

    Raises:
        ConfigError: the folder's results were measured on other terms, or there are none to report.
    """
    agree(config.folder, config.terms)
    write_json(config.folder / "config.json", asdict(config) | {"out": str(config.folder)})
    if not config.report_only:
        measure_all(config)
    report = collect(config)
    write_report(config.folder, report)
    Console().print(f"[bold]{config.folder}[/bold] has report.html, report.md, results.csv and seeds.csv")
    return config.folder


def cells(config: Benchmark) -> Iterator[Cell]:
    """Yield every training, all first seeds first, so that an unfinished grid compares as much as it can."""
    for seed in range(max(len(config.seeds_of(agent)) for agent in config.agents)):
        for task in config.tasks:
            for agent in config.agents:
                if seed in config.seeds_of(agent):
                    yield Cell(task, agent, seed)


def measure_all(config: Benchmark) -> None:
    """Train and evaluate what is missing.

    Raises:
        DSRLError: the first that a training raised; those beside it are finished.
    """
    every = list(cells(config))
    jobs = {cell.name: partial(measure, config, cell) for cell in every if not cell.is_done(config)}
    if config.workers > 1:
        if failed := side_by_side(jobs, config.workers, "benchmark", len(every)):
            raise failed[0]
    else:
        for job in jobs.values():
            job()


def measure(config: Benchmark, cell: Cell) -> None:
    """Train and evaluate one agent with one seed, and write its cell; the result is written last."""
    torch.set_num_threads(1)  # the emulator's threads and torch's would wait for each other
    trial = Trial(cell.task, CONTENDERS[cell.agent], cell.seed, config.steps, config.encoder)
    result, episodes = trial.run(config.eval_episodes, config.greedy, cell.name, shown=config.workers == 1)
    write_curve(cell.folder(config) / "curve.csv", episodes)
    named = {"task": cell.task.title, "agent": cell.agent, "seed": cell.seed, **cell.task._asdict()}
    write_json(cell.folder(config) / "result.json", named | config.terms | result)


def collect(config: Benchmark) -> Report:
    """Return all results that there are.

    Raises:
        ConfigError: there are none.
    """
    done = [cell for cell in cells(config) if cell.is_done(config)]
    if not done:
        raise ConfigError(f"{config.folder} has no results yet: run the benchmark without --report-only")
    report = Report(config.steps, config.eval_episodes, config.greedy, command_line("benchmark", config))
    for task in config.tasks:
        for agent in config.agents:
            folders = [cell.folder(config) for cell in done if cell[:2] == (task, agent)]
            if folders:
                results = [read_json(folder / "result.json") for folder in folders]
                curves = [read_curve(folder / "curve.csv") for folder in folders]
                report.add(task.title, task.game_name, agent, results, curves)
    return report


if __name__ == "__main__":
    run(Benchmark, main)
