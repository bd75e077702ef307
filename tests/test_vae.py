"""The VAE, its networks and its folder of weights."""

import json

import numpy as np
import pytest
import torch

from dsrl import weights
from dsrl.errors import ConfigError, EncoderError
from dsrl.files import sha256
from dsrl.preprocessing import Box, Preprocessing
from dsrl.vae import LOG_VAR_RANGE, VAE, Posterior

PLAYFIELD = Box(34, 0, 160, 160)


@pytest.fixture
def vae() -> VAE:
    torch.manual_seed(0)
    vae = VAE(Preprocessing(PLAYFIELD), config={"training": {"game": "Pong", "command": "dsrl pretrain"}})
    vae.mean_frame.fill_(80)
    vae.contrast.fill_(40)
    return vae


@pytest.fixture
def saved(vae, tmp_path):
    vae.save_pretrained(tmp_path / "Pong")
    return tmp_path / "Pong"


def test_the_default_encoder_is_small():
    vae = VAE(Preprocessing(PLAYFIELD))
    assert sum(weight.numel() for weight in vae.encoder.parameters()) == 2864


def test_a_single_latent_filter_is_a_matter_of_one_number():
    assert VAE(Preprocessing(PLAYFIELD), "thesis", filters=1).latent_shape == (1, 8, 8)
    with pytest.raises(ConfigError, match="filters is 0"):
        VAE(Preprocessing(PLAYFIELD), filters=0)


def test_a_size_that_the_network_cannot_draw_is_refused():
    with pytest.raises(ConfigError, match="another size or network"):
        VAE(Preprocessing(PLAYFIELD, size=(85, 84)))


def test_frames_are_standardised_by_mean_and_contrast(vae):
    x = np.full((84, 84), 120, dtype=np.uint8)
    assert vae.standardise(x).unique().tolist() == [1.0]


def test_one_frame_a_batch_and_a_batch_with_channels_encode_alike(vae):
    x = np.random.default_rng(0).integers(0, 256, (84, 84), dtype=np.uint8)
    one = vae.encode(x).mean
    for same in (x[None], x[None, None], torch.from_numpy(x)):
        torch.testing.assert_close(vae.encode(same).mean, one)


def test_colour_last_and_colour_first_encode_alike():
    vae = VAE(Preprocessing(PLAYFIELD, colour="rgb"))
    x = np.random.default_rng(0).integers(0, 256, (84, 84, 3), dtype=np.uint8)
    torch.testing.assert_close(vae.encode(x).mean, vae.encode(x.transpose(2, 0, 1)[None]).mean)


def test_each_frame_of_a_batch_has_its_own_noise(vae):
    posterior = Posterior(torch.zeros(2, *vae.latent_shape), torch.zeros(2, *vae.latent_shape))
    first, second = vae.sample(posterior)
    assert not torch.equal(first, second)


def test_samples_have_the_standard_deviation_of_the_posterior(vae):
    torch.manual_seed(0)
    posterior = Posterior(torch.full((1, 8, 42, 42), 5.0), torch.full((1, 8, 42, 42), np.log(9.0)))
    sample = vae.sample(posterior)
    assert sample.mean().item() == pytest.approx(5.0, abs=0.1)
    assert sample.std().item() == pytest.approx(3.0, abs=0.1)


def test_a_clamped_log_variance_still_has_a_gradient(vae):
    heads = vae.encoder[-1]
    torch.nn.init.constant_(heads.bias, -50.0)
    log_var = vae.encode(np.zeros((84, 84), dtype=np.uint8)).log_var
    assert log_var.unique().tolist() == [LOG_VAR_RANGE[0]]
    log_var.sum().backward()
    assert heads.bias.grad[8:].abs().min() > 0


def test_what_is_saved_is_loaded(vae, saved):
    loaded = VAE.from_pretrained(saved)
    torch.testing.assert_close(loaded.state_dict(), vae.state_dict(), rtol=0, atol=0)
    assert loaded.preprocessing == vae.preprocessing
    assert loaded.config["training"] == vae.config["training"]
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())


def test_the_folder_has_the_hugging_face_layout(saved):
    assert {entry.name for entry in saved.iterdir()} == {"model.safetensors", "config.json", "README.md"}
    card = (saved / "README.md").read_text()
    assert card.startswith("---\n")
    assert "dsrl pretrain" in card
    assert [entry.name for entry in saved.parent.iterdir()] == ["Pong"]


def test_saving_again_keeps_what_was_calibrated_for_the_same_weights_only(vae, saved):
    calibrated = [saved / "kinds.json", saved / "background.png"]
    for file in calibrated:
        file.write_text("{}")
    vae.save_pretrained(saved)
    assert all(file.exists() for file in calibrated)
    vae.background.data.fill_(1.0)
    vae.save_pretrained(saved)
    assert not any(file.exists() for file in calibrated)
    assert VAE.from_pretrained(saved).background.unique().tolist() == [1.0]


def test_a_folder_of_something_else_is_never_written_to(vae, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(EncoderError, match="something else"):
        vae.save_pretrained(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_weights_that_are_not_finite_are_not_saved(vae, saved):
    before = (saved / "model.safetensors").read_bytes()
    vae.background.data.fill_(float("nan"))
    with pytest.raises(EncoderError, match="background"):
        vae.save_pretrained(saved)
    assert (saved / "model.safetensors").read_bytes() == before


def test_a_failure_half_way_leaves_the_old_weights(vae, saved, monkeypatch):
    before = (saved / "model.safetensors").read_bytes()
    vae.background.data.fill_(1.0)

    def fail(config):
        raise OSError("disk full")

    monkeypatch.setattr(weights, "card", fail)
    with pytest.raises(OSError, match="disk full"):
        vae.save_pretrained(saved)
    assert (saved / "model.safetensors").read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == ["Pong"]


def test_a_flipped_bit_is_found(saved):
    model = saved / "model.safetensors"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(bytes(content))
    with pytest.raises(EncoderError, match=r"model\.safetensors is damaged"):
        VAE.from_pretrained(saved)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_a_missing_file_is_named(saved, file):
    (saved / file).unlink()
    with pytest.raises(EncoderError, match=file):
        VAE.from_pretrained(saved)


def change(saved, **values):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | values))


@pytest.mark.parametrize(
    "values",
    [
        {"format": "other"},
        {"network": "thesis"},
        {"network": "none"},
        {"latent": []},
        {"latent": [4, 42, 42]},
        {"preprocessing": {}},
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(saved, values):
    change(saved, **values)
    with pytest.raises(EncoderError, match="Pong"):
        VAE.from_pretrained(saved)


def test_what_is_not_safetensors_is_refused_without_being_run(saved):
    (saved / "model.safetensors").write_bytes(b"import os")
    change(saved, sha256=sha256(b"import os"))
    with pytest.raises(EncoderError, match="not a safetensors file"):
        VAE.from_pretrained(saved)


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(EncoderError, match="Pongg is neither a folder nor a shipped encoder"):
        VAE.from_pretrained("Pongg")


@pytest.mark.parametrize("name", weights.shipped())
def test_every_shipped_encoder_loads_and_is_small(name):
    vae = VAE.from_pretrained(name)
    assert vae.latent_shape[1] >= 21
    assert (weights.locate(name) / "model.safetensors").stat().st_size < 2**20
