"""`dsrl benchmark`: several agents on one environment, over seeds, in equal agent steps."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from dsrl.agents.baselines import CONTENDERS, Player
from dsrl.agents.curves import Curve, read_curve, write_csv, write_curve
from dsrl.agents.evaluation import EVALUATION_SEED, evaluate, vectorise
from dsrl.agents.plots import plot_curves
from dsrl.agents.reports import Comparison, compare, comparison_table
from dsrl.errors import ConfigError, choose
from dsrl.files import read_json, write_bytes, write_json
from dsrl.scripts.command import run


@dataclass(frozen=True)
class Benchmark:
    """Compare agents; the same command again goes on with what is missing."""

    env: str = "DSRL-Pong-v0"
    """Id of the environment."""
    game: str | None = None
    """Name of the game, for the id DSRL-v0 that serves all games."""
    encoder: str | None = None
    """Name of shipped weights or a folder of others, by default those of the game; `ram` reads the emulator's
    memory instead."""
    agents: tuple[str, ...] = ("symbolic-q", "dqn-pixels", "dqn-symbols", "random")
    """What to compare: any of symbolic-q, symbolic-q-2016, dqn-pixels, dqn-pixels-zoo, dqn-symbols,
    ppo-symbols, random."""
    steps: int = 100_000
    """Agent steps of training, for every agent."""
    seeds: int = 5
    """Trainings of each agent, with the seeds 0, 1, 2, ..."""
    eval_episodes: int = 10
    """Episodes that each trained agent is evaluated on."""
    out: Path | None = None
    """Folder of the results; by default runs/benchmark-ENV."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        for agent in self.agents:
            choose("agent", agent, list(CONTENDERS))
        for name in ("steps", "seeds", "eval_episodes"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}={getattr(self, name)} must be at least 1")

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.out or Path("runs") / f"benchmark-{self.title}"

    @property
    def title(self) -> str:
        """The environment, for headings and folders."""
        return "-".join(filter(None, [self.env.rpartition(":")[2], self.game]))

    @property
    def keywords(self) -> dict[str, Any]:
        """What the environment is made with."""
        given = {"game": self.game, "encoder": self.encoder}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def terms(self) -> dict[str, Any]:
        """What all results of a folder must share to be compared."""
        return {name: getattr(self, name) for name in ("env", "game", "encoder", "steps", "eval_episodes")}


def main(config: Benchmark) -> Path:
    """Train and evaluate what is missing, then write and print the comparison; return its folder."""
    torch.set_num_threads(1)  # the emulator's threads and torch's would wait for each other
    agree(config)
    write_json(config.folder / "config.json", asdict(config) | {"out": str(config.folder)})
    for seed in range(config.seeds):
        for agent in config.agents:
            if not (cell(config, agent, seed) / "result.json").is_file():
                measure(config, agent, seed)
    results = {
        agent: [result(config, agent, seed) for seed in range(config.seeds)] for agent in config.agents
    }
    summarise(config, results)
    return config.folder


def agree(config: Benchmark) -> None:
    """Refuse a folder whose results were measured on other terms.

    Raises:
        ConfigError: they differ.
    """
    path = config.folder / "config.json"
    before = read_json(path) if path.is_file() else config.terms
    for name, value in config.terms.items():
        if before.get(name) != value:
            raise ConfigError(
                f"{path} has {name}={before.get(name)!r}, not {value!r}: give the same, or another --out"
            )


def cell(config: Benchmark, agent: str, seed: int) -> Path:
    """Return the folder of one training."""
    return config.folder / f"{agent}-seed{seed}"


def result(config: Benchmark, agent: str, seed: int) -> dict[str, Any]:
    """Return what one training came to."""
    found: dict[str, Any] = read_json(cell(config, agent, seed) / "result.json")
    return found


def measure(config: Benchmark, agent: str, seed: int) -> None:
    """Train and evaluate one agent with one seed, and write its cell; the result is written last."""
    contender, folder = CONTENDERS[agent], cell(config, agent, seed)
    env = vectorise(config.env, contender.stack, observation=contender.observation, **config.keywords)
    env.seed(seed)
    player: Player = contender.build(env, seed, config.steps)
    started = time.perf_counter()
    with Curve(config.steps, title=f"{agent}, seed {seed}") as curve:
        player.learn(config.steps, callback=curve)
    seconds = round(time.perf_counter() - started, 3)
    evaluation = evaluate(player, env, config.eval_episodes, seed + EVALUATION_SEED)
    env.close()
    write_curve(folder / "curve.csv", curve.episodes)
    entry = {"agent": agent, "seed": seed, **config.terms, "score": evaluation.mean, "seconds": seconds}
    entry |= {"training_score": curve.score, "scores": evaluation.scores, "lengths": evaluation.lengths}
    write_json(folder / "result.json", entry)


def summarise(config: Benchmark, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write the table as CSV and the learning curves as a picture, and print the table."""
    rows = [compare(agent, cells) for agent, cells in results.items()]
    write_csv(config.folder / "results.csv", Comparison._fields, rows)
    write_bytes(config.folder / "curves.png", picture(config, results))
    title = f"{config.title}, {config.steps:,} agent steps, seeds: {config.seeds}"
    Console().print(comparison_table(rows, title))
    Console().print(
        f"[bold]{config.folder}[/bold] has results.csv, curves.png and a folder for each training"
    )


def picture(config: Benchmark, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return the learning curves; an agent that does not learn is a level."""
    curves = {
        agent: [read_curve(cell(config, agent, seed) / "curve.csv") for seed in range(config.seeds)]
        for agent in config.agents
    }
    levels = {
        agent: float(np.mean([one["score"] for one in results[agent]]))
        for agent, seeds in curves.items()
        if not any(seeds)
    }
    learned = {agent: seeds for agent, seeds in curves.items() if agent not in levels}
    return plot_curves(learned, levels, config.steps, f"{config.title}, {config.seeds} seeds")


if __name__ == "__main__":
    run(Benchmark, main)
