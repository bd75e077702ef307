"""`dsrl transfer`: agents learn in one environment and are tested in another, where their tables go on."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from dsrl.agents.baselines import CONTENDERS, Contender
from dsrl.agents.evaluation import EVALUATION_SEED, evaluate, interval, vectorise
from dsrl.agents.headstart import WINDOW, Collected, Rewards, steps_to
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.errors import ConfigError, choose
from dsrl.files import read_json, write_json
from dsrl.scripts.command import agree, command_line, run

Result = dict[str, Any]
Results = dict[str, list[Result]]
"""By agent, a result per seed."""


@dataclass(frozen=True)
class Transfer:
    """Train on one environment, test on another, go on there; the same command again does what is missing."""

    source: str = "DSRL-ToyLattice-v0"
    """Id of the environment to learn in."""
    target: str = "DSRL-ToyRandom-v0"
    """Id of the environment to be tested in, and to go on in."""
    agents: tuple[str, ...] = ("srl-cs", "dsrl-2016", "symbolic-q", "random")
    """What to train; the names are those of `dsrl benchmark`."""
    from_agent: Path | None = None
    """A saved agent to go on from in place of training any; source and agents are then those it came from."""
    steps: int = 5_000
    """Agent steps of training in the source."""
    target_steps: int = 0
    """Agent steps to go on in the target with kept tables, and to learn there from scratch; 0 for none."""
    rate: float = 8.0
    """Reward per 100 agent steps that tells who is good: how soon, kept tables or none?"""
    seeds: int = 5
    """Trainings of each agent, with the seeds 0, 1, 2, ..."""
    eval_episodes: int = 10
    """Episodes that each is tested on, with what was learned frozen."""
    out: Path | None = None
    """Folder of the results; by default runs/transfer-SOURCE-TARGET."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        for agent in self.agents:
            choose("agent", agent, list(CONTENDERS))
        for name, least in [("steps", 1), ("target_steps", 0), ("seeds", 1), ("eval_episodes", 1)]:
            if getattr(self, name) < least:
                raise ConfigError(f"{name}={getattr(self, name)} must be at least {least}")

    @property
    def folder(self) -> Path:
        """Where the results go."""
        source = self.from_agent.stem if self.from_agent else self.source
        return self.out or Path("runs") / f"transfer-{source}-{self.target}"

    @property
    def terms(self) -> dict[str, Any]:
        """What all results of a folder must share to be compared."""
        kept = asdict(self) | {"from_agent": str(self.from_agent)}
        return {name: value for name, value in kept.items() if name not in ("agents", "seeds", "out")}


def main(config: Transfer) -> Results:
    """Measure what is missing, then print and write the table; return the results by agent.

    Raises:
        AgentError: the agent to go on from is missing or does not fit.
        ConfigError: the folder has results on other terms.
    """
    torch.set_num_threads(1)
    agree(config.folder, config.terms)
    write_json(config.folder / "config.json", config.terms | {"command": command_line("transfer", config)})
    for agent, seed, path in cells(config):
        if not path.is_file():
            write_json(path, measure(config, agent, seed))
    results: Results = {}
    for agent, _, path in cells(config):
        results.setdefault(agent, []).append(read_json(path))
    write_json(config.folder / "results.json", results)
    Console().print(tested(config, results))
    if config.target_steps:
        Console().print(gone_on(config, results))
    return results


def cells(config: Transfer) -> Iterator[tuple[str, int, Path]]:
    """Yield agent, seed and file of every result, all agents of a seed before the next."""
    agents = (config.from_agent.stem,) if config.from_agent else config.agents
    for seed in range(config.seeds):
        for agent in agents:
            yield agent, seed, config.folder / f"{agent}-seed{seed}.json"


