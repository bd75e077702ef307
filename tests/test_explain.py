"""A trace of play that a person can read."""

import re
import time

import gymnasium as gym
import numpy as np
import pytest

from dsrl.agents.symbolic_q import LEARNERS, SymbolicQ
from dsrl.errors import ConfigError
from dsrl.scripts.explain import Explain, main

PONG = "DSRL-Pong-v0"


@pytest.fixture
def saved(scripted, tmp_path):
    SymbolicQ(PONG, learner="dsrl-lambda", seed=0).learn(60).save(tmp_path / "agent")
    return tmp_path / "agent.safetensors"


def test_a_trace_says_what_was_seen_what_is_done_and_why(saved, tmp_path, capsys):
    text = main(Explain(saved, PONG, steps=5, skip=2, out=tmp_path / "trace.txt"))
    assert capsys.readouterr().out == (tmp_path / "trace.txt").read_text() == text
    steps = re.findall(r"^step (\d+): (\w+)", text, flags=re.MULTILINE)
    assert [int(step) for step, _ in steps] == [2, 3, 4, 5, 6]
    assert {action for _, action in steps} <= {"NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE"}
    assert len(re.findall(r"^  worth NOOP \S+, FIRE \S+, ", text, flags=re.MULTILINE)) == 5
    assert text.count("  sees ball at (40, ") == 5
    assert text.count(", paddle at (8") == 5
    assert re.search(r"  because paddle .* ball, moving \w+: \w+ \S+ \(\d+ visits\), \w+ \S+ \(", text)
    assert re.search(r"An explanation took \d+\.\d\d ms of the processor, \d+\.\d\d ms at most\.\n$", text)


def test_a_trace_names_the_rule_that_decided(saved, tmp_path):
    (tmp_path / "mine.txt").write_text("seen from paddle\nprefer LEFT when ball is there")
    text = main(Explain(saved, PONG, steps=3, rules=tmp_path / "mine.txt"))
    assert text.count(": LEFT\n") == 3
    assert text.count("because advice `prefer LEFT when ball is there`: LEFT 0") == 3


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"skip": -1}, {"votes": 0}])
def test_a_wrong_number_is_named(wrong, tmp_path):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Explain(tmp_path, PONG, **wrong)


@pytest.mark.parametrize("learner", LEARNERS)
def test_explanations_are_exact_and_quick(learner, scripted):
    env = gym.make(PONG)
    agent = SymbolicQ(env, learner=learner, seed=0).learn(700)
    observation, _ = env.reset(seed=3)
    seconds = []
    for _ in range(30):
        started = time.process_time()
        why = agent.explain(observation)
        seconds.append(time.process_time() - started)
        votes = np.array([vote.values for vote in why.votes]).reshape(-1, agent.n_actions)
        assert votes.sum(axis=0).tobytes() == why.q_values.tobytes() == agent.q_values(observation).tobytes()
        observation, *_ = env.step(int(agent.predict(observation)[0]))
    env.close()
    assert np.median(seconds) < 0.005
