"""The benchmarks run and tell what they measured; what that is, is for machines that do nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
FLAGS = {
    "pretraining": "--frames 20 --steps 2 --batch 2 --rounds 1",
    "perception": "--steps 3 --warm-up 1",
    "learner": "--steps 600",
}
ELSEWHERE = {"ocatari_labels"}  # for an environment of its own, and tested in test_ocatari_labels.py


@pytest.mark.parametrize("name", sorted({file.stem for file in BENCHMARKS.glob("*.py")} - ELSEWHERE))
def test_a_benchmark_runs_and_prints_a_table(name):
    command = [sys.executable, BENCHMARKS / f"{name}.py", *FLAGS[name].split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "━" in done.stdout
