"""Penalties on weights, against numbers computed by hand, and beside every objective."""

import math

import pytest
import torch

from dsrl.errors import ConfigError
from dsrl.loop import Loss
from dsrl.objectives import OBJECTIVES, Hyperparameters
from dsrl.preprocessing import Box, Preprocessing
from dsrl.regularisers import LOCALITY, REGULARISERS, alikeness, filter_banks
from dsrl.vae import VAE

PREPROCESSING = Preprocessing(Box(34, 0, 160, 160))
X = torch.randint(0, 256, (2, 1, 84, 84), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def cost(cosine: float) -> float:
    """One ordered pair of Eq. 7, written out."""
    return math.log(1 + math.exp(10 * (cosine - 1)))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([[1.0, 0.0]], 0.0),  # no pair
        ([[1.0, 0.0], [0.0, 2.0]], 2 * cost(0)),
        ([[1.0, 0.0], [-3.0, 0.0]], 2 * cost(-1)),
        ([[1.0, 0.0], [7.0, 0.0], [1.0, 1.0]], 2 * cost(1) + 4 * cost(math.sqrt(0.5))),
    ],
)
def test_orthoreg_is_eq_7(filters, expected):
    assert LOCALITY == 10
    assert alikeness(torch.tensor(filters)).item() == pytest.approx(expected, abs=1e-6)


def test_orthoreg_has_the_gradient_of_finite_differences():
    filters = torch.randn(4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(alikeness, filters.requires_grad_())


def test_filters_are_those_that_leave_a_convolution_and_of_the_heads_the_means():
    banks = [tuple(bank.shape) for bank in filter_banks(VAE(PREPROCESSING, "thesis"))]
    assert banks == [(32, 36), (64, 32 * 36), (8, 64 * 36), (64, 8 * 36), (32, 64 * 36), (1, 32 * 36)]


def test_a_network_without_convolutions_has_nothing_to_keep_orthogonal():
    with pytest.raises(ConfigError, match="'dense' has no convolution"):
        REGULARISERS["orthogonal"](VAE(PREPROCESSING, "dense"))


@pytest.mark.parametrize("name", REGULARISERS)
class TestEveryRegulariser:
    @pytest.mark.parametrize("objective", OBJECTIVES)
    def test_stands_beside_every_objective(self, name, objective):
        vae = VAE(PREPROCESSING, variational=OBJECTIVES[objective].variational)
        with_it = Hyperparameters(regulariser=name, regularisation=0.5)
        _, told = Loss(vae, objective, with_it)(X, 0, tell=True)
        _, without = Loss(vae, objective, Hyperparameters())(X, 0, tell=True)
        assert told["regularisation"].item() == pytest.approx(0.5 * REGULARISERS[name](vae).item())
        assert "regularisation" not in without
        assert told["loss"] == torch.stack([told[term] for term in told if term in TERMS]).sum()

    @pytest.mark.parametrize("network", ["thesis", "shallow", "fine", "deep"])
    def test_has_a_finite_gradient_from_the_first_step(self, name, network):
        vae = VAE(PREPROCESSING, network)
        penalty = REGULARISERS[name](vae)
        assert torch.isfinite(penalty)
        for parameter in (p for p in vae.parameters() if penalty.requires_grad and p.requires_grad):
            (gradient,) = torch.autograd.grad(penalty, parameter, retain_graph=True, allow_unused=True)
            assert gradient is None or gradient.abs().max() < 1e3


TERMS = {"reconstruction", "divergence", "competition", "regularisation"}


def test_descending_orthoreg_turns_filters_away_from_each_other():
    filters = torch.tensor([[1.0, 0.1], [1.0, -0.1]], requires_grad=True)
    adam = torch.optim.Adam([filters], lr=0.05)
    before = alikeness(filters).item()
    for _ in range(60):
        adam.zero_grad()
        alikeness(filters).backward()
        adam.step()
    assert alikeness(filters).item() < before / 100
