"""Trainings that are killed go on as if they had not been; what is not finite stops them in time."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dsrl import checkpoints
from dsrl.errors import ConfigError, EncoderError
from dsrl.frames import Frames
from dsrl.objectives import OBJECTIVES, Hyperparameters
from dsrl.preprocessing import Box, Preprocessing
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.scripts.pretrain import Pretrain, main
from dsrl.training import Training, fit
from dsrl.vae import VAE

EVERYTHING = Pretrain(
    data=Path("digits"),
    run=Path("run"),
    network="thesis",
    batch_norm="both",
    objective="competitive",
    hyperparameters=Hyperparameters(beta=0.5, steps=150, warm_up=(0.1, 0.2), regulariser="orthogonal"),
    training=Training(
        batch=4, validate_every=30, schedule="plateau", patience=100, accelerator="cpu", progress_bar=False
    ),
)
"""A training with all the state that one can have: noise, moments, batch statistics, plateau, patience."""


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def kill_once_there_is(checkpoint: Path, config: Pretrain, folder: Path) -> None:
    """Run the command in `folder` and let nothing catch the signal that ends it."""
    flags = config.command.split()[1:]
    code = "import sys; from dsrl.scripts.main import main; sys.argv[0] = 'dsrl'; main()"
    with subprocess.Popen([sys.executable, "-c", code, *flags], cwd=folder) as process:
        while not checkpoint.is_file():
            assert process.poll() is None, "the training ended before it could be killed"
            time.sleep(0.001)
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_a_training_that_was_killed_ends_with_the_same_weights_to_the_byte(
    tmp_path, monkeypatch, write_digits
):
    for name in ("whole", "killed"):
        write_digits(tmp_path / name / "digits")
    monkeypatch.chdir(tmp_path / "whole")
    main(EVERYTHING)
    last = tmp_path / "killed" / "run" / "checkpoints" / "last.ckpt"
    kill_once_there_is(last, EVERYTHING, tmp_path / "killed")
    assert 30 <= checkpoints.load(last)["step"] < 150
    monkeypatch.chdir(tmp_path / "killed")
    main(replace(EVERYTHING, resume=True))
    whole, resumed = (
        (tmp_path / name / "run" / "encoder" / "model.safetensors").read_bytes()
        for name in ("whole", "killed")
    )
    assert resumed == whole


SMALL = Preprocessing(Box(0, 0, 28, 28), (28, 28), "grey")
QUICK = Training(batch=4, validate_every=2, accelerator="cpu", progress_bar=False)


def small_vae(objective: str = "neuron-level") -> VAE:
    torch.manual_seed(0)
    return VAE(SMALL, "thesis", variational=OBJECTIVES[objective].variational)


@pytest.mark.parametrize("reconstruction", RECONSTRUCTIONS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_black_and_white_frames_and_extreme_log_variances_give_finite_losses(
    objective, reconstruction, tmp_path
):
    for level in (0, 255):
        still = torch.full((8, 1, 28, 28), level, dtype=torch.uint8)
        vae = small_vae(objective)
        torch.nn.init.constant_(vae.encoder[-1].bias, 1e6 if level else -1e6)
        hyperparameters = Hyperparameters(steps=2, reconstruction=reconstruction, beta_schedule="constant")
        run = tmp_path / str(level)
        metrics = fit(vae, Frames(still, still), objective, hyperparameters, QUICK, run)
        assert np.isfinite(list(metrics.values())).all()


def test_frames_that_are_not_finite_stop_the_training_and_the_last_good_checkpoint_stays(tmp_path):
    frames = torch.rand(40, 1, 28, 28) * 255
    training = replace(QUICK, batch=8)
    fit(small_vae(), Frames(frames, frames), "neuron-level", Hyperparameters(steps=4), training, tmp_path)
    last = tmp_path / "checkpoints" / "last.ckpt"
    state = checkpoints.load(last)
    state["terms"]["steps"] = 8  # as if it had been stopped half-way
    checkpoints.save(last, state)
    good = last.read_bytes()
    frames = frames.clone()
    frames[:, 0, 3, 3] = torch.nan
    with pytest.raises(EncoderError, match=r"loss is nan at step \d+.* last checkpoint, .*is from before"):
        fit(
            small_vae(),
            Frames(frames, frames),
            "neuron-level",
            Hyperparameters(steps=8),
            training,
            tmp_path,
            resume=True,
        )
    assert last.read_bytes() == good


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"import os"])
def test_a_damaged_checkpoint_is_named_and_runs_no_code(tmp_path, content):
    (tmp_path / "last.ckpt").write_bytes(content)
    with pytest.raises(EncoderError, match=r"last\.ckpt is damaged"):
        checkpoints.load(tmp_path / "last.ckpt")


@pytest.mark.parametrize(
    ("hyperparameters", "training", "told"),
    [
        (Hyperparameters(steps=2, beta=0.5), QUICK, "beta=0.04, not 0.5"),
        (Hyperparameters(steps=4), QUICK, "steps=2, not 4"),
        (Hyperparameters(steps=2), replace(QUICK, batch=8), "batch=4, not 8"),
        (Hyperparameters(steps=2), replace(QUICK, seed=1), "seed=0, not 1"),
    ],
)
def test_a_training_goes_on_only_on_its_own_terms(tmp_path, hyperparameters, training, told):
    frames = torch.randint(0, 255, (8, 1, 28, 28), dtype=torch.uint8)
    frames = Frames(frames, frames)
    fit(small_vae(), frames, "neuron-level", Hyperparameters(steps=2), QUICK, tmp_path)
    with pytest.raises(ConfigError, match=f"last.ckpt was made with {told}: give the same"):
        fit(small_vae(), frames, "neuron-level", hyperparameters, training, tmp_path, resume=True)
