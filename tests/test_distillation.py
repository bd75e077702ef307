"""Few rules that act as tables do: grown, pruned, and played alone."""

import json

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl.agents.decision_list import DecisionList, Instruction
from dsrl.agents.distillation import LEAST, LIKENESS, Frames, best_split, distil
from dsrl.agents.evaluation import vectorise
from dsrl.agents.pruning import Listed, prune
from dsrl.agents.rule_file import parse, read_rules
from dsrl.agents.rule_policy import WORST, RulePolicy, play, rules_of
from dsrl.agents.rules import Names
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.agents.view import View
from dsrl.errors import ConfigError
from dsrl.scripts.rules import Rules, main

NAMES = Names(actions=["STAY", "LEFT", "RIGHT"], kinds=["paddle", "ball"])
VIEW = View(0, NAMES)
RIGHT, ABSENT = VIEW.columns.index(("ball", "right")), 2


def met(n=1000, seed=0):
    """Frames of a paddle that must go to a ball; where there is none, it must stay."""
    random = np.random.default_rng(seed)
    numbers = random.uniform(-80, 80, (n, len(VIEW.columns)))
    numbers[random.random(n) < 0.2, RIGHT:] = np.nan
    away = numbers[:, RIGHT]
    best = np.where(away < -8, 1, np.where(away >= 8, 2, 0))
    return Frames(numbers, 1.0 - np.eye(3)[best])


def decided(rules, numbers):
    """Return each frame's action by the rules as they are played."""
    played = DecisionList(VIEW, NAMES, rules)
    return np.array([np.flatnonzero(played.allowed(one))[0] for one in numbers])


def test_the_rules_behind_some_frames_are_found():
    frames = met()
    rules = distil(frames, VIEW.grid, limit=10)
    assert len(rules) == 3
    assert (frames.losses[np.arange(1000), decided(rules, frames.numbers)] == 0).all()
    fresh = met(seed=1)
    assert (fresh.losses[np.arange(1000), decided(rules, fresh.numbers)] == 0).all()


def test_rules_tell_their_support_and_what_they_are_worth():
    rules = distil(met(), VIEW.grid, limit=10)
    shares = [float(rule.remark.split("%")[0]) for rule in rules]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert all(rule.remark.endswith("of 1,000 frames, +1") for rule in rules)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(0, 20))
def test_there_are_never_more_rules_than_asked_for_and_one_always_decides(limit, seed):
    random = np.random.default_rng(seed)
    frames = Frames(random.uniform(-20, 20, (300, 6)), random.uniform(0, 1, (300, 3)))
    rules = distil(frames, np.ones(6), limit)
    assert 1 <= len(rules) <= limit
    assert rules[-1].conditions == ()
    best_single = frames.losses.sum(axis=0).min()
    assert Listed(rules, *frames).lost.sum() <= best_single + 1e-9


def test_a_split_by_hand():
    numbers = np.array([[0.0]] * LEAST + [[5.0]] * LEAST)
    losses = np.array([[0.0, 2.0]] * LEAST + [[3.0, 0.0]] * LEAST)
    everywhere = np.ones(2 * LEAST, dtype=bool)
    gain, condition = best_split(Frames(numbers, losses), everywhere, np.array([2.0]))
    # the best single action costs 2 in half of the frames, the parts nothing; the squares of the mean losses
    # were 1.5 * 1.5 + 1 * 1 in all frames, and are 2 * 2 in one half, 3 * 3 in the other
    assert gain == pytest.approx(LEAST * (2.0 + LIKENESS * (4 + 9 - 2 * 3.25)))
    assert condition.holds(numbers).sum() == LEAST


def test_too_few_frames_are_not_parted():
    frames = met(LEAST)
    assert best_split(frames, np.ones(LEAST, dtype=bool), VIEW.grid).gain == 0


def test_what_a_rule_saves_is_counted_before_it_is_taken_away():
    frames = met()
    rules = distil(frames, VIEW.grid, limit=10)
    listed = Listed(rules, *frames)
    for index in range(len(rules) - 1):
        foretold = listed.without_rule(index)
        left = Listed(rules[:index] + rules[index + 1 :], *frames)
        assert left.lost.sum() <= listed.lost.sum() + foretold + 1e-9  # less where an action is chosen anew


