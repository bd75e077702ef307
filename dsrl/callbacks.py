"""What happens around the steps of a training (Sherburn 2017, section 4.6), as Lightning callbacks."""

import io
import math
from pathlib import Path
from typing import Any

import torch
from jaxtyping import UInt8
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from dsrl.diagnosis import collapse, draw
from dsrl.files import write_bytes
from dsrl.vae import VAE

MONITOR = "validation/loss"


class AnnealLearningRate(Callback):
    """Lower the learning rate along half a cosine to a share `final` of itself (Loshchilov & Hutter 2017)."""

    def __init__(self, learning_rate: float, steps: int, final: float = 0.05) -> None:
        self.learning_rate, self.steps, self.final = learning_rate, steps, final

    def rate(self, step: int) -> float:
        """Return the learning rate of a step.

        >>> [round(AnnealLearningRate(1.0, steps=100, final=0.0).rate(step), 6) for step in (0, 50, 100)]
        [1.0, 0.5, 0.0]
        """
        cosine = (1 + math.cos(math.pi * min(step / self.steps, 1.0))) / 2
        return self.learning_rate * (self.final + (1 - self.final) * cosine)

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Set the learning rate of the step that begins."""
        set_learning_rate(trainer, self.rate(trainer.global_step))


class ReduceOnPlateau(Callback):
    """Lower the learning rate when the validation loss stops falling, once beta has reached its value."""

    def __init__(self, first_step: int, factor: float = 0.5, patience: int = 2) -> None:
        self.first_step, self.factor, self.patience = first_step, factor, patience
        self._scheduler: ReduceLROnPlateau | None = None
        self._restored: dict[str, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Attach to the optimiser, where a resumed training left off."""
        optimiser = trainer.optimizers[0]
        self._scheduler = ReduceLROnPlateau(optimiser, factor=self.factor, patience=self.patience)
        self._scheduler.load_state_dict(self._restored)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judge the loss that was just measured."""
        if self._scheduler and trainer.global_step >= self.first_step:
            self._scheduler.step(float(trainer.callback_metrics[MONITOR]))

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        kept = ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")
        return {name: getattr(self._scheduler, name) for name in kept} if self._scheduler else {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Remember what a checkpoint kept until the training starts."""
        self._restored = state_dict


class StopEarly(EarlyStopping):
    """Stop when the validation loss no longer falls, once beta has reached its value."""

    def __init__(self, first_step: int, patience: int) -> None:
        super().__init__(monitor=MONITOR, patience=patience, check_on_train_epoch_end=False)
        self.first_step = first_step

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judge the loss that was just measured."""
        if trainer.global_step >= self.first_step:
            super().on_validation_end(trainer, pl_module)


class DurableCheckpoints(TorchCheckpointIO):
    """Write checkpoints through `dsrl.files`; Lightning's own move across file systems is not atomic."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint in one step."""
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        write_bytes(Path(path), buffer.getvalue())


def keep_checkpoints(folder: Path) -> list[Callback]:
    """Return the callbacks that keep the best and the last state of a training, to resume from.

    They are two, since Lightning's `save_last` keeps the last state only where it is the best as well.
    """
    same: dict[str, Any] = {"save_on_train_epoch_end": False, "enable_version_counter": False}
    return [
        ModelCheckpoint(folder, filename="best", monitor=MONITOR, **same),
        ModelCheckpoint(folder, filename="last", **same),
    ]


class DrawReconstructions(Callback):
    """Show frames, their reconstructions and where the posterior departs from the prior, in TensorBoard."""

    def __init__(self, frames: UInt8[Tensor, "n c h w"], vae: VAE, reconstruction: str) -> None:
        self.frames, self.vae, self.reconstruction = frames, vae, reconstruction

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw what the VAE makes of the same frames each time."""
        if isinstance(trainer.logger, TensorBoardLogger):
            image = draw(self.vae, self.frames, self.reconstruction)
            trainer.logger.experiment.add_image("reconstructions", image, trainer.global_step)


class ReportCollapse(Callback):
    """Say in words when the posterior has collapsed, once beta has reached its value."""

    def __init__(self, first_step: int) -> None:
        self.first_step = first_step
        self.told = False

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say it once."""
        words = collapse(float(trainer.callback_metrics["validation/rate"]))
        if words and not self.told and trainer.is_global_zero and trainer.global_step >= self.first_step:
            self.told = True
            print(words, flush=True)


def set_learning_rate(trainer: Trainer, rate: float) -> None:
    """Set the learning rate of every group of parameters."""
    for group in trainer.optimizers[0].param_groups:
        group["lr"] = rate
