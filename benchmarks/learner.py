"""What choosing and learning cost per agent step, fits to all steps included, beside the emulator's frames.

python benchmarks/learner.py --game Pong --steps 30000

Objects are read from the emulator's memory. Times are of the processor, so that other work on the machine
counts little; the bar is the time that the learner may take. Then the steps are told to the learner again
and again, up to `--remembered`, for the memory that so many take.
"""

import resource
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

import dsrl  # noqa: F401  # registers the environments
from dsrl.agents.backoff import BackoffQ
from dsrl.agents.exploration import epsilon_greedy
from dsrl.agents.learners import Learner, Transition, make_learner
from dsrl.agents.symbolic_q import DEFAULT_LEARNER, LEARNERS
from dsrl.symbols import unpack_rows

BAR = 60.0
"""Microseconds per agent step that the learner may take."""
T = TypeVar("T")


@dataclass(frozen=True)
class Benchmark:
    """Let the learner play, nearly greedily, and time its parts."""

    game: str = "Pong"
    """One of the games whose memory can be read."""
    learner: str = DEFAULT_LEARNER
    """The name of a learner: portfolio, or backoff, which is one member of it."""
    steps: int = 20_000
    """Agent steps that are timed, after the first thousand, in which the loops are compiled."""
    remembered: int = 1_000_000
    """Agent steps whose memory is measured, a last fit included; 0 measures none."""


class Stopwatch:
    """Adds up the processor's time by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, call: Callable[[], T]) -> T:
        """Return what a call returns, timed."""
        start = time.process_time()
        found = call()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start
        return found


def play(
    config: Benchmark, table: Any, learner: Learner[Any]
) -> tuple[dict[str, float], list[Transition[Any]]]:
    """Return seconds by name, of the emulator, choosing, keeping and fits; and the last steps."""
    clock, random, made = Stopwatch(), np.random.default_rng(0), deque[Transition[Any]](maxlen=10_000)
    fit = BackoffQ.fit
    BackoffQ.fit = lambda self: clock("fits", lambda: fit(self))  # type: ignore[method-assign]
    seen, _ = table.reset(seed=0)
    scene = learner.describe(unpack_rows(**seen))
    for step in range(config.steps + 1_000):
        if step == 1_000:
            clock.seconds.clear()
        values = clock("choice", lambda scene=scene: learner.q_values(scene))
        action = epsilon_greedy(values, 0.02, random)
        seen, reward, terminated, truncated, _ = clock("emulator", lambda action=action: table.step(action))
        after = clock("describe", lambda seen=seen: learner.describe(unpack_rows(**seen)))
        transition = Transition(scene, action, float(reward), terminated, truncated, after)
        clock("update", lambda transition=transition: learner.observe(transition))
        made.append(transition)
        if terminated or truncated:
            seen, _ = table.reset()
            after = learner.describe(unpack_rows(**seen))
        scene = after
    BackoffQ.fit = fit  # type: ignore[method-assign]
    clock.seconds["update"] -= clock.seconds["fits"]
    return clock.seconds, list(made)


def megabytes(learner: Learner[Any], made: Sequence[Transition[Any]], more: int) -> float:
    """Return by how much the peak of the process grows while steps are repeated and fitted to, megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fit = BackoffQ.fit
    BackoffQ.fit = lambda self: None  # type: ignore[method-assign]  # once, at the end
    for transition in islice(cycle(made), more):
        learner.observe(transition)
    BackoffQ.fit = fit  # type: ignore[method-assign]
    learner.finish()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024


def main(config: Benchmark) -> None:
    """Print microseconds per agent step, and their ratio to the bar and to the emulator."""
    env: Any = gym.make("DSRL-v0", game=config.game, encoder="ram")
    learner = make_learner(LEARNERS[config.learner], env.unwrapped.get_action_meanings(), {})
    seconds, made = play(config, env, learner)
    emulator = seconds.pop("emulator")
    table = Table(title=f"{config.game}, {config.steps:,} agent steps", title_justify="left")
    for column in ("part", "us per step", "of the emulator's"):
        table.add_column(column, justify="left" if column == "part" else "right")
    for name, spent in [*seconds.items(), ("together", sum(seconds.values()))]:
        table.add_row(name, f"{1e6 * spent / config.steps:.1f}", f"{spent / emulator:.2f}")
    Console().print(table)
    Console().print(f"bar: {BAR:.0f} us; emulator with its frames: {1e6 * emulator / config.steps:.0f} us")
    if config.remembered:
        grown = megabytes(learner, made, config.remembered - config.steps)
        Console().print(f"{config.remembered:,} steps: {grown:.0f} MB more than {config.steps:,} take")


if __name__ == "__main__":
    main(tyro.cli(Benchmark))
