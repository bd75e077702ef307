"""One function per objective: what a VAE minimises, as named terms in nats per frame whose sum is the loss.

Nats per frame are summed over pixels or neurons and averaged over the batch. Equations and sections are of
Sherburn 2017 ("thesis"). Shapes: B frames in a batch, k latent filters, m x n latent cells.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dsrl.errors import ConfigError, choose
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.regularisers import REGULARISERS
from dsrl.vae import Outputs

Terms = dict[str, Tensor]

BETA_SCHEDULES = ["constant", "warm-up", "capacity"]


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
    beta_schedule: Literal["constant", "warm-up", "capacity"] = "warm-up"
    """Beta from the start; or beta that warms up; or beta times how far the divergence is from a capacity."""
    warm_up: tuple[float, float] = (0.3, 0.6)
    """Shares of the training at which beta, or the capacity, leaves zero and reaches its value."""
    capacity: float = 50.0
    """Nats per frame that the code is to carry in the end; beta schedule "capacity" only."""
    regulariser: str = "none"
    """Penalty on the weights, beside any objective: none or orthogonal."""
    regularisation: float = 1e-3
    """Weight of the regulariser."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        choose("reconstruction", self.reconstruction, list(RECONSTRUCTIONS))
        choose("beta_schedule", self.beta_schedule, BETA_SCHEDULES)
        choose("regulariser", self.regulariser, ["none", *REGULARISERS])
        for name in ("beta", "competition", "capacity", "regularisation"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ConfigError(
                    f"{name} is {getattr(self, name)}: it weighs or bounds a penalty, so choose 0 or more"
                )
        if self.steps < 1:
            raise ConfigError(f"steps is {self.steps}: train for at least one")
        if not 0 <= self.warm_up[0] <= self.warm_up[1] <= 1:
            raise ConfigError(
                f"warm_up is {self.warm_up}: give two shares of the training, in order, from 0 to 1"
            )


class Equation(Protocol):
    """From outputs and the step of the training to the terms of the loss."""

    def __call__(self, outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
        """Return the named terms, scalars in nats per frame."""


@dataclass(frozen=True)
class Objective:
    """What is minimised, and whether the code is a sample of the posterior or its mean."""

    equation: Equation
    variational: bool

    def __call__(self, outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
        """Return the named terms, scalars in nats per frame."""
        return self.equation(outputs, step, hyperparameters=hyperparameters)


OBJECTIVES: dict[str, Objective] = {}


def objective(name: str, variational: bool = True) -> Callable[[Equation], Equation]:
    """Register the decorated function as the objective of that name."""

    def register(equation: Equation) -> Equation:
        OBJECTIVES[name] = Objective(equation, variational)
        return equation

    return register


def warmth(step: int, hyperparameters: Hyperparameters) -> float:
    """Return the share of its value that what warms up has reached: zero, then a linear ramp, then one.

    >>> [round(warmth(step, Hyperparameters(steps=100)), 9) for step in (29, 45, 60, 99)]
    [0.0, 0.5, 1.0, 1.0]
    """
    ends = [share * hyperparameters.steps for share in hyperparameters.warm_up]
    return float(np.interp(step, ends, (0.0, 1.0)))


def beta(step: int, hyperparameters: Hyperparameters) -> float:
    """Return the weight of penalties at a step: it may be zero until reconstruction is learned.

    >>> [round(beta(step, Hyperparameters(beta=2.0, steps=100)), 9) for step in (29, 45, 60, 99)]
    [0.0, 1.0, 2.0, 2.0]
    """
    warms_up = hyperparameters.beta_schedule == "warm-up"
    return hyperparameters.beta * (warmth(step, hyperparameters) if warms_up else 1.0)


def held(divergence: Float[Tensor, " batch"], step: int, hyperparameters: Hyperparameters) -> Tensor:
    """Return beta * divergence, nats per frame; or beta * |divergence - C|, its capacity C growing.

    The capacity is that of Burgess et al. 2018, Eq. 8: the code may carry more and more, and must.
    """
    nats = divergence.mean()
    if hyperparameters.beta_schedule == "capacity":
        nats = (nats - warmth(step, hyperparameters) * hyperparameters.capacity).abs()
    return beta(step, hyperparameters) * nats


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


@objective("deterministic", variational=False)
def deterministic(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Reconstruct from the mean and hold it to nothing: an autoencoder (thesis 2.1, tables 3.1 and 3.2)."""
    return {"reconstruction": distortion(outputs, hyperparameters)}


@objective("neuron-level")
def neuron_level(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Hold every latent neuron to the prior, thesis 5.1.2 and 5.2.2: beta * sum_fij KL_fij."""
    divergence = kl(*outputs.posterior).sum(dim=(1, 2, 3))  # [B]
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": held(divergence, step, hyperparameters),
    }


@objective("naive")
def naive(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Hold each filter's average to the prior, thesis 5.2.3: beta * sum_f KL(mean_ij mu, mean_ij log_var)."""
    mean, log_var = (values.mean(dim=(2, 3)) for values in outputs.posterior)  # [B, k]
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": held(kl(mean, log_var).sum(dim=1), step, hyperparameters),
    }


@objective("weighted")
def weighted(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Weigh the naive divergence by the m * n neurons that each average was taken over, thesis 5.2.4."""
    m, n = outputs.z.shape[2:]
    mean, log_var = (values.mean(dim=(2, 3)) for values in outputs.posterior)  # [B, k]
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": held(m * n * kl(mean, log_var).sum(dim=1), step, hyperparameters),
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
        "divergence": held(divergence.sum(dim=(1, 2)), step, hyperparameters),
    }


@objective("competitive")
def competitive(outputs: Outputs, step: int, *, hyperparameters: Hyperparameters) -> Terms:
    """Let one filter at most be active in a place, which thesis 5.4 wants; the penalty is ours.

    Beside the neuron-level divergence, each pair of filters in one place costs |mu_f| * |mu_g|, an exclusive
    lasso (Zhou, Jin & Hoi 2010), in the units of the divergence's mu^2 / 2 and zero where one filter wins.
    """
    magnitude = outputs.posterior.mean.abs()  # [B, k, m, n]
    pairs = (magnitude.sum(dim=1).square() - magnitude.square().sum(dim=1)) / 2  # sum over f < g, [B, m, n]
    divergence = kl(*outputs.posterior).sum(dim=(1, 2, 3))  # [B]
    weight = beta(step, hyperparameters) * hyperparameters.competition
    return {
        "reconstruction": distortion(outputs, hyperparameters),
        "divergence": held(divergence, step, hyperparameters),
        "competition": weight * pairs.sum(dim=(1, 2)).mean(),
    }
