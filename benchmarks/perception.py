"""Where the time of an agent step goes: emulator, preprocessing, encoder, extraction, kinds, tracking.

Times are of the processor, so that other work on the machine counts little.

python benchmarks/perception.py --encoder Pong
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from dsrl.envs.emulators import emulator
from dsrl.envs.wrappers import FramePair
from dsrl.extraction import extract
from dsrl.perception import Perception, rows_of
from dsrl.preprocessing import max_pool

STAGES = {
    "emulator": "so many frames, in RGB",
    "preprocess": "maximum, crop, luminance, resize",
    "encode": "the network",
    "extract": "boxes in native pixels",
    "kinds": "and what touches told apart",
    "track": "symbols and identities",
}
LAYER = 3
"""The last stages, which make symbols of what the encoder says."""


@dataclass(frozen=True)
class Benchmark:
    """Time each stage of an agent step on frames that are played live, with random actions."""

    encoder: str = "Pong"
    """Shipped weights, whose name is that of the game."""
    steps: int = 2000
    """Agent steps that are timed."""
    warm_up: int = 50
    """Agent steps before, which are not."""
    frameskip: int = 4
    """Emulator frames per agent step."""
    seed: int = 0
    """Seed of the emulator and of the actions."""


def step_times(config: Benchmark) -> Iterator[list[float]]:
    """Yield the times, in seconds, at the start of an agent step and at the end of each of its stages."""
    env = FramePair(emulator(config.encoder), config.frameskip)
    perception = Perception.from_pretrained(config.encoder)
    detector, seed, done = perception.detector, config.seed, True
    env.action_space.seed(config.seed)
    while True:
        if done:
            env.reset(seed=seed)
            perception.reset()
            seed = None
        action, clock = env.action_space.sample(), [time.process_time()]
        *_, terminated, truncated, _ = env.step(action)
        done = terminated or truncated
        clock.append(time.process_time())
        x = detector.preprocessing(max_pool(*env.pair))
        clock.append(time.process_time())
        posterior = detector.encode(x)
        clock.append(time.process_time())
        found = extract(posterior, *env.pair, detector.background, detector.preprocessing.playfield)
        clock.append(time.process_time())
        objects = perception.tell_apart(found, env.pair[1])
        clock.append(time.process_time())
        perception.tracker.update(rows_of(*objects))
        clock.append(time.process_time())
        yield clock


def main(config: Benchmark) -> None:
    """Time, then print milliseconds and shares."""
    clocks = list(islice(step_times(config), config.warm_up, config.warm_up + config.steps))
    milliseconds = 1000 * np.diff(np.array(clocks), axis=1)  # [steps, stages]
    means, medians = milliseconds.mean(axis=0), np.median(milliseconds, axis=0)
    table = Table(title=f"{config.encoder}, {config.steps:,} agent steps, frameskip {config.frameskip}")
    for column in ("stage", "what", "mean ms", "median ms", "share"):
        table.add_column(column, justify="left" if column in ("stage", "what") else "right")
    for (stage, what), mean, median in zip(STAGES.items(), means, medians, strict=True):
        table.add_row(stage, what, f"{mean:.3f}", f"{median:.3f}", f"{mean / means.sum():.0%}")
    table.add_section()
    layer = milliseconds[:, -LAYER:].sum(axis=1)
    share = f"{layer.mean() / means.sum():.0%}"
    table.add_row("symbols", "extract to track", f"{layer.mean():.3f}", f"{np.median(layer):.3f}", share)
    total, typical = means.sum(), np.median(milliseconds.sum(axis=1))
    table.add_row("agent step", f"{1000 / total:,.0f} a second", f"{total:.3f}", f"{typical:.3f}", "100%")
    Console().print(table)


if __name__ == "__main__":
    main(tyro.cli(Benchmark))
