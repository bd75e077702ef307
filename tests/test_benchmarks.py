"""The benchmarks run and tell what they measured; what that is, is for machines that do nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
FLAGS = {
    "pretraining": "--frames 20 --steps 2 --batch 2 --rounds 1",
    "perception": "--steps 3 --warm-up 1",
}


@pytest.mark.parametrize("name", [file.stem for file in BENCHMARKS.glob("*.py")])
def test_a_benchmark_runs_and_prints_a_table(name):
    command = [sys.executable, BENCHMARKS / f"{name}.py", *FLAGS[name].split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "━" in done.stdout
