"""The steps of a training: draw, differentiate, update; every so often tell, validate, keep a checkpoint."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, UInt8
from lightning.fabric import Fabric
from torch import Tensor, nn
from tqdm import tqdm

from dsrl.checkpoints import noise_state, restore_noise
from dsrl.errors import ConfigError, EncoderError, choose
from dsrl.frames import Draws
from dsrl.objectives import OBJECTIVES, Hyperparameters, Terms, kl
from dsrl.regularisers import REGULARISERS
from dsrl.vae import VAE, Outputs

LOG_EVERY = 20  # steps, at least
POINTS = 2000  # of a curve, at most
CHUNK = 128  # frames validated at once


class Loss(nn.Module):
    """What a training minimises: the terms of an objective and the penalty on weights that stands beside it.

    Raises:
        ConfigError: the objective is unknown, or is not for this model.
    """

    def __init__(self, vae: VAE, objective: str, hyperparameters: Hyperparameters) -> None:
        super().__init__()
        self.vae, self.hyperparameters = vae, hyperparameters
        self.objective = OBJECTIVES[choose("objective", objective, list(OBJECTIVES))]
        if self.objective.variational != vae.variational:
            raise ConfigError(
                f"objective {objective!r} is for models with variational={self.objective.variational}, "
                f"and this one has {vae.variational}"
            )

    def forward(self, x: UInt8[Tensor, "n c h w"], step: int, tell: bool = False) -> tuple[Tensor, Terms]:
        """Return the loss in nats per frame, and its parts if they are to be told."""
        outputs = self.vae(x)
        terms = self.objective(outputs, step, hyperparameters=self.hyperparameters)
        if self.hyperparameters.regulariser != "none":
            penalty = REGULARISERS[self.hyperparameters.regulariser](self.vae)
            terms["regularisation"] = self.hyperparameters.regularisation * penalty
        loss = torch.stack(list(terms.values())).sum()
        return loss, parts(loss, terms, outputs) if tell else {}


def parts(loss: Tensor, terms: Terms, outputs: Outputs) -> Terms:
    """Return loss, terms and the divergence, whole and of each filter, for the curves; nats per frame."""
    filters: Float[Tensor, " k"] = kl(*outputs.posterior).sum(dim=(2, 3)).mean(dim=0)
    told = terms | {"loss": loss, "rate": filters.sum()}
    told |= {f"filter {index}": value for index, value in enumerate(filters)}
    return {name: value.detach() for name, value in told.items()}


class Loop:
    """A training under way: all that callbacks look at, and what a checkpoint keeps."""

    def __init__(
        self,
        fabric: Fabric,
        loss: Loss,
        learning_rate: float,
        draws: Draws,
        judged: UInt8[Tensor, "n c h w"],
        validate_every: int,
        callbacks: Sequence[Any],
        terms: Mapping[str, Any],
    ) -> None:
        self.fabric, self.vae, self.steps = fabric, loss.vae, loss.hyperparameters.steps
        self.adam = torch.optim.Adam(loss.parameters(), lr=learning_rate, fused=True)
        self.model, self.optimiser = fabric.setup(loss, self.adam)
        self.draws, self.judged, self.validate_every = draws, judged, validate_every
        self.log_every = max(min(LOG_EVERY, self.steps), self.steps // POINTS)
        self.callbacks = callbacks
        self.terms = dict(terms)
        """By name, the settings that decide what the training comes to."""
        self.step, self.stopped = 0, False
        self.metrics: dict[str, float] = {}
        """Of the last validation, nats per frame."""
        fabric.call("before_training", loop=self)

    def run(self, progress_bar: bool) -> None:
        """Make the steps that are left.

        Raises:
            EncoderError: the loss is not finite.
        """
        shown = progress_bar and self.fabric.is_global_zero
        with tqdm(total=self.steps, initial=self.step, unit="step", disable=not shown) as bar:
            while self.step < self.steps and not self.stopped:
                self.advance(bar)
                bar.update()

    def advance(self, bar: Any) -> None:
        """Make one step, and what is due after it."""
        self.fabric.call("before_step", loop=self)
        told = (self.step + 1) % self.log_every == 0
        loss, terms = self.model(self.draws[self.step], self.step, tell=told)
        self.optimiser.zero_grad()
        self.fabric.backward(loss)
        self.optimiser.step()
        self.step += 1
        if told:
            values = self.tell("train", terms)
            bar.set_postfix(loss=values["loss"], refresh=False)
        if self.step % self.validate_every == 0 or self.step == self.steps:
            self.validate()

    @torch.no_grad()
    def validate(self) -> None:
        """Measure held-out frames, the terms weighed as at the end, so that all validations compare."""
        self.vae.eval()
        total: dict[str, Tensor] = {}
        for chunk in torch.split(self.judged, CHUNK):
            _, terms = self.model.module(chunk, self.steps, tell=True)
            weight = len(chunk) / len(self.judged)
            total = {name: total.get(name, 0.0) + weight * value for name, value in terms.items()}
        self.vae.train()
        self.metrics = self.tell("validation", dict(self.fabric.all_reduce(total)))
        self.fabric.call("after_validation", loop=self)

    def tell(self, part: str, terms: Terms) -> dict[str, float]:
        """Write a point of each curve and return the values, once sure that they are finite."""
        values = {name: float(value) for name, value in terms.items()}
        if not math.isfinite(values["loss"]):
            raise EncoderError(
                f"the {part} loss is {values['loss']} at step {self.step}: lower the learning rate; "
                "the last checkpoint, if there is one yet, is from before"
            )
        rate = {"learning rate": self.adam.param_groups[0]["lr"]} if part == "train" else {}
        self.fabric.log_dict({f"{part}/{name}": value for name, value in (values | rate).items()}, self.step)
        return values

    def state_dict(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on."""
        return {
            "terms": self.terms,
            "step": self.step,
            "stopped": self.stopped,
            "vae": self.vae.state_dict(),
            "adam": self.adam.state_dict(),
            "noise": noise_state(self.fabric.device),
            "callbacks": {type(each).__name__: each.state_dict() for each in self._remembering()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.vae.load_state_dict(state["vae"])
        self.adam.load_state_dict(state["adam"])
        self.step, self.stopped = state["step"], state["stopped"]
        for each in self._remembering():
            each.load_state_dict(state["callbacks"][type(each).__name__])
        restore_noise(state["noise"])

    def _remembering(self) -> list[Any]:
        return [each for each in self.callbacks if hasattr(each, "state_dict")]
