"""`dsrl train`: a symbolic agent learns a game, and says what it learned."""

import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.baselines import RandomPolicy
from dsrl.agents.curves import Curve, write_csv, write_curve
from dsrl.agents.drawing import gif, record
from dsrl.agents.evaluation import EVALUATION_SEED, Evaluation, evaluate, vectorise
from dsrl.agents.reports import rule_table, score_table
from dsrl.agents.rules import Rule
from dsrl.agents.symbolic_q import DEFAULT_LEARNER, SymbolicQ
from dsrl.errors import ConfigError
from dsrl.files import write_bytes, write_json
from dsrl.scripts.command import at_least, given, run

SHOWN_RULES = 12


@dataclass(frozen=True)
class Train:
    """Train the symbolic agent, evaluate it beside chance, and leave a folder with all of it."""

    env: str
    """Id of the environment, for example DSRL-Pong-v0."""
    game: str | None = None
    """Name of the game, for the id DSRL-v0 that serves all games."""
    encoder: str | None = None
    """Name of shipped weights or a folder of others, by default those of the game; `ram` reads the emulator's
    memory instead."""
    steps: int = 100_000
    """Agent steps of training."""
    seed: int = 0
    """Seed of the agent and the environment."""
    out: Path | None = None
    """Folder of the run; by default a new one in runs/."""
    resume: Path | None = None
    """A saved agent (agent.safetensors of another run) to go on from, with its settings."""
    learner: str = DEFAULT_LEARNER
    """portfolio (two forms of backoff, of which the better one acts), backoff (nested tables), dsrl-lambda
    (pairs with lambda-returns), dsrl-2016 (Garnelo 2016) or srl-cs (Garcez 2018)."""
    learner_settings: dict[str, float] = field(default_factory=dict)
    """Settings of the learner that differ from its defaults, for example `gamma 0.95`."""
    rules: Path | None = None
    """A file of rules, `prefer ACTION when ...` and `forbid ...`, that the agent heeds: docs/files.md."""
    exploration_final: float = 0.01
    """Probability of a random action once the first steps are over."""
    exploration_steps: int = 2_000
    """Agent steps from the first reward until then."""
    exploration_lasting: bool = True
    """Whether random actions last for a while, as in Dabney et al. 2021, or a single step."""
    exploration_playing: float = 0.01
    """Probability of a random action in evaluations."""
    eval_episodes: int = 10
    """Episodes that the agent, and chance, are evaluated on."""
    gif_steps: int = 150
    """Agent steps of play in the animation; 0 for none."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: one is out of range.
        """
        at_least(self, steps=1, seed=0, eval_episodes=1, gif_steps=0)

    @property
    def keywords(self) -> dict[str, Any]:
        """What the environment is made with."""
        return given(game=self.game, encoder=self.encoder)

    @property
    def title(self) -> str:
        """The environment, for headings and folders."""
        return "-".join(filter(None, [self.env.rpartition(":")[2], self.game]))


def main(config: Train) -> Path:
    """Train, evaluate, report; return the folder of the run.

    Raises:
        KeyboardInterrupt: the user interrupted it; what was learned is saved and told.
    """
    torch.set_num_threads(1)  # the encoder is small: more threads only wait for each other
    folder = new_folder(config)
    env = vectorise(config.env, **config.keywords)
    agent = agent_for(config, env)
    write_json(folder / "config.json", {key: plain(value) for key, value in asdict(config).items()})
    result = learn(agent, config, folder)
    try:
        if not result["interrupted"]:
            result |= compare(agent, env, config)
            write_json(folder / "result.json", result)
            animate(agent, config, folder)
    except KeyboardInterrupt:
        result["interrupted"] = True
    env.close()
    write_json(folder / "result.json", result)
    report(agent, result, folder)
    if result["interrupted"]:
        raise KeyboardInterrupt
    return folder


def plain(value: object) -> object:
    """Return a value as JSON has it."""
    return str(value) if isinstance(value, Path) else value


