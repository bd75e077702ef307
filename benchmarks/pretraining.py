"""How fast `dsrl pretrain` trains, beside a bare PyTorch loop over the same network, objective and batches.

python benchmarks/pretraining.py --steps 1000

Processor time is told beside the time of the clock: on a machine that does other work, it is the steadier.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import tyro
from jaxtyping import Float64
from rich.console import Console
from rich.progress import track
from rich.table import Table

from dsrl.envs.games import game as game_called
from dsrl.envs.views import played
from dsrl.frames import Draws, Frames
from dsrl.objectives import OBJECTIVES, Hyperparameters
from dsrl.preprocessing import Preprocessing, max_pool
from dsrl.shards import Source
from dsrl.training import Training, fit, standardise
from dsrl.vae import VAE


@dataclass(frozen=True)
class Benchmark:
    """Time both in turns, so that what else the machine does slows both."""

    game: str = "Pong"
    """Game whose frames are trained on."""
    network: str = "light"
    """Architecture of the VAE."""
    objective: str = "neuron-level"
    """Objective of both."""
    frames: int = 1000
    """Frames of random play, of which a tenth is held out."""
    steps: int = 1000
    """Steps of a training, validated every 300 as by default."""
    batch: int = 16
    """Frames per step."""
    rounds: int = 3
    """Trainings of each, after one of each that is not timed."""
    threads: int = 1
    """Threads that torch works with."""
    device: str = "cpu"
    """Where both train, with the frames resident there: cpu, cuda or mps."""


class Seconds(NamedTuple):
    """What a training took."""

    clock: float
    processor: float


def play(config: Benchmark, preprocessing: Preprocessing) -> Frames:
    """Return frames of random play as the network sees them."""
    views = islice(played(Source(config.game, tuple(preprocessing.playfield))), config.frames)
    x = torch.from_numpy(np.stack([preprocessing(max_pool(view.previous, view.current)) for view in views]))
    return Frames(*x.unsqueeze(1).tensor_split([9 * config.frames // 10]))


def bare_loop(vae: VAE, frames: Frames, config: Benchmark, hyperparameters: Hyperparameters) -> None:
    """Train with nothing around the steps."""
    standardise(vae, frames.train, hyperparameters.reconstruction)
    vae.to(config.device)
    objective = OBJECTIVES[config.objective]
    optimiser = torch.optim.Adam(vae.parameters(), lr=3e-3, fused=True)
    draws = Draws(frames.train.to(config.device), config.batch, seed=0)
    for step in range(config.steps):
        terms = objective(vae(draws[step]), step, hyperparameters=hyperparameters)
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
    torch.stack(list(terms.values())).sum().item()  # wait for the device


def main(config: Benchmark) -> None:
    """Time both and print steps a second and their ratio."""
    torch.set_num_threads(config.threads)
    preprocessing = Preprocessing(game_called(config.game).playfield)
    frames, hyperparameters = play(config, preprocessing), Hyperparameters(steps=config.steps)
    training = Training(batch=config.batch, accelerator=config.device, progress_bar=False)

    def ours(vae: VAE) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fit(vae, frames, config.objective, hyperparameters, training, Path(folder))

    def bare(vae: VAE) -> None:
        bare_loop(vae, frames, config, hyperparameters)

    def measure(train: Callable[[VAE], None]) -> Seconds:
        vae = VAE(preprocessing, config.network)
        clock, processor = time.perf_counter(), time.process_time()
        train(vae)
        return Seconds(time.perf_counter() - clock, time.process_time() - processor)

    rounds = [(measure(ours), measure(bare)) for _ in track(range(config.rounds + 1), "training")][1:]
    report(config, np.array(rounds))


def report(config: Benchmark, rounds: Float64[np.ndarray, "rounds 2 2"]) -> None:
    """Print steps a second of both and the throughput of ours as a share of the bare loop's."""
    table = Table(title=f"{config.steps} steps of {config.batch} frames on {config.device}, steps a second")
    for column in ("training", "clock", "processor"):
        table.add_column(column, justify="left" if column == "training" else "right")
    for name, seconds in zip(("dsrl pretrain", "bare PyTorch loop"), np.median(rounds, axis=0), strict=True):
        table.add_row(name, *(f"{config.steps / each:.1f}" for each in seconds))
    shares = rounds[:, 1] / rounds[:, 0]  # [rounds, 2]
    told = zip(np.median(shares, axis=0), shares.min(axis=0), shares.max(axis=0), strict=True)
    table.add_row(
        "share of the bare loop", *(f"{mid:.2f} ({low:.2f} to {high:.2f})" for mid, low, high in told)
    )
    Console().print(table)


if __name__ == "__main__":
    main(tyro.cli(Benchmark))
