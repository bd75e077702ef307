"""`dsrl examine` as a user runs it."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from dsrl.errors import ConfigError
from dsrl.figures import FIGURES
from dsrl.scripts.collect import Collect, collect
from dsrl.scripts.examine import Examine


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Frames of Pong, and labels of a few of them."""
    torch.set_num_threads(1)
    made = tmp_path_factory.mktemp("examine")
    shards = collect(Collect("Pong", out=made / "frames", frames=48, num_envs=4))
    frames = next(shards.split("all")).frames[:40]
    objects = json.dumps([[["Enemy", 16, 100, 4, 16]]] * 40)
    np.savez(made / "labelled.npz", frames=np.stack([frames, frames], axis=1), objects=objects)
    return made


def examine(folder, *flags):
    command = [sys.executable, "-m", "dsrl.scripts.examine", "--data", "frames", *flags]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_all_figures_and_measures_of_a_shipped_encoder_are_written(folder):
    done = examine(folder, "--encoder", "Pong", "--labelled", "labelled.npz", "--all-frames")
    assert done.returncode == 0, done.stderr
    out = folder / "runs" / "examine-Pong"
    assert {path.stem for path in out.glob("*.png")} == set(FIGURES)
    measures = json.loads((out / "measures.json").read_text())
    assert measures["frames"] == 48
    assert measures["rate"] == pytest.approx(sum(measures["rate_of_filters"]), rel=1e-4)
    assert measures["units"] == 8 * 42 * 42
    assert 0 < measures["active_units"] < measures["units"]
    assert 0 <= measures["latent_f1"] <= 1
    assert "rate, nats per frame" in done.stdout


def test_the_figures_are_the_users_choice(folder):
    done = examine(folder, "--encoder", "Pong", "--figures", "noise", "--out", "few", "--frames", "3")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (folder / "few").iterdir()) == ["measures.json", "noise.png"]
    assert json.loads((folder / "few" / "measures.json").read_text())["frames"] == 3


@pytest.mark.parametrize("wrong", [{"figures": ("nose",)}, {"frames": 0}])
def test_a_wrong_choice_is_named(folder, wrong):
    with pytest.raises(ConfigError, match=r"nose|frames is 0"):
        Examine("Pong", folder / "frames", **wrong)
