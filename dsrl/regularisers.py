"""Penalties on the weights of a VAE, to stand beside any objective; a new one is one function."""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus

from dsrl.errors import ConfigError
from dsrl.vae import VAE

REGULARISERS: dict[str, Callable[[VAE], Tensor]] = {}

LOCALITY = 10.0
"""The lambda of Rodriguez et al. 2016: filters at right angles or beyond cost nothing that matters."""


def regulariser(name: str) -> Callable[[Callable[[VAE], Tensor]], Callable[[VAE], Tensor]]:
    """Register the decorated function as the regulariser of that name."""

    def register(function: Callable[[VAE], Tensor]) -> Callable[[VAE], Tensor]:
        REGULARISERS[name] = function
        return function

    return register


@regulariser("orthogonal")
def orthogonal(vae: VAE) -> Float[Tensor, ""]:
    """Keep the filters of each convolution apart: OrthoReg (Rodriguez et al. 2016, Eq. 7; thesis 5.5).

    Of the latent heads it is the filters of the mean: those of the log-variance begin at zero.

    Raises:
        ConfigError: the network has no convolution.
    """
    banks = list(filter_banks(vae))
    if not banks:
        raise ConfigError(
            f"network {vae.network!r} has no convolution whose filters can be orthogonal: choose another"
        )
    return torch.stack(list(map(alikeness, banks))).sum()


def alikeness(filters: Float[Tensor, "n size"], locality: float = LOCALITY) -> Float[Tensor, ""]:
    """Return the sum over ordered pairs, i != j, of log(1 + exp(locality * (cos(w_i, w_j) - 1))).

    >>> float(alikeness(torch.tensor([[1.0, 0.0], [5.0, 0.0]])))  # 2 log 2
    1.386...
    """
    directions = normalize(filters, dim=1)
    cosines = directions @ directions.T
    return softplus(locality * (cosines - 1)).sum() - softplus(locality * (cosines.diagonal() - 1)).sum()


def filter_banks(vae: VAE) -> Iterator[Float[Tensor, "n size"]]:
    """Yield the filters of each convolution, a row each."""
    heads = vae.encoder[vae.heads]
    for module in (*vae.encoder, *vae.decoder):
        if isinstance(module, nn.ConvTranspose2d):
            yield module.weight.transpose(0, 1).flatten(1)
        elif isinstance(module, nn.Conv2d):
            yield module.weight[: vae.latent_shape[0] if module is heads else None].flatten(1)
