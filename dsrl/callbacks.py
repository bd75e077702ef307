"""What happens around the steps of a training (Sherburn 2017, 4.6), as callbacks of Lightning Fabric."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxtyping import UInt8
from lightning.fabric.loggers.tensorboard import TensorBoardLogger
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from dsrl.checkpoints import save
from dsrl.diagnosis import collapse, draw

if TYPE_CHECKING:
    from dsrl.loop import Loop

MONITOR = "loss"
"""The figure of a validation that trainings are judged by."""


class AnnealLearningRate:
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

    def before_step(self, loop: "Loop") -> None:
        """Set the learning rate of the step that begins."""
        for group in loop.adam.param_groups:
            group["lr"] = self.rate(loop.step)


class ReduceOnPlateau:
    """Lower the learning rate when the validation loss stops falling, once beta has reached its value."""

    def __init__(self, first_step: int, factor: float = 0.5, patience: int = 2) -> None:
        self.first_step, self.factor, self.patience = first_step, factor, patience
        self._scheduler: ReduceLROnPlateau

    def before_training(self, loop: "Loop") -> None:
        """Attach to the optimiser."""
        self._scheduler = ReduceLROnPlateau(loop.adam, factor=self.factor, patience=self.patience)

    def after_validation(self, loop: "Loop") -> None:
        """Judge the loss that was just measured."""
        if loop.step >= self.first_step:
            self._scheduler.step(loop.metrics[MONITOR])

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps; the learning rate itself is kept with the optimiser."""
        kept = ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")
        return {name: getattr(self._scheduler, name) for name in kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self._scheduler.load_state_dict(state)


class StopEarly:
    """Stop when the validation loss no longer falls, once beta has reached its value."""

    def __init__(self, first_step: int, patience: int) -> None:
        self.first_step, self.patience = first_step, patience
        self.best, self.waited = math.inf, 0

    def after_validation(self, loop: "Loop") -> None:
        """Judge the loss that was just measured."""
        if loop.step < self.first_step:
            return
        better = loop.metrics[MONITOR] < self.best
        self.best, self.waited = min(self.best, loop.metrics[MONITOR]), 0 if better else self.waited + 1
        loop.stopped = self.waited >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.best, self.waited = state["best"], state["waited"]


class KeepCheckpoints:
    """Keep the last state of a training, to resume from, and the best."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.best = folder, math.inf

    def after_validation(self, loop: "Loop") -> None:
        """Write what the loop would go on from."""
        better, self.best = loop.metrics[MONITOR] < self.best, min(loop.metrics[MONITOR], self.best)
        if loop.fabric.is_global_zero:
            for name in ("best", "last") if better else ("last",):
                save(self.folder / f"{name}.ckpt", loop.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.best = state["best"]


class DrawReconstructions:
    """Show frames, their reconstructions and where the posterior departs from the prior, in TensorBoard."""

    def __init__(self, frames: UInt8[Tensor, "n c h w"], reconstruction: str) -> None:
        self.frames, self.reconstruction = frames, reconstruction

    def after_validation(self, loop: "Loop") -> None:
        """Draw what the VAE makes of the same frames each time."""
        board = loop.fabric.logger
        if loop.fabric.is_global_zero and isinstance(board, TensorBoardLogger):
            image = draw(loop.vae, self.frames, self.reconstruction)
            board.experiment.add_image("reconstructions", image, loop.step)


class ReportCollapse:
    """Say in words when the posterior has collapsed, once beta has reached its value."""

    def __init__(self, first_step: int) -> None:
        self.first_step = first_step
        self.told = False

    def after_validation(self, loop: "Loop") -> None:
        """Say it once."""
        words = collapse(loop.metrics["rate"])
        if words and not self.told and loop.fabric.is_global_zero and loop.step >= self.first_step:
            self.told = True
            print(words, flush=True)
