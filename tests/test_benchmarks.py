"""The benchmarks run and tell what they measured; what that is, is for machines that do nothing else."""

import importlib.util
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from dsrl.envs.views import played
from dsrl.shards import Source

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
FLAGS = {
    "autoencoder": "--data digits --epochs 1",
    "pretraining": "--frames 20 --steps 2 --batch 2 --rounds 1",
    "perception": "--steps 3 --warm-up 1",
    "learner": "--steps 600 --remembered 2000",
    "unseen_games": "--labelled labelled --watch 60 --every 2",
}
ELSEWHERE = {"ocatari_labels"}  # for an environment of its own, and tested in test_ocatari_labels.py


@pytest.mark.parametrize("name", sorted({file.stem for file in BENCHMARKS.glob("*.py")} - ELSEWHERE))
def test_a_benchmark_runs_and_prints_a_table(name, tmp_path, write_digits):
    write_digits(tmp_path / "digits")
    write_labelled(tmp_path / "labelled")
    command = [sys.executable, BENCHMARKS / f"{name}.py", *FLAGS[name].split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "━" in done.stdout


def write_labelled(folder):
    """Fill a folder with two labelled frames of Pong: a ball, wherever it may be."""
    folder.mkdir()
    views = list(islice(played(Source("Pong", (34, 0, 160, 160))), 80))[78:]
    frames = np.array([(view.previous, view.current) for view in views])
    ball = json.dumps([[["Ball", 80, 100, 2, 4]]] * 2)
    np.savez_compressed(folder / "Pong.npz", frames=frames, objects=ball)


@pytest.mark.parametrize("linear", [False, True])
def test_the_compiled_autoencoder_makes_the_steps_of_torch(linear):
    spec = importlib.util.spec_from_file_location("autoencoder", BENCHMARKS / "autoencoder.py")
    compiled = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(compiled)
    digits = np.random.default_rng(0).integers(0, 256, (20, 784), dtype=np.uint8)
    weights = compiled.first_weights("torch", 784, np.random.default_rng(1))
    theirs = [torch.tensor(one, requires_grad=True) for one in weights]
    adam = torch.optim.Adam(theirs, lr=1e-4, eps=1e-7)
    for x in torch.tensor(digits).float() / 255:
        code = theirs[0] @ x + theirs[1]
        logits = (code if linear else code.relu()) @ theirs[2] + theirs[3]
        adam.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum").backward()
        adam.step()
    means, squares = (compiled.Weights(*map(np.zeros_like, weights)) for _ in range(2))
    compiled.train(digits, np.arange(20), weights, means, squares, 0, 1e-7, linear)
    for mine, other in zip(weights, theirs, strict=True):
        np.testing.assert_allclose(mine, other.detach().numpy(), atol=1e-5)
