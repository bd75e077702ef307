"""How fast `dsrl pretrain` trains, beside a bare PyTorch loop over the same network, objective and batches.

python benchmarks/pretraining.py --steps 300
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.progress import track
from rich.table import Table

from dsrl.envs.games import game as game_called
from dsrl.envs.views import play_at_random
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
    steps: int = 300
    """Steps of a training."""
    batch: int = 16
    """Frames per step."""
    rounds: int = 3
    """Trainings of each, after one of each that is not timed."""
    threads: int = 1
    """Threads that torch works with."""


def play(config: Benchmark, preprocessing: Preprocessing) -> Frames:
    """Return frames of random play as the network sees them."""
    views = islice(play_at_random(Source(config.game, tuple(preprocessing.playfield))), config.frames)
    x = torch.from_numpy(
        np.stack([preprocessing(max_pool(previous, current)) for previous, current, _ in views])
    )
    return Frames(*x.unsqueeze(1).tensor_split([9 * config.frames // 10]))


def bare_loop(vae: VAE, frames: Frames, config: Benchmark, hyperparameters: Hyperparameters) -> None:
    """Train with nothing around the steps."""
    standardise(vae, frames.train, hyperparameters.reconstruction)
    objective = OBJECTIVES[config.objective]
    optimiser = torch.optim.Adam(vae.parameters(), lr=3e-3, fused=True)
    draws = Draws(frames.train, config.batch, seed=0)
    for step in range(config.steps):
        terms = objective(vae(draws[step]), step, hyperparameters=hyperparameters)
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()


def main(config: Benchmark) -> None:
    """Time both and print steps a second and their ratio."""
    torch.set_num_threads(config.threads)
    preprocessing = Preprocessing(game_called(config.game).playfield)
    frames, hyperparameters = play(config, preprocessing), Hyperparameters(steps=config.steps)
    training = Training(batch=config.batch, accelerator="cpu", progress_bar=False)

    def ours(vae: VAE) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fit(vae, frames, config.objective, hyperparameters, training, Path(folder))

    def bare(vae: VAE) -> None:
        bare_loop(vae, frames, config, hyperparameters)

    def seconds(train: Callable[[VAE], None]) -> float:
        vae, started = VAE(preprocessing, config.network), time.perf_counter()
        train(vae)
        return time.perf_counter() - started

    times = [(seconds(ours), seconds(bare)) for _ in track(range(config.rounds + 1), "training")][1:]
    ratios = [with_all / without for with_all, without in times]
    table = Table(title=f"{config.steps} steps of {config.batch} frames, {config.threads} thread(s)")
    for column in ("training", "steps a second"):
        table.add_column(column, justify="left" if column == "training" else "right")
    for name, column in zip(("dsrl pretrain", "bare PyTorch loop"), zip(*times, strict=True), strict=True):
        table.add_row(name, f"{config.steps / np.median(column):.1f}")
    Console().print(table)
    print(f"ratio of the times: {np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main(tyro.cli(Benchmark))
