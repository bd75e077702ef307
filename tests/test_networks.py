"""Networks as data: every one that is registered, deterministic or not, normalised or not."""

import pytest
import torch
from torch import nn

from dsrl.errors import ConfigError
from dsrl.layers import BatchNorm, Conv, Linear, Pool, Relu, Transposed, Upsample
from dsrl.networks import BATCH_NORM, NETWORKS, build, normalised
from dsrl.preprocessing import Box, Preprocessing
from dsrl.vae import VAE

SIZES = {"table-3.1": (28, 28), "table-3.2": (28, 28)}
"""The size of the frames that a network is for, if not 84 x 84."""


def seen(size=(84, 84), colour="grey") -> Preprocessing:
    return Preprocessing(Box(0, 0, 160, 160), size, colour)


def modules(vae: VAE, kind: type) -> list[nn.Module]:
    return [module for module in vae.modules() if isinstance(module, kind)]


@pytest.mark.parametrize("name", NETWORKS)
class TestEveryNetwork:
    @pytest.mark.parametrize("variational", [True, False])
    @pytest.mark.parametrize("colour", ["grey", "rgb"])
    def test_encodes_and_draws_frames_of_either_colour(self, name, colour, variational):
        preprocessing = seen(SIZES.get(name, (84, 84)), colour)
        vae = VAE(preprocessing, name, variational=variational)
        frames = (2, preprocessing.channels, *preprocessing.size)
        outputs = vae(torch.zeros(frames, dtype=torch.uint8))
        shapes = {tuple(part.shape) for part in (*outputs.posterior, outputs.z)}
        assert shapes == {(2, *vae.latent_shape)}
        assert outputs.logits.shape == outputs.x.shape == frames
        assert vae.latent_shape[0] == NETWORKS[name].latent[0].channels

    @pytest.mark.parametrize("where", BATCH_NORM)
    def test_is_normalised_on_the_sides_that_are_asked_for(self, name, where):
        vae = VAE(seen(SIZES.get(name, (84, 84))), name, batch_norm=where)
        for part, side, layers in (
            (vae.encoder, "before", NETWORKS[name].encoder),
            (vae.decoder, "after", NETWORKS[name].decoder),
        ):
            rectifiers = sum(isinstance(layer, Relu) for layer in layers)
            normalisations = sum(isinstance(module, nn.BatchNorm2d) for module in part)
            assert normalisations == (rectifiers if where in (side, "both") else 0)

    def test_leaves_the_code_as_it_is_when_it_draws(self, name):
        vae = VAE(seen(SIZES.get(name, (84, 84))), name)
        code = torch.randn(1, *vae.latent_shape)
        before = code.clone()
        vae.decode(code)
        torch.testing.assert_close(code, before, rtol=0, atol=0)

    def test_has_any_number_of_filters(self, name):
        assert VAE(seen(SIZES.get(name, (84, 84))), name, filters=3).latent_shape[0] == 3


def test_the_dense_autoencoder_is_that_of_table_3_1():
    vae = VAE(seen((28, 28)), "table-3.1", variational=False)
    assert [tuple(layer.weight.shape) for layer in modules(vae, nn.Linear)] == [(32, 784), (784, 32)]
    assert sum(p.numel() for p in vae.parameters() if p.requires_grad) == 784 * 32 + 32 + 32 * 784 + 784
    x = torch.rand(3, 1, 28, 28)
    first, second = modules(vae, nn.Linear)
    by_hand = second(torch.relu(first(x.flatten(1)))).reshape(x.shape)
    torch.testing.assert_close(vae.decode(vae.posterior(x).mean), by_hand)


def test_the_convolutional_autoencoder_is_that_of_table_3_2():
    vae = VAE(seen((28, 28)), "table-3.2", variational=False)
    first, second = modules(vae, nn.Conv2d)
    third, fourth = modules(vae, nn.ConvTranspose2d)
    assert [layer.out_channels for layer in (first, second, third, fourth)] == [32, 4, 32, 1]
    assert vae.latent_shape == (4, 7, 7)
    x = torch.rand(3, 1, 28, 28)
    pool, up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)
    code = pool(torch.relu(second(pool(torch.relu(first(x))))))  # the rectifier before the pooling, as stated
    by_hand = fourth(up(torch.relu(third(up(code)))))
    torch.testing.assert_close(vae.decode(vae.posterior(x).mean), by_hand)


def test_a_deterministic_code_is_the_mean_and_its_divergence_half_its_square():
    vae = VAE(seen(), variational=False)
    outputs = vae(torch.randint(0, 256, (2, 1, 84, 84), dtype=torch.uint8))
    torch.testing.assert_close(outputs.z, outputs.posterior.mean, rtol=0, atol=0)
    assert outputs.posterior.log_var.unique().tolist() == [0.0]
    assert not any(layer.out_channels == 16 for layer in vae.encoder[-1:])  # no head for a log-variance


def test_a_network_without_background_keeps_it_at_zero():
    assert not VAE(seen((28, 28)), "table-3.1").background.requires_grad
    assert VAE(seen((28, 28)), "dense").background.requires_grad


def test_layers_know_the_shape_that_they_are_given():
    layers = [Conv(4, 3, padding=1), BatchNorm(), Relu(), Pool(2), Linear(6), Linear(2, 5, 5), Upsample(2)]
    network, outputs = build([*layers, Transposed(3, 3)], inputs=(1, 8, 8))
    assert outputs == tuple(network(torch.zeros(2, 1, 8, 8)).shape[1:]) == (3, 12, 12)
    assert network[1].running_mean.abs().max() > 0  # that was a training step; the dry run was none
    assert build(layers, inputs=(1, 8, 8))[0][1].num_batches_tracked == 0


def test_a_layer_that_does_not_fit_is_named():
    with pytest.raises(ConfigError, match=r"Conv\(channels=4, kernel=9.* does not fit maps of \(1, 8, 8\)"):
        build([Conv(4, 9)], inputs=(1, 8, 8))


def test_nothing_is_normalised_unless_asked_for():
    assert normalised(NETWORKS["thesis"], "none") == NETWORKS["thesis"]
    with pytest.raises(ConfigError, match="unknown batch_norm 'afterwards'"):
        VAE(seen(), batch_norm="afterwards")


@pytest.mark.parametrize(("batch_norm", "variational"), [("both", True), ("before", False)])
def test_a_saved_model_is_loaded_as_it_was(tmp_path, batch_norm, variational):
    vae = VAE(seen(), "shallow", filters=2, batch_norm=batch_norm, variational=variational)
    vae(torch.randint(0, 256, (4, 1, 84, 84), dtype=torch.uint8))  # batch statistics to keep
    vae.save_pretrained(tmp_path / "model")
    loaded = VAE.from_pretrained(tmp_path / "model")
    assert (loaded.batch_norm, loaded.variational) == (batch_norm, variational)
    torch.testing.assert_close(loaded.state_dict(), vae.state_dict(), rtol=0, atol=0)
