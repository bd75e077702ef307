"""`dsrl pretrain` as a user runs it."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dsrl.errors import ConfigError
from dsrl.objectives import Hyperparameters
from dsrl.perception import Perception
from dsrl.scripts.collect import Collect, collect
from dsrl.scripts.command import run
from dsrl.scripts.pretrain import Pretrain, main, run_folder
from dsrl.shards import Shards
from dsrl.training import Training
from dsrl.vae import VAE
from dsrl.weights import LAYOUT


def pretrain(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dsrl.scripts.pretrain", *flags]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_a_tiny_budget_leaves_weights_and_a_second_run_does_not_overwrite_them(tmp_path):
    torch.set_num_threads(1)
    collect(Collect("Pong", out=tmp_path / "frames", frames=48, num_envs=4))
    budget = "--steps 12 --batch 4 --validate-every 6 --watch 20 --learning-rate 0.01 --warm-up 1 1"
    flags = ["--data", "frames", "--run", "run", *budget.split()]
    done = pretrain(tmp_path, *flags, "--objective", "competitive", "--accelerator", "cpu")
    assert done.returncode == 0, done.stderr
    assert "The weights are in run/encoder" in done.stdout
    vae = VAE.from_pretrained(tmp_path / "run" / "encoder")
    assert vae.config["objective"]["name"] == "competitive"
    assert vae.config["objective"]["normalised_beta"] == pytest.approx(0.04 * 8 * 42 * 42 / 84**2)
    assert vae.config["training"]["command"].startswith("dsrl pretrain --data frames --run run")
    assert len(Perception.from_pretrained(tmp_path / "run" / "encoder").kinds) >= 1
    card = (tmp_path / "run" / "encoder" / "README.md").read_text()
    assert "dsrl collect" in card
    assert "](overlay.png)" in card
    assert {path.name for path in (tmp_path / "run" / "encoder").iterdir()} == LAYOUT

    again = pretrain(tmp_path, *flags)
    assert again.returncode == 2
    assert "run already holds a training" in again.stderr


def test_in_a_second_round_an_agent_plays_for_frames_and_a_run_that_stopped_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    collect(Collect("Pong", out=tmp_path / "frames", frames=48, num_envs=4))
    config = Pretrain(
        data=tmp_path / "frames",
        run=tmp_path / "run",
        frames=40,
        watch=20,
        rounds=2,
        agent_steps=60,
        hyperparameters=Hyperparameters(steps=12, warm_up=(1, 1)),
        training=Training(batch=4, validate_every=6, accelerator="cpu", learning_rate=0.01),
    )
    made = VAE.from_pretrained(main(config)).config["training"]["data"]
    assert made["frames"] == 88
    assert made["command"].count("dsrl collect") == 2
    assert "--policy run/round-1/agent.safetensors" in made["command"].replace(f"{tmp_path}/", "")
    played = Shards(tmp_path / "run" / "round-1" / "frames")
    assert (len(played), played.source.policy.startswith(str(tmp_path / "run" / "round-1"))) == (40, True)
    with pytest.raises(ConfigError, match="already holds a training"):
        main(config)
    shutil.rmtree(tmp_path / "run" / "checkpoints")  # as if the second training had not begun
    weights = (tmp_path / "run" / "encoder" / "model.safetensors").read_bytes()
    main(replace(config, resume=True))
    assert (tmp_path / "run" / "encoder" / "model.safetensors").read_bytes() == weights


def test_rounds_of_images_that_nobody_plays_are_refused(tmp_path, write_digits):
    write_digits(tmp_path / "digits")
    with pytest.raises(ConfigError, match="nobody can play MNIST"):
        main(Pretrain(data=tmp_path / "digits", run=tmp_path / "run", rounds=2))


def test_a_negative_beta_is_one_clear_line(tmp_path):
    done = pretrain(tmp_path, "--game", "Pong", "--beta", "-1")
    assert done.returncode == 2
    assert done.stderr.startswith("dsrl: beta is -1.0")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_weights_cannot_go_to_is_refused_before_anything_is_collected(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.pdf").touch()
    done = pretrain(tmp_path, "--game", "Pong", "--out", "full")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("dsrl: full holds something else than weights")
    assert [entry.name for entry in tmp_path.iterdir()] == ["full"]


def test_the_command_on_the_card_asks_for_the_same_again():
    config = Pretrain(
        game="Pong",
        data=Path("my frames"),
        hyperparameters=Hyperparameters(beta=1.0, warm_up=(0.0, 0.5)),
        training=Training(seed=3, progress_bar=False),
    )
    assert config.command == (
        "dsrl pretrain --game Pong --data 'my frames' --beta 1.0 --warm-up 0.0 0.5 --seed 3 --no-progress-bar"
    )


def test_an_autoencoder_of_digits_is_a_matter_of_flags(tmp_path, monkeypatch, write_digits):
    monkeypatch.chdir(tmp_path)
    write_digits(tmp_path / "digits")
    flags = (
        "--data digits --network table-3.1 --objective deterministic --reconstruction bce --batch 1 --steps 4"
    )
    run(Pretrain, main, [*flags.split(), "--accelerator", "cpu", "--no-progress-bar"])
    folder = tmp_path / "runs" / "pretrain-MNIST-seed-0" / "encoder"
    vae = VAE.from_pretrained(folder)
    assert (vae.variational, vae.latent_shape, vae.frame_shape) == (False, (32, 1, 1), (1, 28, 28))
    assert "# MNIST: an autoencoder" in (folder / "README.md").read_text()
    assert not (folder / "kinds.json").exists()


def test_data_that_are_missing_are_asked_for_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(Pretrain, main, ["--data", str(tmp_path / "mnist")])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "holds no data to train on" in told
    assert not list(tmp_path.iterdir())


def test_there_must_be_a_game_or_data():
    with pytest.raises(ConfigError, match="neither game nor data"):
        Pretrain()


def test_the_run_is_named_after_game_and_seed():
    config = Pretrain(game="Pong", training=Training(seed=7))
    assert run_folder(config, "Pong") == Path("runs/pretrain-Pong-seed-7")