def measure(config: Transfer, agent: str, seed: int) -> Result:
    """Return what one training came to: tested frozen, then going on, beside an agent from scratch."""
    contender = CONTENDERS["symbolic-q" if config.from_agent else agent]
    target = environment(config.target, contender, seed)
    player = trained(config, contender, seed)
    result: Result = {"agent": agent, "seed": seed}
    collected = Collected()
    test = evaluate(player, target, config.eval_episodes, seed + EVALUATION_SEED, after_step=collected)
    result |= {"score": test.mean, "rate": 100 * sum(test.scores) / sum(test.lengths)}
    result |= {"percent_positive": collected.percent_positive, "scores": test.scores}
    if config.target_steps and isinstance(player, SymbolicQ):
        result["kept"] = learning(player, config, environment(config.target, contender, seed))
        fresh = environment(config.target, contender, seed)
        scratch = contender.build(fresh, seed, config.target_steps)
        if config.from_agent:
            scratch = SymbolicQ(fresh, player.learner_name, player.learner_kwargs, seed=seed)
        result["scratch"] = learning(scratch, config, fresh)
    return result


def environment(env_id: str, contender: Contender, seed: int) -> Rewards:
    """Return an environment as a contender sees it."""
    env = Rewards(vectorise(env_id, contender.stack, observation=contender.observation))
    env.seed(seed)
    return env


def trained(config: Transfer, contender: Contender, seed: int) -> Any:
    """Return an agent that learned in the source, or the saved one."""
    if config.from_agent:
        return SymbolicQ.load(config.from_agent, env=environment(config.target, contender, seed))
    env = environment(config.source, contender, seed)
    player = contender.build(env, seed, config.steps)
    player.learn(config.steps)
    return player


def learning(player: Any, config: Transfer, env: Rewards) -> Result:
    """Let an agent learn in the target; return what it collected meanwhile, and when it was good enough."""
    player.set_env(env)
    player.learn(config.target_steps, reset_num_timesteps=False)
    rate = 100 * sum(env.rewards) / len(env.rewards)
    percent = env.collected.percent_positive
    return {"rate": rate, "percent_positive": percent, "steps": steps_to(env.rewards, config.rate)}


def tested(config: Transfer, results: Results) -> Table:
    """Return the line of each agent as it was tested, frozen: means over seeds, 95 % bootstrap intervals."""
    shown = Table(
        title=f"{config.source} to {config.target}, frozen after {config.steps:,} agent steps",
        caption="net: reward per 100 agent steps; % positive hides an agent that stands still",
    )
    for column in ("agent", "seeds", "% positive", "net", "net of every seed"):
        shown.add_column(column, justify="left" if column == "agent" else "right")
    for agent, rows in results.items():
        percent = [row["percent_positive"] for row in rows if row["percent_positive"] is not None]
        rates = [row["rate"] for row in rows]
        every = " ".join(f"{rate:.1f}" for rate in rates)
        shown.add_row(agent, str(len(rows)), told(percent), told(rates), every)
    return shown


def gone_on(config: Transfer, results: Results) -> Table:
    """Return the line of each agent that went on learning in the target, beside itself from scratch."""
    shown = Table(
        title=f"{config.target_steps:,} agent steps of learning in {config.target}, tables kept or not",
        caption=f"good: {config.rate:g} per 100 agent steps over the last {WINDOW}; if never, after all",
    )
    for column in (
        "agent",
        "% positive, kept",
        "net, kept",
        "net, scratch",
        "good after",
        "scratch",
        "ratio",
    ):
        shown.add_column(column, justify="left" if column == "agent" else "right")
    for agent, rows in results.items():
        pairs = [(row["kept"], row["scratch"]) for row in rows if "kept" in row]
        if pairs:
            percent = [kept["percent_positive"] for kept, _ in pairs if kept["percent_positive"] is not None]
            nets = [[each["rate"] for each in way] for way in zip(*pairs, strict=True)]
            shown.add_row(agent, told(percent), *map(told, nets), *head_start(pairs, config.target_steps))
    return shown


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


if __name__ == "__main__":
    run(Transfer, main)
