"""`dsrl transfer`: agents learn in one environment and are tested in another, where their tables go on."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.baselines import CONTENDERS, Contender, Player, symbolic
from dsrl.agents.evaluation import EVALUATION_SEED, evaluate
from dsrl.agents.headstart import Collected, Rewards, environment, steps_to
from dsrl.agents.milestones import Milestones
from dsrl.agents.symbolic_q import LEARNERS, SymbolicQ
from dsrl.envs.factory import shipped_for
from dsrl.errors import ConfigError, choose
from dsrl.files import read_json, write_json
from dsrl.scripts.command import agree, at_least, command_line, run
from dsrl.scripts.transfer_report import Result, Results, gone_on, tested


@dataclass(frozen=True)
class Transfer:
    """Train on one environment, test on another, go on there; the same command again does what is missing."""

    source: str = "DSRL-ToyLattice-v0"
    """Id of the environment to learn in."""
    target: str = "DSRL-ToyRandom-v0"
    """Id of the environment to be tested in, and to go on in."""
    source_switches: dict[str, int] = field(default_factory=dict)
    """Switches of the source's cartridge that differ from the first mode and the easiest difficulty."""
    target_switches: dict[str, int] = field(default_factory=dict)
    """The same of the target, for example `difficulty 1`."""
    source_encoder: str | None = None
    """Name or folder of the encoder that the source is seen by; by default the one shipped for it."""
    target_encoder: str | None = None
    """The same of the target; where they differ, kinds are matched by size and colour (`dsrl.matching`)."""
    agents: tuple[str, ...] = ("srl-cs", "dsrl-2016", "symbolic-q", "random")
    """What to train; the names are those of `dsrl benchmark`."""
    learner_settings: dict[str, float] = field(default_factory=dict)
    """Settings that differ from the defaults of the learners named, for example `cell 16 max_distance 40`."""
    from_agent: Path | None = None
    """A saved agent to go on from in place of training any; source and agents are then those it came from."""
    steps: int = 5_000
    """Agent steps of training in the source."""
    test_after: tuple[int, ...] = ()
    """Agent steps of training after which agents are tested too, for example `500 1000`."""
    target_steps: int = 0
    """Agent steps to go on in the target with kept tables, and to learn there from scratch; 0 for none."""
    rate: float = 8.0
    """Reward per 100 agent steps that tells who is good: how soon, kept tables or none?"""
    window: int = 200
    """Agent steps that it is the mean of: who is good from the first one on is told so after as many."""
    seeds: int = 5
    """Trainings of each agent, with the seeds 0, 1, 2, ..."""
    eval_episodes: int = 10
    """Episodes that each is tested on, with what was learned frozen."""
    playing: float | None = None
    """Probability of a random action of a symbolic agent that is tested; by default as it was made: 0.01, or
    0.1 of those that explore as published."""
    out: Path | None = None
    """Folder of the results; by default runs/transfer-SOURCE-TARGET."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        for agent in self.agents:
            choose("agent", agent, list(CONTENDERS))
            if self.learner_settings:
                choose("learner, to have settings,", agent, list(LEARNERS))
        for switch in (*self.source_switches, *self.target_switches):
            choose("switch", switch, ["mode", "difficulty"])
        at_least(self, steps=1, target_steps=0, window=1, seeds=1, eval_episodes=1)
        if not all(0 < after <= self.steps for after in self.test_after):
            raise ConfigError(
                f"test_after={self.test_after} must lie within the {self.steps:,} steps of training"
            )

    @property
    def folder(self) -> Path:
        """Where the results go."""
        source = self.from_agent.stem if self.from_agent else self.source
        return self.out or Path("runs") / f"transfer-{source}-{self.target}"

    @property
    def terms(self) -> dict[str, Any]:
        """What all results of a folder must share to be compared."""
        kept = asdict(self) | {"from_agent": str(self.from_agent), "test_after": list(self.test_after)}
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
    report(config, results)
    return results


def report(config: Transfer, results: Results) -> None:
    """Print the tables."""
    title = f"{config.source} to {config.target}, frozen after {config.steps:,} agent steps"
    Console().print(tested(title, results))
    if config.target_steps:
        title = f"{config.target_steps:,} agent steps of learning in {config.target}, tables kept or not"
        good = f"good: {config.rate:g} per 100 agent steps over the last {config.window}; if never, after all"
        Console().print(gone_on(title, good, config.target_steps, results))


def cells(config: Transfer) -> Iterator[tuple[str, int, Path]]:
    """Yield agent, seed and file of every result, all agents of a seed before the next."""
    agents = (config.from_agent.stem,) if config.from_agent else config.agents
    for seed in range(config.seeds):
        for agent in agents:
            yield agent, seed, config.folder / f"{agent}-seed{seed}.json"


def measure(config: Transfer, agent: str, seed: int) -> Result:
    """Return what one training came to: tested frozen, then going on, beside an agent from scratch."""
    contender = CONTENDERS["symbolic-q" if config.from_agent else agent]
    if config.learner_settings:
        contender = symbolic(agent, settings=config.learner_settings)
    target = target_of(config, contender, seed)
    milestones = Milestones(config.test_after, lambda player: test(player, target, config, seed))
    player = trained(config, contender, seed, milestones)
    result = {"agent": agent, "seed": seed, **test(player, target, config, seed)}
    result["along"] = {str(after): found for after, found in milestones.found.items()}
    if config.target_steps and isinstance(player, SymbolicQ):
        result["kept"] = learning(player, config, target_of(config, contender, seed))
        fresh = target_of(config, contender, seed)
        if config.from_agent:
            scratch: Player = SymbolicQ(fresh, player.learner_name, player.learner_kwargs, seed=seed)
        else:
            scratch = contender.build(fresh, seed, config.target_steps)
        result["scratch"] = learning(scratch, config, fresh)
    return result


def source_of(config: Transfer, contender: Contender, seed: int) -> Rewards:
    """Return the source as a contender sees it."""
    return environment(
        config.source, contender, seed, encoder=config.source_encoder, **config.source_switches
    )


def target_of(config: Transfer, contender: Contender, seed: int) -> Rewards:
    """Return the target as a contender sees it, kinds as they are called in the source.

    Where a saved agent comes from is not known unless it is told.
    """
    target = config.target_encoder or shipped_for(config.target)
    source = config.source_encoder or (target if config.from_agent else shipped_for(config.source))
    seen = {"encoder": config.target_encoder, "kinds_of": None if source == target else source}
    keywords: dict[str, Any] = {**seen, **config.target_switches}
    return environment(config.target, contender, seed, **keywords)


def test(player: Any, target: VecEnv, config: Transfer, seed: int) -> Result:
    """Return what an agent collects in the target, frozen."""
    collected = Collected()
    found = evaluate(player, target, config.eval_episodes, seed + EVALUATION_SEED, after_step=collected)
    rate = 100 * sum(found.scores) / sum(found.lengths)
    percent = collected.percent_positive
    return {"score": found.mean, "rate": rate, "percent_positive": percent, "scores": found.scores}


def trained(config: Transfer, contender: Contender, seed: int, milestones: Milestones) -> Any:
    """Return an agent that learned in the source, or the saved one."""
    if config.from_agent:
        return playing_as_told(
            SymbolicQ.load(config.from_agent, env=target_of(config, contender, seed)), config
        )
    env = source_of(config, contender, seed)
    player = playing_as_told(contender.build(env, seed, config.steps), config)
    player.learn(config.steps, callback=milestones)
    return player


def playing_as_told(player: Any, config: Transfer) -> Any:
    """Return an agent that acts at random as often as the user says, when it is tested."""
    if config.playing is not None and isinstance(player, SymbolicQ):
        player.exploration = replace(player.exploration, playing=config.playing)
    return player


def learning(player: Any, config: Transfer, env: Rewards) -> Result:
    """Let an agent learn in the target; return what it collected meanwhile, and when it was good enough."""
    player.set_env(env)
    player.learn(config.target_steps, reset_num_timesteps=False)
    rate = 100 * sum(env.rewards) / len(env.rewards)
    percent = env.collected.percent_positive
    return {
        "rate": rate,
        "percent_positive": percent,
        "steps": steps_to(env.rewards, config.rate, config.window),
    }


if __name__ == "__main__":
    run(Transfer, main)