def new_folder(config: Train) -> Path:
    """Return where the run goes.

    Raises:
        ConfigError: something lies there.
    """
    started = datetime.now().strftime("%Y%m%d-%H%M%S")
    folder = config.out or Path("runs") / f"{config.title}-seed{config.seed}-{started}"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty: choose another folder for --out, or remove it")
    return folder


def agent_for(config: Train, env: VecEnv) -> SymbolicQ:
    """Return a new agent, or the one to go on from."""
    if config.resume is not None:
        env.seed(config.seed)
        agent = SymbolicQ.load(config.resume, env=env)
    else:
        agent = new_agent(config, env)
    return agent if config.rules is None else agent.advise(config.rules)


def new_agent(config: Train, env: VecEnv) -> SymbolicQ:
    """Return an agent that knows nothing yet."""
    return SymbolicQ(
        env,
        learner=config.learner,
        learner_kwargs=config.learner_settings,
        exploration_final=config.exploration_final,
        exploration_steps=config.exploration_steps,
        exploration_lasting=config.exploration_lasting,
        exploration_playing=config.exploration_playing,
        seed=config.seed,
    )


def learn(agent: SymbolicQ, config: Train, folder: Path) -> dict[str, Any]:
    """Train, and save what was learned even when the user interrupts; return the result so far."""
    total, started, interrupted = agent.num_timesteps + config.steps, time.perf_counter(), False
    logger = configure(str(folder / "tensorboard"), ["tensorboard"])
    agent.set_logger(logger)
    with Curve(total, title=config.title) as curve:
        try:
            agent.learn(config.steps, callback=curve, reset_num_timesteps=False)
        except KeyboardInterrupt:
            interrupted = True
    logger.close()
    seconds = round(time.perf_counter() - started, 3)
    agent.save(folder / "agent.safetensors")
    write_curve(folder / "curve.csv", curve.episodes)
    write_csv(folder / "rules.csv", Rule._fields, agent.rules())
    result = {
        "env": config.title,
        "steps": agent.num_timesteps,
        "interrupted": interrupted,
        "seconds": seconds,
    }
    result |= {"score": None, "random_score": None, "training_score": curve.score}
    result |= agent.learner.measures()
    write_json(folder / "result.json", result)
    return result


def compare(agent: SymbolicQ, env: VecEnv, config: Train) -> dict[str, Any]:
    """Return the scores of the agent and of chance, on episodes that training did not see."""
    seed = config.seed + EVALUATION_SEED
    with Console(stderr=True).status(f"evaluating on {config.eval_episodes} episodes, then chance"):
        ours = evaluate(agent, env, config.eval_episodes, seed)
        chance = evaluate(RandomPolicy(env.action_space, seed), env, config.eval_episodes, seed)
    return {**described("", ours), **described("random_", chance)}


def described(player: str, evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as entries of the result."""
    return {
        f"{player}score": evaluation.mean,
        f"{player}score_interval": [evaluation.low, evaluation.high],
        f"{player}scores": evaluation.scores,
    }


def animate(agent: SymbolicQ, config: Train, folder: Path) -> None:
    """Record some play, with the symbols drawn on the frames."""
    if config.gif_steps:
        seed = config.seed + EVALUATION_SEED
        frames = record(agent, config.env, config.gif_steps, seed, agent.names.kinds, **config.keywords)
        write_bytes(folder / "play.gif", gif(frames))


def report(agent: SymbolicQ, result: dict[str, Any], folder: Path) -> None:
    """Print the scores, the strongest rules, and where everything is."""
    console = Console()
    if result["interrupted"]:
        console.print(
            f"Interrupted after {result['steps']:,} agent steps; what was learned is saved: go on by "
            f"--resume {folder / 'agent.safetensors'}"
        )
    console.print(score_table(result))
    rules = agent.rules(SHOWN_RULES)
    console.print(rule_table(rules) if rules else "No rules yet: nothing learned so far tells actions apart.")
    console.print(f"[bold]{folder}[/bold] has {', '.join(sorted(path.name for path in folder.iterdir()))}")


if __name__ == "__main__":
    run(Train, main)
