"""Rules that a person writes: read, played from top to bottom, and heeded by an agent."""

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsrl.agents.decision_list import SIGNS, Condition, DecisionList, Instruction
from dsrl.agents.rule_file import parse
from dsrl.agents.rules import Names
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.agents.view import View
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol, to_rows

NAMES = Names(actions=["NOOP", "FIRE", "LEFT", "RIGHT"], kinds=["paddle", "white 2x4 #2"])
FOLLOW = """
seen from paddle
forbid FIRE
prefer LEFT when "white 2x4 #2".right < -4 and "white 2x4 #2".below >= -40  # the ball is near
prefer RIGHT when "white 2x4 #2".right > 4
prefer FIRE when "white 2x4 #2" is absent
"""


def paddle(x=80.0):
    return Symbol(0, x, 190, 16, 4)


def ball(x, y=160.0):
    return Symbol(1, x, y, 2, 4)


def allowed(rules, *symbols):
    left = rules.allowed(rules.view(to_rows(symbols)))
    return [NAMES.actions[action] for action in np.flatnonzero(left)]


def test_rules_are_played_from_top_to_bottom():
    rules = parse(FOLLOW, NAMES)
    assert allowed(rules, paddle(), ball(60)) == ["LEFT"]
    assert allowed(rules, paddle(), ball(60, y=100)) == ["NOOP", "LEFT", "RIGHT"]
    assert allowed(rules, paddle(), ball(100)) == ["RIGHT"]
    assert allowed(rules, paddle()) == ["NOOP", "LEFT", "RIGHT"]  # FIRE alone would leave nothing
    assert allowed(rules) == ["NOOP", "LEFT", "RIGHT"]


def test_of_two_rules_that_disagree_the_upper_one_is_heeded():
    assert allowed(parse("prefer LEFT\nprefer RIGHT", NAMES, controlled=0), paddle()) == ["LEFT"]
    assert allowed(parse("forbid LEFT\nprefer LEFT", NAMES, controlled=0), paddle()) == [
        "NOOP",
        "FIRE",
        "RIGHT",
    ]


def test_some_action_is_always_left():
    everything = "\n".join(f"forbid {action}" for action in NAMES.actions)
    assert allowed(parse(everything, NAMES, controlled=0), paddle()) == ["RIGHT"]


VIEW = View(0, NAMES)
CONDITIONS = st.builds(
    Condition,
    st.integers(0, len(VIEW.columns) - 1),
    st.sampled_from(list(SIGNS)),
    st.integers(-400, 400).map(lambda half: half / 2),
)
RULES = st.builds(
    Instruction, st.integers(0, 3), st.lists(CONDITIONS, max_size=4).map(tuple), st.booleans(), st.just("")
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RULES, max_size=5))
def test_what_is_printed_is_what_is_played(rules):
    printed = str(DecisionList(VIEW, NAMES, rules))
    read = parse(printed, NAMES)
    assert read.rules == tuple(rules)
    assert str(read) == printed


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("avoid FIRE", "'avoid FIRE' is no rule"),
        ("prefer JUMP", "unknown action 'JUMP': choose one of NOOP, FIRE, LEFT, RIGHT"),
        (
            "prefer LEFT when ball is there",
            'unknown object \'ball\': choose one of paddle, "other paddle", "white 2x4 #2"',
        ),
        (
            "prefer LEFT when paddle.right < 3",
            "unknown measure of paddle 'right': choose one of x, y, dx, dy",
        ),
        ("prefer LEFT when paddle.x = 3", "'paddle.x = 3' is no condition"),
        ("prefer LEFT when paddle.x < 3 or paddle.x > 9", "is no condition"),
        ("seen from ball", "unknown kind 'ball'"),
    ],
)
def test_an_error_names_the_line(tmp_path, line, told):
    with pytest.raises(ConfigError) as caught:
        parse(f"seen from paddle\n\n# mine\n{line}", NAMES, source="mine.txt")
    assert str(caught.value).startswith("mine.txt, line 4: ")
    assert told in str(caught.value)


def test_rules_must_be_seen_from_somewhere():
    with pytest.raises(
        ConfigError, match=r'rules, line 1: .*`seen from KIND`, which may be paddle, "white 2x4 #2"'
    ):
        parse("forbid FIRE", NAMES)
    with pytest.raises(ConfigError, match="rules has no rules"):
        parse("# nothing", NAMES)


@pytest.fixture
def env(scripted):
    env = gym.make("DSRL-Pong-v0")
    yield env
    env.close()


def test_an_agent_heeds_advice_whether_it_explores_or_not(env, tmp_path):
    (tmp_path / "mine.txt").write_text(
        "seen from paddle\nprefer LEFT when ball.right < 0\nprefer RIGHT when ball is absent"
    )
    agent = SymbolicQ(env, seed=0, exploration_playing=1.0)  # the ball is always to the left
    observation, _ = env.reset(seed=0)
    free = {int(agent.predict(observation)[0]) for _ in range(60)}
    agent.advise(tmp_path / "mine.txt")
    for deterministic in (True, False):
        assert {int(agent.predict(observation, deterministic=deterministic)[0]) for _ in range(60)} == {3}
    assert free == set(range(6))
    agent.advise(None)
    assert {int(agent.predict(observation)[0]) for _ in range(60)} == free


def test_an_agent_learns_by_its_advice(env, tmp_path):
    agent = SymbolicQ(env, learner="dsrl-lambda", seed=0)
    agent.advise(parse("seen from paddle\nforbid NOOP\nforbid FIRE", agent.names)).learn(40)
    visits = sum(np.array(cell.visits) for table in agent.learner.tables.values() for _, cell in table)
    assert visits[:2].tolist() == [0, 0]
    assert visits.sum() == 39  # of the last step nothing follows yet


def test_advice_is_explained_and_the_votes_still_sum_to_the_values(env):
    agent = SymbolicQ(env, learner="dsrl-lambda", seed=0).learn(60)
    agent.advise(parse("seen from paddle\nforbid NOOP\nprefer LEFT when ball is there", agent.names))
    observation, _ = env.reset(seed=0)
    explanation = agent.explain(observation)
    assert explanation.action == "LEFT"
    votes = np.array([vote.values for vote in explanation.votes])
    assert (
        votes.sum(axis=0).tobytes() == explanation.q_values.tobytes() == agent.q_values(observation).tobytes()
    )
    assert "advice `prefer LEFT when ball is there`" in str(explanation)


def test_a_saved_agent_keeps_its_advice(env, tmp_path):
    agent = SymbolicQ(env, seed=0)
    agent.advise(parse("seen from paddle\nprefer LEFT when ball.below < 0  # up there", agent.names))
    agent.save(tmp_path / "agent")
    assert str(SymbolicQ.load(tmp_path / "agent").advice) == str(agent.advice)


def test_a_learner_without_a_view_needs_to_be_told_where_to_see_from(env, tmp_path):
    (tmp_path / "mine.txt").write_text("forbid FIRE")
    with pytest.raises(ConfigError, match=r"mine.txt, line 1: .*seen from KIND"):
        SymbolicQ(env, learner="dsrl-2016").advise(tmp_path / "mine.txt")