def test_idle_rules_and_conditions_go():
    frames = met()
    rules = distil(frames, VIEW.grid, limit=10)
    doubled = [rule for rule in rules for _ in range(2)]
    wordy = [rule._replace(conditions=rule.conditions * 2) for rule in doubled]
    assert [rule.conditions for rule in prune(wordy, *frames, limit=10)] == [
        rule.conditions for rule in rules
    ]


@pytest.fixture
def env(scripted):
    env = vectorise("DSRL-Pong-v0")
    yield env
    env.close()


def test_rules_are_played_alone(env):
    agent = SymbolicQ(env, seed=0)
    observation = env.reset()
    rules = parse("seen from paddle\nprefer LEFT when ball.right < 0\nprefer FIRE", agent.names)
    assert [int(RulePolicy(rules).predict(observation)[0][0]) for _ in range(9)] == [3] * 9
    restless = RulePolicy(rules, epsilon=1.0, seed=0)
    assert {int(restless.predict(observation)[0][0]) for _ in range(60)} == set(range(6))
    assert restless.predict(observation, deterministic=True)[0].tolist() == [3]


def test_frames_are_judged_by_the_tables(env):
    agent = SymbolicQ(env, learner="dsrl-lambda", seed=0).learn(60)
    rules = parse("seen from paddle\nprefer LEFT", agent.names)
    frames, score = play(agent, RulePolicy(rules), env, rules.view, steps=10)
    assert (frames.numbers.shape, frames.losses.shape, score) == ((10, len(rules.view.columns)), (10, 6), 0.0)
    assert (frames.losses == 0).all()  # nothing was learned in so few steps
    agent.advise(parse("seen from paddle\nforbid FIRE", agent.names))
    judged = play(agent, agent, env, rules.view, steps=10).frames.losses
    assert judged[0].tolist() == [0, WORST, 0, 0, 0, 0]


def test_rules_are_found_by_playing(env):
    agent = SymbolicQ(env, learner="dsrl-lambda", seed=0).learn(60)
    rules = rules_of(agent, env, View(1, agent.names), limit=3, steps=30, rounds=2)
    assert 1 <= len(rules) <= 3


def test_the_command_finds_and_measures_rules_and_a_person_edits_them(
    scripted, monkeypatch, tmp_path, capsys
):
    make = gym.make
    monkeypatch.setattr(
        "dsrl.agents.evaluation.gym.make", lambda *a, **k: gym.wrappers.TimeLimit(make(*a, **k), 40)
    )
    env = vectorise("DSRL-Pong-v0")
    agent = SymbolicQ(env, learner="dsrl-lambda", seed=0).learn(60)
    agent.save(tmp_path / "agent")
    terms = {"agent": tmp_path / "agent.safetensors", "env": "DSRL-Pong-v0", "eval_episodes": 2}
    with pytest.raises(ConfigError, match="seen_from=None is no kind of object: choose one of ball, paddle"):
        main(Rules(**terms))
    main(Rules(**terms, seen_from="paddle", steps=30, rounds=1, limit=4))
    printed = capsys.readouterr().out
    found = (tmp_path / "rules.txt").read_text()
    assert printed.startswith(found)
    assert str(read_rules(tmp_path / "rules.txt", agent.names)).splitlines()[0] == "seen from paddle"
    scores = json.loads((tmp_path / "rules.json").read_text())
    assert {"tables", "rules", "chance", "number", "kept"} == set(scores)
    (tmp_path / "mine.txt").write_text("seen from paddle\nprefer LEFT\n")
    assert main(Rules(**terms, rules=tmp_path / "mine.txt"))["number"] == 1
    assert (tmp_path / "mine.json").is_file()
    assert (tmp_path / "rules.txt").read_text() == found


def test_instructions_print_their_remark():
    assert Instruction(1, remark="half of it").text(VIEW, NAMES) == "prefer LEFT  # half of it"
