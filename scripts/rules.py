"""`dsrl rules`: a few rules that play as an agent's tables do, and how well they play alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.baselines import RandomPolicy
from dsrl.agents.decision_list import DecisionList
from dsrl.agents.evaluation import EVALUATION_SEED, Evaluation, evaluate, vectorise
from dsrl.agents.rule_policy import RulePolicy, rules_of
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.agents.view import View
from dsrl.errors import ConfigError
from dsrl.files import write_bytes, write_json
from dsrl.scripts.command import at_least, given, run


@dataclass(frozen=True)
class Rules:
    """Find rules that play as an agent's tables do, or take those of a file, and let them play alone."""

    agent: Path
    """File of the agent, as `dsrl train` leaves it."""
    env: str
    """Id of the environment, for example DSRL-Pong-v0."""
    game: str | None = None
    """Name of the game, for the id DSRL-v0 that serves all games."""
    encoder: str | None = None
    """Name of shipped weights or a folder of others; by default those of the game."""
    rules: Path | None = None
    """A file of rules to measure in place of finding some."""
    limit: int = 30
    """Rules, at most."""
    seen_from: str | None = None
    """Name of the kind to see from; by default the one that the agent controls."""
    steps: int = 6_000
    """Agent steps of play that rules are found on, in each round."""
    rounds: int = 10
    """Times that the rules found so far are played, and corrected where they went wrong."""
    seed: int = 0
    """Seed of the play."""
    eval_episodes: int = 20
    """Episodes that the tables, the rules and chance are evaluated on."""
    out: Path | None = None
    """File for the rules found; by default rules.txt beside the agent. The scores go beside it, as JSON."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: one is out of range.
        """
        at_least(self, limit=1, steps=1, rounds=1, eval_episodes=1)

    @property
    def keywords(self) -> dict[str, Any]:
        """What the environment is made with."""
        return given(game=self.game, encoder=self.encoder)

    @property
    def file(self) -> Path:
        """Where the rules found go."""
        return self.out or self.agent.parent / "rules.txt"


def main(config: Rules) -> dict[str, Any]:
    """Find or read rules, print them, and measure them beside the tables and chance; return the scores."""
    torch.set_num_threads(1)
    env = vectorise(config.env, **config.keywords)
    agent = SymbolicQ.load(config.agent, env=env)
    env.seed(config.seed)
    rules = found(config, agent, env)
    print(rules, end="")
    result = scores(config, agent, rules, env)
    env.close()
    show(result)
    if config.rules is None:
        write_bytes(config.file, str(rules).encode())
    write_json((config.rules or config.file).with_suffix(".json"), result)
    return result


def found(config: Rules, agent: SymbolicQ, env: VecEnv) -> DecisionList:
    """Return the rules of the file, or those that play as the tables do."""
    if config.rules is not None:
        return agent.read(config.rules)
    view = View(seen_from(config, agent), agent.names, agent.learner.own_row)
    with Console(stderr=True).status(
        f"finding rules: {1 + config.rounds} times {config.steps:,} agent steps"
    ):
        return rules_of(agent, env, view, config.limit, config.steps, config.rounds)


def seen_from(config: Rules, agent: SymbolicQ) -> int:
    """Return the kind that rules are seen from.

    Raises:
        ConfigError: the name is unknown, or none was given for an agent without a view of its own.
    """
    kinds = agent.names.kinds
    if config.seen_from in kinds:
        return kinds.index(config.seen_from)
    if config.seen_from is None and agent.learner.controlled is not None:
        return agent.learner.controlled
    raise ConfigError(
        f"seen_from={config.seen_from!r} is no kind of object: choose one of {', '.join(kinds)}"
    )


def scores(config: Rules, agent: SymbolicQ, rules: DecisionList, env: VecEnv) -> dict[str, Any]:
    """Return the scores of the tables, of the rules alone and of chance, on the same episodes."""
    seed = config.seed + EVALUATION_SEED
    players = {
        "tables": agent,
        "rules": RulePolicy(rules, agent.exploration.playing, seed),
        "chance": RandomPolicy(env.action_space, seed),
    }
    measured = {
        name: evaluate(player, env, config.eval_episodes, seed)  # type: ignore[arg-type]
        for name, player in players.items()
    }
    return {
        "number": len(rules),
        "kept": kept(measured),
        **{name: one._asdict() for name, one in measured.items()},
    }


def kept(measured: dict[str, Evaluation]) -> float | None:
    """Return the rules' share of what the tables gain over chance; None where they gain nothing."""
    tables, rules, chance = (measured[name].mean for name in ("tables", "rules", "chance"))
    return (rules - chance) / (tables - chance) if tables > chance else None


def show(result: dict[str, Any]) -> None:
    """Print the scores."""
    share = "" if result["kept"] is None else f"; {result['kept']:.0%} of what the tables gain over chance"
    console = Console()
    console.print(f"Rules played alone: {result['number']}{share}.")
    table = Table()
    for column in ("player", "mean score", "95 % interval"):
        table.add_column(column, justify="left" if column == "player" else "right")
    for player in ("tables", "rules", "chance"):
        one = result[player]
        table.add_row(player, f"{one['mean']:.1f}", f"{one['low']:.1f} to {one['high']:.1f}")
    console.print(table)


if __name__ == "__main__":
    run(Rules, main)
