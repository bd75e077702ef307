"""Objectives against numbers computed by hand, and properties that hold for every one that is registered."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from dsrl.errors import ConfigError
from dsrl.objectives import (
    BETA_SCHEDULES,
    OBJECTIVES,
    Hyperparameters,
    beta,
    distortion,
    kl,
    rate,
)
from dsrl.reconstructions import RECONSTRUCTIONS, contrast, mean_frame
from dsrl.vae import LOG_VAR_RANGE, Outputs, Posterior

LATE = 10**6  # a step at which beta has long reached its value
FROM_THE_START = {"warm_up": (0.0, 0.0)}


def outputs_of(mean: list, log_var: list, x: float = 0.0, logits: float = 0.0) -> Outputs:
    """Outputs of one frame of two pixels."""
    posterior = Posterior(torch.tensor([mean]), torch.tensor([log_var]))
    return Outputs(torch.full((1, 1, 1, 2), x), posterior, posterior.mean, torch.full((1, 1, 1, 2), logits))


# Two filters of two cells: filter 0 has means 2 and 0, filter 1 has means 1 and -1; all variances are 1.
BY_HAND = outputs_of([[[2.0, 0.0]], [[1.0, -1.0]]], [[[0.0, 0.0]], [[0.0, 0.0]]], x=3.0, logits=1.0)


@pytest.fixture
def random_outputs():
    torch.manual_seed(0)
    posterior = Posterior(torch.randn(3, 4, 5, 6), torch.randn(3, 4, 5, 6))
    return Outputs(torch.rand(3, 1, 8, 8), posterior, posterior.mean, torch.randn(3, 1, 8, 8))


@pytest.mark.parametrize(
    ("name", "divergence"),
    [
        ("neuron-level", 3.0),  # (4 + 0 + 1 + 1) / 2
        ("naive", 0.5),  # the means of the filters are 1 and 0: (1 + 0) / 2
        ("weighted", 1.0),  # two cells times the naive 0.5
        ("winner-takes-all", 3.0),  # cells (2, 1) and (0, -1): (4 + 1) / 2 + (0 + 1) / 2
        ("competitive", 3.0),
    ],
)
def test_the_divergence_is_the_one_computed_by_hand(name, divergence):
    hyperparameters = Hyperparameters(beta=0.5, reconstruction="squared", **FROM_THE_START)
    terms = OBJECTIVES[name](BY_HAND, LATE, hyperparameters=hyperparameters)
    assert terms["divergence"].item() == pytest.approx(0.5 * divergence)
    assert terms["reconstruction"].item() == pytest.approx(4.0)  # two pixels, (3 - 1)^2 / 2 each


def test_the_competition_is_the_sum_of_products_of_two_filters_in_one_place():
    hyperparameters = Hyperparameters(beta=0.5, competition=3.0, **FROM_THE_START)
    terms = OBJECTIVES["competitive"](BY_HAND, LATE, hyperparameters=hyperparameters)
    assert terms["competition"].item() == pytest.approx(0.5 * 3.0 * (2 * 1 + 0 * 1))


def test_one_winner_in_each_place_has_no_competition():
    outputs = outputs_of([[[2.0, 0.0]], [[0.0, -7.0]]], [[[0.3, 0.0]], [[0.0, 1.0]]])
    hyperparameters = Hyperparameters(**FROM_THE_START)
    assert OBJECTIVES["competitive"](outputs, LATE, hyperparameters=hyperparameters)["competition"] == 0


def test_the_variance_enters_the_naive_divergence_as_a_mean_of_logarithms():
    outputs = outputs_of([[[0.0, 0.0]]], [[[math.log(2.0), math.log(8.0)]]])
    terms = OBJECTIVES["naive"](outputs, LATE, hyperparameters=Hyperparameters(beta=1.0, **FROM_THE_START))
    assert terms["divergence"].item() == pytest.approx((4 - 1 - math.log(4.0)) / 2)


def test_eq_5_1_equals_the_neuron_level_sum(random_outputs):
    hyperparameters = Hyperparameters(beta=1.0)
    literal, neuron_level = (
        OBJECTIVES[name](random_outputs, LATE, hyperparameters=hyperparameters)["divergence"]
        for name in ("winner-takes-all", "neuron-level")
    )
    torch.testing.assert_close(literal, neuron_level)


def test_kl_agrees_with_torch_distributions(random_outputs):
    mean, log_var = random_outputs.posterior
    expected = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl(mean, log_var), expected)
    torch.testing.assert_close(rate(random_outputs), expected.sum(dim=(1, 2, 3)).mean())


@pytest.mark.parametrize("name", OBJECTIVES)
class TestEveryObjective:
    def test_returns_finite_scalars(self, name, random_outputs):
        terms = OBJECTIVES[name](random_outputs, LATE, hyperparameters=Hyperparameters())
        assert all(term.shape == () and torch.isfinite(term) for term in terms.values())

    @pytest.mark.parametrize("reconstruction", RECONSTRUCTIONS)
    def test_has_the_gradient_of_finite_differences(self, name, reconstruction):
        torch.manual_seed(0)
        x, logits, mean, log_var = (torch.randn(2, 2, 3, 2, dtype=torch.float64) for _ in range(4))
        hyperparameters = Hyperparameters(beta=0.7, reconstruction=reconstruction)

        def loss(logits, mean, log_var):
            outputs = Outputs(x.sigmoid(), Posterior(mean, log_var), mean, logits)
            return sum(OBJECTIVES[name](outputs, LATE, hyperparameters=hyperparameters).values())

        assert torch.autograd.gradcheck(loss, [values.requires_grad_() for values in (logits, mean, log_var)])
        (gradient,) = torch.autograd.grad(loss(logits, mean, log_var), logits)
        assert gradient.abs().min() > 0

    @pytest.mark.parametrize("schedule", BETA_SCHEDULES)
    def test_is_finite_at_the_ends_of_what_the_model_lets_through(self, name, schedule):
        for log_var in LOG_VAR_RANGE:
            for x, logits in ((0.0, -1e4), (1.0, 1e4), (0.0, 0.0)):
                outputs = outputs_of([[[1e4, -1e4]], [[0.0, 0.0]]], [[[log_var] * 2]] * 2, x, logits)
                for reconstruction in RECONSTRUCTIONS:
                    hyperparameters = Hyperparameters(reconstruction=reconstruction, beta_schedule=schedule)
                    terms = OBJECTIVES[name](outputs, LATE, hyperparameters=hyperparameters)
                    assert all(map(torch.isfinite, terms.values())), (log_var, x, logits, reconstruction)

    def test_is_per_frame_whatever_the_batch(self, name, random_outputs):
        twice = Outputs(*(_repeat(part) for part in random_outputs))
        once, again = (
            OBJECTIVES[name](outputs, LATE, hyperparameters=Hyperparameters())
            for outputs in (random_outputs, twice)
        )
        torch.testing.assert_close(once, again)

    def test_only_reconstructs_before_the_warm_up(self, name, random_outputs):
        hyperparameters = Hyperparameters(steps=100)
        terms = OBJECTIVES[name](random_outputs, 29, hyperparameters=hyperparameters)
        assert sum(terms.values()) == distortion(random_outputs, hyperparameters)

    def test_says_where_it_is_from(self, name):
        assert any(source in OBJECTIVES[name].equation.__doc__ for source in ("thesis", "20"))


def _repeat(part):
    return Posterior(*map(_repeat, part)) if isinstance(part, Posterior) else torch.cat([part, part])


def test_beta_waits_then_ramps_then_stays():
    hyperparameters = Hyperparameters(beta=0.04, steps=3000)
    values = [beta(step, hyperparameters) for step in (0, 900, 1350, 1800, 2999)]
    assert values == pytest.approx([0, 0, 0.02, 0.04, 0.04])
    assert beta(0, Hyperparameters(beta=4.0, **FROM_THE_START)) == 4.0
    never = Hyperparameters(beta=4.0, steps=10, warm_up=(1.0, 1.0))
    assert [beta(step, never) for step in (0, 9)] == [0.0, 0.0]


def test_a_constant_beta_does_not_wait():
    hyperparameters = Hyperparameters(beta=4.0, beta_schedule="constant")
    assert [beta(step, hyperparameters) for step in (0, 2999)] == [4.0, 4.0]


@pytest.mark.parametrize(("step", "capacity"), [(0, 0.0), (45, 5.0), (99, 10.0)])
def test_a_capacity_is_what_the_divergence_is_drawn_to(step, capacity):
    hyperparameters = Hyperparameters(beta=2.0, steps=100, beta_schedule="capacity", capacity=10.0)
    terms = OBJECTIVES["neuron-level"](BY_HAND, step, hyperparameters=hyperparameters)
    assert terms["divergence"].item() == pytest.approx(2.0 * abs(3.0 - capacity))


def test_an_autoencoder_is_held_to_nothing():
    hyperparameters = Hyperparameters(beta=9.0, reconstruction="squared", beta_schedule="constant")
    terms = OBJECTIVES["deterministic"](BY_HAND, LATE, hyperparameters=hyperparameters)
    assert {name: term.item() for name, term in terms.items()} == {"reconstruction": 4.0}
    assert [name for name, each in OBJECTIVES.items() if not each.variational] == ["deterministic"]


def test_a_misspelt_hyperparameter_is_no_hyperparameter():
    with pytest.raises(TypeError, match="betta"):
        Hyperparameters(betta=1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"beta": -1.0},
        {"beta": float("nan")},
        {"competition": -0.1},
        {"reconstruction": "l1"},
        {"steps": 0},
        {"warm_up": (0.6, 0.3)},
        {"beta_schedule": "wram-up"},
        {"capacity": -1.0},
        {"regulariser": "ortho"},
        {"regularisation": float("inf")},
    ],
)
def test_a_wrong_hyperparameter_is_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ConfigError, match=name) as error:
        Hyperparameters(**wrong)
    assert str(value) in str(error.value)


def test_reconstructions_are_those_computed_by_hand():
    x, logits = torch.tensor([[[[1.0, 0.0]]]]), torch.tensor([[[[0.0, 2.0]]]])
    values = {name: term.distortion(x, logits).item() for name, term in RECONSTRUCTIONS.items()}
    assert values == pytest.approx(
        {
            "contrast": 2.5,  # (1 + 4) / 2
            "squared": 2.5,
            "calibrated": math.log(2.5),  # D / 2 = 1, MSE = 5 / 2
            "bce": math.log(2.0) + math.log(1 + math.exp(2.0)),
        }
    )


def test_the_contrast_is_that_of_the_object_however_small():
    frames = torch.full((1000, 1, 9, 9), 50, dtype=torch.uint8)
    frames[7, 0, 3, 4] = 150
    mean = mean_frame(frames)
    assert mean[0, 3, 4].item() == pytest.approx(50.1)
    assert contrast(frames, mean).item() == pytest.approx(100, rel=2e-3)


@pytest.mark.parametrize("name", RECONSTRUCTIONS)
def test_the_first_background_is_the_mean_frame(name):
    frames = torch.randint(20, 200, (40, 1, 6, 6), generator=torch.Generator().manual_seed(1)).byte()
    mean, scale, background = RECONSTRUCTIONS[name].standardise(frames)
    drawn = RECONSTRUCTIONS[name].link(background) * scale + mean
    torch.testing.assert_close(drawn, frames.float().mean(dim=0), rtol=1e-4, atol=1e-2)
