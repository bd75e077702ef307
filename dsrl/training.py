"""Training a VAE with Lightning: on a CPU, a GPU or several, from resident frames."""

import logging
import math
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import UInt8
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import LearningRateMonitor, TQDMProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from dsrl import callbacks
from dsrl.diagnosis import measure
from dsrl.errors import ConfigError, DSRLError, EncoderError, choose
from dsrl.frames import Draws, Frames
from dsrl.objectives import OBJECTIVES, Hyperparameters, kl, rate
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.vae import VAE

SCHEDULES = ["anneal", "plateau", "constant"]
JUDGED = 512  # frames that the validation loss is measured on, at most
LOG_EVERY = 20  # steps
MEANT = (
    ".*does not have many workers.*",  # the frames are in memory
    ".*Checkpoint directory .* exists.*",  # a training that is resumed
    ".*LeafSpec.* is deprecated.*",  # Lightning's own affair with torch
)
"""What Lightning warns of in vain."""
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
    seed: int = 0
    """Of the order of the frames."""
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
        for name in ("batch", "learning_rate", "validate_every", "devices", "threads"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"{name} is {getattr(self, name)}: choose more than 0")


class Pretraining(LightningModule):
    """The loss of an objective at each step, and what is told about it."""

    def __init__(
        self, vae: VAE, objective: str, hyperparameters: Hyperparameters, learning_rate: float
    ) -> None:
        super().__init__()
        self.vae, self.hyperparameters, self.learning_rate = vae, hyperparameters, learning_rate
        self.objective = OBJECTIVES[choose("objective", objective, list(OBJECTIVES))]

    def training_step(self, batch: tuple[Tensor], batch_idx: int) -> Tensor:
        """Return the loss of one batch of frames.

        Raises:
            EncoderError: it is not finite.
        """
        outputs = self.vae(batch[0])
        terms = self.objective(outputs, self.global_step, hyperparameters=self.hyperparameters)
        loss = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(loss):
            raise EncoderError(
                f"the loss is {loss.item()} at step {self.global_step}: lower the learning rate"
            )
        if (self.global_step + 1) % log_every(self.hyperparameters.steps) == 0:
            told = terms | {"loss": loss, "rate": rate(outputs)}
            self.log_dict({f"train/{name}": value.detach() for name, value in told.items()})
        return loss

    def validation_step(self, batch: tuple[Tensor], batch_idx: int) -> None:
        """Log the terms as they weigh at the end of the training, so that all validations compare."""
        outputs = self.vae(batch[0])
        terms = self.objective(outputs, self.hyperparameters.steps, hyperparameters=self.hyperparameters)
        told = terms | {"loss": torch.stack(list(terms.values())).sum(), "rate": rate(outputs)}
        filters = kl(*outputs.posterior).sum(dim=(2, 3)).mean(dim=0)  # [k]
        told |= {f"filter {index}": value for index, value in enumerate(filters)}
        self.log_dict({f"validation/{name}": value for name, value in told.items()}, sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam; the callbacks change its learning rate."""
        return torch.optim.Adam(self.vae.parameters(), lr=self.learning_rate)


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
        ConfigError: the objective is unknown or there is no checkpoint to resume from.
        EncoderError: the loss is not finite, or the checkpoint is of another network.
        KeyboardInterrupt: the user interrupted it; the last checkpoint is kept.
    """
    checkpoint = run / "checkpoints" / "last.ckpt"
    if resume and not checkpoint.is_file():
        raise ConfigError(f"{checkpoint} is missing: there is no training to resume in {run}")
    module = Pretraining(vae, objective, hyperparameters, training.learning_rate)
    standardise(vae, frames.train, hyperparameters.reconstruction)
    judged = frames.validation[:: math.ceil(len(frames.validation) / JUDGED)]
    around = list_callbacks(
        vae, judged[:: max(1, len(judged) // DRAWN)][:DRAWN], hyperparameters, training, run
    )
    draws = Draws(frames.train, hyperparameters.steps, training.batch, training.seed)
    with warnings.catch_warnings():
        for meant in MEANT:
            warnings.filterwarnings("ignore", meant)
        trainer = make_trainer(hyperparameters.steps, training, around, run)
        try:
            trainer.fit(
                module,
                draws,
                DataLoader(TensorDataset(judged), batch_size=128),
                ckpt_path=checkpoint if resume else None,
                weights_only=True,
            )
        except DSRLError:
            raise
        except SystemExit as error:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from error
        except RuntimeError as error:
            if not resume:
                raise
            raise EncoderError(
                f"{checkpoint} does not fit this configuration ({error}): repeat its own"
            ) from error
    return measure(vae.cpu().eval(), judged, hyperparameters.reconstruction)


def standardise(vae: VAE, frames: UInt8[Tensor, "n c h w"], reconstruction: str) -> None:
    """Give the VAE the mean frame, contrast and first background that the reconstruction term wants."""
    values = RECONSTRUCTIONS[reconstruction].standardise(frames)
    with torch.no_grad():
        vae.mean_frame.copy_(values.mean_frame)
        vae.contrast.copy_(values.contrast)
        vae.background.copy_(values.background)


def list_callbacks(
    vae: VAE, drawn: UInt8[Tensor, "n c h w"], hyperparameters: Hyperparameters, training: Training, run: Path
) -> list[Callback]:
    """Return what a training is surrounded by."""
    warm = math.ceil(hyperparameters.warm_up[1] * hyperparameters.steps)  # first step of the whole beta
    schedules: dict[str, list[Callback]] = {
        "anneal": [callbacks.AnnealLearningRate(training.learning_rate, hyperparameters.steps)],
        "plateau": [callbacks.ReduceOnPlateau(warm)],
        "constant": [],
    }
    return [
        *schedules[training.schedule],
        *([callbacks.StopEarly(warm, training.patience)] if training.patience else []),
        *([TQDMProgressBar(refresh_rate=20)] if training.progress_bar else []),
        *callbacks.keep_checkpoints(run / "checkpoints"),
        callbacks.DrawReconstructions(drawn, vae, hyperparameters.reconstruction),
        callbacks.ReportCollapse(warm),
        LearningRateMonitor(logging_interval="step"),
    ]


def make_trainer(steps: int, training: Training, around: list[Callback], run: Path) -> Trainer:
    """Return Lightning's trainer for so many steps."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # it advertises at INFO
    return Trainer(
        accelerator=training.accelerator,
        devices=training.devices,
        max_steps=steps,
        val_check_interval=min(training.validate_every, steps),
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=log_every(steps),
        logger=TensorBoardLogger(run, name="", version=""),
        callbacks=around,
        plugins=[callbacks.DurableCheckpoints()],
        enable_progress_bar=training.progress_bar,
        enable_model_summary=False,
    )


def log_every(steps: int) -> int:
    """Return how many steps lie between two points of a curve."""
    return min(LOG_EVERY, steps)


def describe(objective: str, hyperparameters: Hyperparameters, vae: VAE) -> dict[str, Any]:
    """Return the objective as `config.json` keeps it, with the beta M / N of Higgins et al. 2017."""
    neurons, pixels = math.prod(vae.latent_shape), math.prod(vae.frame_shape)
    normalised = hyperparameters.beta * neurons / pixels
    return {"name": objective, **asdict(hyperparameters), "normalised_beta": normalised}
