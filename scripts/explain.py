"""`dsrl explain`: an agent plays, and says at each step what it saw, what it does, and why."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.evaluation import EVALUATION_SEED, vectorise
from dsrl.agents.rules import Explanation, Vote
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.files import write_bytes
from dsrl.scripts.command import at_least, given, run
from dsrl.symbols import Symbol, unpack


@dataclass(frozen=True)
class Explain:
    """Let an agent play some steps, and print a trace: what was seen, which action, and the votes for it."""

    agent: Path
    """File of the agent, as `dsrl train` leaves it."""
    env: str
    """Id of the environment, for example DSRL-Pong-v0."""
    game: str | None = None
    """Name of the game, for the id DSRL-v0 that serves all games."""
    encoder: str | None = None
    """Name of shipped weights or a folder of others; by default those of the game."""
    rules: Path | None = None
    """A file of rules that the agent heeds, as in `dsrl train --rules`."""
    steps: int = 20
    """Agent steps to explain."""
    skip: int = 0
    """Agent steps to play before."""
    votes: int = 4
    """Votes to print of each step: those that tell most between the best action and the others."""
    seed: int = 0
    """Seed of the play."""
    out: Path | None = None
    """A file for the trace; by default it is printed only."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: one is out of range.
        """
        at_least(self, steps=1, skip=0, votes=1, seed=0)

    @property
    def keywords(self) -> dict[str, Any]:
        """What the environment is made with."""
        return given(game=self.game, encoder=self.encoder)


def main(config: Explain) -> str:
    """Play, and print the trace as it goes; return all of it."""
    torch.set_num_threads(1)
    env = vectorise(config.env, **config.keywords)
    agent = SymbolicQ.load(config.agent, env=env)
    if config.rules is not None:
        agent.advise(config.rules)
    env.seed(config.seed + EVALUATION_SEED)
    trace = []
    for lines in played(config, agent, env):
        print(lines, flush=True)
        trace.append(lines)
    env.close()
    text = "\n".join(trace) + "\n"
    if config.out is not None:
        write_bytes(config.out, text.encode())
    return text


def played(config: Explain, agent: SymbolicQ, env: VecEnv) -> Iterator[str]:
    """Yield the lines of each step, and at the end what an explanation costs."""
    seen, seconds = cast("dict[str, np.ndarray]", env.reset()), []
    for step in range(config.skip + config.steps):
        observation = {name: array[0] for name, array in seen.items()}
        actions, _ = agent.predict(seen)
        if step >= config.skip:
            started = time.thread_time()  # other work on the machine does not count
            why = agent.explain(observation)
            seconds.append(time.thread_time() - started)
            yield described(step, observation, agent, why, agent.names.actions[int(actions[0])], config.votes)
        after, rewards, dones, _ = env.step(actions)
        seen = cast("dict[str, np.ndarray]", after)
        if step >= config.skip and (rewards[0] or dones[0]):
            yield f"  reward {rewards[0]:+g}{', the episode ends' if dones[0] else ''}"
    usual, longest = 1000 * np.median(seconds), 1000 * max(seconds)
    yield f"An explanation took {usual:.2f} ms of the processor, {longest:.2f} ms at most."


def described(
    step: int,
    observation: dict[str, np.ndarray],
    agent: SymbolicQ,
    why: Explanation,
    action: str,
    limit: int,
) -> str:
    """Return a step in words."""
    symbols = unpack(observation["objects"], observation["mask"])
    things = ", ".join(thing(one, agent.names.kind(one.kind)) for one in symbols) or "nothing"
    chosen = action if action in why.action.split(" or ") else f"{action}, at random; best is {why.action}"
    votes = telling(why)
    lines = [f"step {step}: {chosen}", f"  sees {things}", f"  worth {why.worth}"]
    lines += [f"  {vote_line(vote, why)}" for vote in votes[:limit]]
    rest = [f"  votes that tell less: {len(votes) - limit}"] if len(votes) > limit else []
    return "\n".join(lines + rest)


def thing(symbol: Symbol, name: str) -> str:
    """Return an object in words.

    >>> thing(Symbol(0, 81.5, 105.0, 4, 16, dy=-6.0), "paddle"), thing(Symbol(1, 3.0, 9.0, 2, 4), "ball")
    ('paddle at (81.5, 105), moving (0, -6)', 'ball at (3, 9)')
    """
    motion = f", moving ({symbol.dx:g}, {symbol.dy:g})" if symbol.dx or symbol.dy else ""
    return f"{name} at ({symbol.x:g}, {symbol.y:g}){motion}"


def telling(why: Explanation) -> list[Vote]:
    """Return the votes, those first in which the values of the actions lie furthest apart."""
    return sorted(why.votes, key=lambda vote: -(max(vote.values) - min(vote.values)))


def vote_line(vote: Vote, why: Explanation) -> str:
    """Return a vote in words: what it says to the best action and to its strongest rival, and its visits."""
    best, *others = np.argsort(-why.q_values, kind="stable").tolist()
    named = [best, *others[:1]]
    says = ", ".join(
        f"{why.actions[action]} {vote.values[action]:.3g} ({vote.visits[action]:,} visits)"
        for action in named
    )
    return f"because {vote.situation}: {says}"


if __name__ == "__main__":
    run(Explain, main)
