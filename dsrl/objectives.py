"""One function per objective: what a VAE minimises, as named terms in nats per frame whose sum is the loss.

Nats per frame are summed over pixels or neurons and averaged over the batch. Equations and sections are of
Sherburn 2017 ("thesis"). Shapes: B frames in a batch, k latent filters, m x n latent cells.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dsrl.errors import ConfigError, choose
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.vae import Outputs

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Hyperparameters:
    """What objectives are tuned by.

    Raises:
        ConfigError: a value is out of range.
    """

    beta: float = 0.04
    """Weight of the divergence (Higgins et al. 2017); 0.04 is meant for the "contrast" reconstruction."""
    reconstruction: str = "contrast"
    """Reconstruction term: contrast, squared, calibrated or bce."""
    competition: float = 1.0
    """Weight of the penalty on filters that are active in one place; competitive objective only."""
    steps: int = 3000
    """Length of the training, steps."""
    warm_up: tuple[float, float] = (0.3, 0.6)
    """Shares of the training at which beta leaves zero and reaches its value; 0 0 for beta from the start."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        choose("reconstruction", self.reconstruction, list(RECONSTRUCTIONS))
        for name in ("beta", "competition"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ConfigError(
                    f"{name} is {getattr(self, name)}: it weighs a penalty, so choose 0 or more"
                )
        if self.steps < 1:
            raise ConfigError(f"steps is {self.steps}: train for at least one")
        if not 0 <= self.warm_up[0] <= self.warm_up[1] <= 1:
            raise ConfigError(
                f"warm_up is {self.warm_up}: give two shares of the training, in order, from 0 to 1"
            )


class Objective(Protocol):
    """From outputs and the step of the training to the terms of the loss."""

    def __call__(self, outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
        """Return the named terms, scalars in nats per frame."""


OBJECTIVES: dict[str, Objective] = {}


def objective(name: str) -> Callable[[Objective], Objective]:
    """Register the decorated function as the objective of that name."""

    def register(function: Objective) -> Objective:
        OBJECTIVES[name] = function
        return function

    return register


def beta(step: int, hyperparameters: Hyperparameters) -> float:
    """Return the divergence's weight at a step: zero until reconstruction is learned, then a linear ramp.

    >>> [round(beta(step, Hyperparameters(beta=2.0, steps=100)), 9) for step in (29, 45, 60, 99)]
    [0.0, 1.0, 2.0, 2.0]
    """
    ends = [share * hyperparameters.steps for share in hyperparameters.warm_up]
    return hyperparameters.beta * float(np.interp(step, ends, (0.0, 1.0)))


def kl(mean: Float[Tensor, "..."], log_var: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return KL(N(mean, exp(log_var)) || N(0, 1)) of each neuron, nats (Kingma & Welling 2014, appendix B).

    >>> kl(Tensor([0.0, 2.0]), Tensor([0.0, 0.0]))
    tensor([0., 2.])
    """
    return (mean.square() + log_var.exp() - 1 - log_var) / 2


def distortion(outputs: Outputs, hyperparameters: Hyperparameters) -> Float[Tensor, ""]:
    """Return the reconstruction term, nats per frame."""
    return RECONSTRUCTIONS[hyperparameters.reconstruction].distortion(outputs.x, outputs.logits)


def rate(outputs: Outputs) -> Float[Tensor, ""]:
    """Return the divergence of the whole latent space, unweighted, nats per frame."""
    return kl(*outputs.posterior).sum(dim=(1, 2, 3)).mean()


@objective("neuron-level")
def neuron_level(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Hold every latent neuron to the prior, thesis 5.1.2 and 5.2.2: beta * sum_fij KL_fij."""
    divergence = kl(*outputs.posterior).sum(dim=(1, 2, 3))  # [B]
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": beta(step, hyperparameters) * divergence.mean(),
    }


@objective("naive")
def naive(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Hold each filter's average to the prior, thesis 5.2.3: beta * sum_f KL(mean_ij mu, mean_ij log_var)."""
    mean, log_var = (values.mean(dim=(2, 3)) for values in outputs.posterior)  # [B, k]
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": beta(step, hyperparameters) * kl(mean, log_var).sum(dim=1).mean(),
    }


@objective("weighted")
def weighted(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Weigh the naive divergence by the m * n neurons that each average was taken over, thesis 5.2.4."""
    m, n = outputs.z.shape[2:]
    mean, log_var = (values.mean(dim=(2, 3)) for values in outputs.posterior)  # [B, k]
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": beta(step, hyperparameters) * m * n * kl(mean, log_var).sum(dim=1).mean(),
    }


@objective("winner-takes-all")
def winner_takes_all(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Hold each place to the prior of k filters, thesis Eq. 5.1 and 5.2: beta * sum_ij KL(q_ij || N(0, I_k)).

    The divergence of a k-dimensional Gaussian is (tr S + mu'mu - k - log det S) / 2. With a diagonal S it
    equals the neuron-level sum term by term, and nothing makes filters compete: for that see `competitive`.
    """
    mean, log_var = outputs.posterior  # [B, k, m, n]
    trace, log_determinant = log_var.exp().sum(dim=1), log_var.sum(dim=1)  # [B, m, n]
    divergence = (trace + mean.square().sum(dim=1) - mean.shape[1] - log_determinant) / 2
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": beta(step, hyperparameters) * divergence.sum(dim=(1, 2)).mean(),
    }


@objective("competitive")
def competitive(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Let one filter at most be active in a place, which thesis 5.4 wants; the penalty is ours.

    Beside the neuron-level divergence, each pair of filters in one place costs |mu_f| * |mu_g|, an exclusive
    lasso (Zhou, Jin & Hoi 2010), in the units of the divergence's mu^2 / 2 and zero where one filter wins.
    """
    magnitude = outputs.posterior.mean.abs()  # [B, k, m, n]
    pairs = (magnitude.sum(dim=1).square() - magnitude.square().sum(dim=1)) / 2  # sum over f < g, [B, m, n]
    weight = beta(step, hyperparameters)
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": weight * rate(outputs),
        "competition": weight * hyperparameters.competition * pairs.sum(dim=(1, 2)).mean(),
    }
