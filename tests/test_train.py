import csv
import json
import signal
import subprocess
import sys
import time

import gymnasium as gym
import pytest
from PIL import Image

from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.errors import ConfigError
from dsrl.scripts.train import Train
from dsrl.scripts.train import main as train

PONG = {"env": "DSRL-Pong-v0"}


@pytest.fixture
def short(monkeypatch, scripted):
    """End every episode of the emulator after 50 steps."""
    make = gym.make

    def shortened(env_id, **keywords):
        return gym.wrappers.TimeLimit(make(env_id, **keywords), 50)

    monkeypatch.setattr("dsrl.agents.evaluation.gym.make", shortened)


def test_a_run_leaves_everything_in_its_folder(tmp_path, short, capsys):
    folder = train(Train(**PONG, steps=300, eval_episodes=2, gif_steps=4, out=tmp_path / "run"))
    result = json.loads((folder / "result.json").read_text())
    assert {"score", "random_score", "seconds"} <= set(result)
    assert (result["steps"], result["interrupted"], len(result["scores"])) == (300, False, 2)
    assert json.loads((folder / "config.json").read_text())["steps"] == 300
    with (folder / "curve.csv").open() as file:
        assert [row["steps"] for row in csv.DictReader(file)] == ["50", "100", "150", "200", "250", "300"]
    assert SymbolicQ.load(folder / "agent.safetensors").num_timesteps == 300
    assert list((folder / "tensorboard").glob("events.*"))
    assert (folder / "rules.csv").read_text().startswith("situation,action,advantage,visits,strength")
    with Image.open(folder / "play.gif") as animation:
        assert animation.n_frames == 4
    printed = capsys.readouterr().out
    assert "chance" in printed
    assert "No rules yet" in printed  # so few steps tell no actions apart


def test_a_run_goes_on_from_a_saved_agent(tmp_path, short):
    first = train(Train(**PONG, steps=100, eval_episodes=1, gif_steps=0, out=tmp_path / "first"))
    second = train(
        Train(
            **PONG, steps=100, eval_episodes=1, gif_steps=0, out=tmp_path / "second", resume=first / "agent"
        )
    )
    assert json.loads((second / "result.json").read_text())["steps"] == 200
    assert not (second / "play.gif").exists()


def test_a_run_heeds_the_rules_of_a_person(tmp_path, short):
    (tmp_path / "mine.txt").write_text("seen from paddle\nprefer FIRE when ball is there\n")
    options = {"steps": 60, "eval_episodes": 1, "gif_steps": 0, "learner": "dsrl-lambda"}
    folder = train(Train(**PONG, **options, rules=tmp_path / "mine.txt", out=tmp_path / "run"))
    agent = SymbolicQ.load(folder / "agent")
    assert "prefer FIRE when ball is there" in str(agent.advice)
    visits = [cell.visits for table in agent.learner.tables.values() for _, cell in table]
    assert {action for each in visits for action, count in enumerate(each) if count} == {1}


def test_wrong_rules_are_refused_before_anything_is_learned(tmp_path, short):
    (tmp_path / "mine.txt").write_text("seen from paddle\nprefer JUMP\n")
    with pytest.raises(ConfigError, match=r"mine.txt, line 2: unknown action 'JUMP'"):
        train(Train(**PONG, rules=tmp_path / "mine.txt", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_run_is_never_written_over(tmp_path, short):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty"):
        train(Train(**PONG, out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"eval_episodes": 0}, {"seed": -1}, {"gif_steps": -1}])
def test_a_wrong_number_is_named(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Train(**PONG, **wrong)


def command(verb, *words):
    return [sys.executable, "-m", f"dsrl.scripts.{verb}", *words]


AT_A_TERMINAL = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
"""Ctrl-C reaches a process at a terminal; one started in the background may have been told to ignore it."""


def test_an_interrupt_saves_what_was_learned(tmp_path):
    started = subprocess.Popen(
        [
            *(
                sys.executable,
                "-c",
                f"{AT_A_TERMINAL} runpy.run_module('dsrl.scripts.train', run_name='__main__')",
            ),
            *("--env", "DSRL-Pong-v0", "--out", str(tmp_path / "run")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    header = 100  # bytes of TensorBoard's file before an episode is over
    while not any(file.stat().st_size > header for file in tmp_path.glob("run/tensorboard/*")):
        assert started.poll() is None, started.communicate()
        time.sleep(0.1)
    started.send_signal(signal.SIGINT)
    printed, log = started.communicate(timeout=60)
    assert started.returncode == 130, log
    assert log.rstrip().endswith("dsrl: interrupted; what was finished is kept")
    assert "Traceback" not in log
    assert "Interrupted after" in printed
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["interrupted"] is True
    assert SymbolicQ.load(tmp_path / "run" / "agent").num_timesteps == result["steps"] > 0


def test_a_wrong_environment_is_one_line_and_status_two(tmp_path):
    done = subprocess.run(
        command("train", "--env", "DSRL-Pung-v0"), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr.startswith("dsrl: unknown environment 'DSRL-Pung-v0'")
    assert not list(tmp_path.iterdir())
