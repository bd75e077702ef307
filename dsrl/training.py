"""Training a VAE with Lightning: on a CPU, a GPU or several, from resident frames."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import UInt8
from lightning.fabric import Fabric
from lightning.fabric.loggers.tensorboard import TensorBoardLogger
from torch import Tensor

from dsrl import callbacks, checkpoints
from dsrl.diagnosis import measure
from dsrl.errors import ConfigError, EncoderError, choose
from dsrl.frames import Draws, Frames
from dsrl.loop import Loop, Loss
from dsrl.objectives import Hyperparameters
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.vae import VAE

SCHEDULES = ["anneal", "plateau", "constant"]
DECISIVE = ("batch", "learning_rate", "schedule", "patience", "validate_every", "seed", "devices")
"""Settings of a training on which its end depends."""
DRAWN = 6  # frames that are drawn in TensorBoard


@dataclass(frozen=True)
class Training:
    """How a VAE is trained, whatever its objective.

    Raises:
        ConfigError: a value is out of range.
    """

    batch: int = 16
    """Frames per step and device."""
    learning_rate: float = 3e-3
    """Of Adam (Kingma & Ba 2015)."""
    schedule: Literal["anneal", "plateau", "constant"] = "anneal"
    """Learning rate: anneal along a cosine, halve on a plateau of the validation loss, or keep constant."""
    patience: int = 0
    """Stop after so many validations without progress; 0 to train to the end."""
    validate_every: int = 300
    """Steps from one validation, with checkpoint and images, to the next."""
    judge: int = 512
    """Held-out frames that a validation measures, at most."""
    seed: int = 0
    """Of the order of the frames and of the noise."""
    accelerator: str = "auto"
    """Where to train, as Lightning names it: auto, cpu, gpu, mps."""
    devices: int = 1
    """How many of them."""
    threads: int = 1
    """Threads of a training on the CPU; the networks are small, and on busy cores more of them only wait."""
    progress_bar: bool = True
    """Show a progress bar."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        choose("schedule", self.schedule, SCHEDULES)
        for name in ("batch", "learning_rate", "validate_every", "judge", "devices", "threads"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"{name} is {getattr(self, name)}: choose more than 0")


def fit(
    vae: VAE,
    frames: Frames,
    objective: str,
    hyperparameters: Hyperparameters,
    training: Training,
    run: Path,
    resume: bool = False,
) -> dict[str, float]:
    """Train `vae` in place and return its metrics on held-out frames; `run` keeps the curves and checkpoints.

    Raises:
        ConfigError: the objective is unknown, or no checkpoint is there to resume, or one on other terms.
        EncoderError: the loss is not finite, or the checkpoint is of another network.
        KeyboardInterrupt: the user interrupted it; the last checkpoint is kept.
    """
    checkpoint = run / "checkpoints" / "last.ckpt"
    if resume and not checkpoint.is_file():
        raise ConfigError(f"{checkpoint} is missing: there is no training to resume in {run}")
    loss = Loss(vae, objective, hyperparameters)
    standardise(vae, frames.train, hyperparameters.reconstruction)
    terms = {"objective": objective, **asdict(hyperparameters)}
    terms |= {name: getattr(training, name) for name in DECISIVE}
    loop = make_loop(loss, frames, training, run, terms)
    if resume:
        restore(loop, checkpoint)
    loop.run(training.progress_bar)
    return measure(vae.cpu().eval(), loop.judged.cpu(), hyperparameters.reconstruction)


def make_loop(loss: Loss, frames: Frames, training: Training, run: Path, terms: Mapping[str, Any]) -> Loop:
    """Return a training at its first step, its frames resident on its device."""
    judged = frames.validation[:: math.ceil(len(frames.validation) / training.judge)]
    around = list_callbacks(judged, loss.hyperparameters, training, run)
    fabric = make_fabric(training, around, run)
    rank, devices = fabric.global_rank, fabric.world_size
    torch.manual_seed(training.seed + rank)
    draws = Draws(fabric.to_device(frames.train), training.batch, training.seed, rank, devices)
    judged = fabric.to_device(judged)
    every = training.validate_every
    return Loop(fabric, loss, training.learning_rate, draws, judged, every, around, terms)


def restore(loop: Loop, checkpoint: Path) -> None:
    """Let a training go on from a checkpoint.

    Raises:
        ConfigError: it was made on other terms, so that its end would be that of no training.
        EncoderError: it is damaged, or of another network or kind of training.
    """
    state = checkpoints.load(checkpoint)
    before = state.get("terms", {})
    for name, value in loop.terms.items():
        if name in before and before[name] != value:
            raise ConfigError(
                f"{checkpoint} was made with {name}={before[name]}, not {value}: give the same to go on, "
                "or train anew in another --run"
            )
    try:
        loop.load_state_dict(state)
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"{checkpoint} does not fit this configuration ({error}): repeat its own"
        ) from error


def standardise(vae: VAE, frames: UInt8[Tensor, "n c h w"], reconstruction: str) -> None:
    """Give the VAE the mean frame, contrast and first background that the reconstruction term wants."""
    values = RECONSTRUCTIONS[reconstruction].standardise(frames)
    with torch.no_grad():
        vae.mean_frame.copy_(values.mean_frame)
        vae.contrast.copy_(values.contrast)
        if vae.background.requires_grad:
            vae.background.copy_(values.background)


def list_callbacks(
    judged: UInt8[Tensor, "n c h w"], hyperparameters: Hyperparameters, training: Training, run: Path
) -> list[Any]:
    """Return what a training is surrounded by, in the order in which it happens; checkpoints come last."""
    warm = math.ceil(hyperparameters.warm_up[1] * hyperparameters.steps)  # first step of the whole beta
    schedules: dict[str, list[Any]] = {
        "anneal": [callbacks.AnnealLearningRate(training.learning_rate, hyperparameters.steps)],
        "plateau": [callbacks.ReduceOnPlateau(warm)],
        "constant": [],
    }
    drawn = judged[:: max(1, len(judged) // DRAWN)][:DRAWN]
    return [
        *schedules[training.schedule],
        *([callbacks.StopEarly(warm, training.patience)] if training.patience else []),
        callbacks.DrawReconstructions(drawn, hyperparameters.reconstruction),
        callbacks.ReportCollapse(warm),
        callbacks.KeepCheckpoints(run / "checkpoints"),
    ]


def make_fabric(training: Training, around: list[Any], run: Path) -> Fabric:
    """Return the devices of a training, started."""
    fabric = Fabric(
        accelerator=training.accelerator,
        devices=training.devices,
        callbacks=around,
        loggers=TensorBoardLogger(run, name="", version=""),
    )
    fabric.launch()
    return fabric


def describe(objective: str, hyperparameters: Hyperparameters, vae: VAE) -> dict[str, Any]:
    """Return the objective as `config.json` keeps it, with the beta M / N of Higgins et al. 2017."""
    neurons, pixels = math.prod(vae.latent_shape), math.prod(vae.frame_shape)
    normalised = hyperparameters.beta * neurons / pixels
    return {"name": objective, **asdict(hyperparameters), "normalised_beta": normalised}
