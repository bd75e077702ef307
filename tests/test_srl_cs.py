import numpy as np
import pytest

from dsrl.agents.learners import Transition, make_learner
from dsrl.agents.pairwise import PairwiseQ
from dsrl.agents.rules import Names
from dsrl.agents.srl_cs import SRLCSQ
from dsrl.symbols import Symbol, to_rows

AGENT, CIRCLE, CROSS = 0, 1, 2
ACTIONS = ["UP", "RIGHT", "LEFT", "DOWN"]
UP, RIGHT, LEFT, DOWN = range(4)


def agent(x=80.0, y=80.0):
    return Symbol(AGENT, x, y, 8, 8, track=0)


def thing(kind, x, y, track, **columns):
    return Symbol(kind, x, y, 8, 8, track=track, **columns)


@pytest.fixture
def learner():
    """Give a learner that knows already which kind it controls; a cell is a step of 16 px."""
    made = make_learner(SRLCSQ, ACTIONS, {"cell": 16.0})
    made.controlled = AGENT
    return made


def step(learner, before, action, reward, after):
    states = [learner.describe(to_rows(symbols)) for symbols in (before, after)]
    learner.observe(Transition(states[0], action, reward, False, False, states[1]))


def value(learner, kind, key, action):
    return (
        learner.tables[AGENT, kind].values((*key, 0, 0))[action] if (AGENT, kind) in learner.tables else 0.0
    )


def test_a_reward_teaches_the_touched_object_alone(learner):
    circle, cross = thing(CIRCLE, 96, 80, track=1), thing(CROSS, 80, 112, track=2)
    step(learner, [agent(), circle, cross], RIGHT, 1.0, [agent(96), cross])
    assert value(learner, CIRCLE, (1, 0), RIGHT) == 1.0
    assert value(learner, CROSS, (0, 2), RIGHT) == 0.0


def test_the_touched_object_is_the_one_nearest_now_even_on_a_new_board(learner):
    ahead, behind = thing(CIRCLE, 96, 80, track=1), thing(CROSS, 68, 80, track=2)
    step(learner, [agent(), ahead, behind], RIGHT, 1.0, [agent(96), thing(CROSS, 96, 40, track=1)])
    assert (value(learner, CIRCLE, (1, 0), RIGHT), value(learner, CROSS, (-1, 0), RIGHT)) == (1.0, 0.0)


def test_a_punishment_counts_tenfold(learner):
    step(learner, [agent(), thing(CROSS, 80, 64, track=1)], UP, -1.0, [agent(80, 64)])
    assert value(learner, CROSS, (0, -1), UP) == -10.0


def test_without_reward_every_object_learns_a_discounted_step(learner):
    for kind, action, x in (CIRCLE, RIGHT, 96), (CROSS, LEFT, 64):
        step(learner, [agent(), thing(kind, x, 80, track=1)], action, 1.0, [agent(x)])
    circle, cross = thing(CIRCLE, 112, 80, track=1), thing(CROSS, 80, 80, track=2)
    step(learner, [agent(), circle, cross], RIGHT, 0.0, [agent(96), circle, cross])
    assert value(learner, CIRCLE, (2, 0), RIGHT) == pytest.approx(0.9)
    assert value(learner, CROSS, (0, 0), RIGHT) == pytest.approx(0.9)


def test_what_is_lost_from_sight_or_changes_its_kind_teaches_nothing(learner):
    step(learner, [agent(), thing(CIRCLE, 96, 80, track=1)], RIGHT, 1.0, [agent(96)])
    far = thing(CIRCLE, 112, 80, track=1)
    for after in [], [thing(CROSS, 112, 80, track=1)]:
        step(learner, [agent(), far], RIGHT, 0.0, [agent(96), *after])
    assert value(learner, CIRCLE, (2, 0), RIGHT) == 0.0


def test_what_is_merely_expected_is_not_there(learner):
    assert learner.describe(to_rows([agent(), thing(CIRCLE, 96, 80, track=1, confidence=0.5)])).pairs == []


def test_it_acts_on_the_sum_of_values_over_squared_distances(learner):
    step(learner, [agent(), thing(CIRCLE, 96, 80, track=1)], RIGHT, 1.0, [agent(96)])
    step(learner, [agent(), thing(CROSS, 64, 80, track=1)], LEFT, -1.0, [agent(64)])
    scene = learner.describe(
        to_rows([agent(), thing(CIRCLE, 100, 80, track=1), thing(CROSS, 60, 84, track=2)])
    )
    expected = [0, 1 / 20**2, -10 / (20**2 + 4**2), 0]
    assert learner.q_values(scene).tolist() == pytest.approx(expected)
    votes = learner.votes(scene, Names(["UP", "RIGHT", "LEFT", "DOWN"], ["agent", "circle", "cross"]))
    assert np.sum([vote.values for vote in votes], axis=0).tolist() == learner.q_values(scene).tolist()
    assert votes[0].situation == "circle 8-24 px right of agent"


def watch(learner, steps):
    """Let an agent move about at random, a circle standing by."""
    random, still = np.random.default_rng(0), thing(CIRCLE, 20, 20, track=1)
    moves = [(0, -8), (8, 0), (-8, 0), (0, 8)]
    for _ in range(steps):
        action = int(random.integers(4))
        dx, dy = moves[action]
        moved = agent()._replace(dx=dx, dy=dy)
        step(learner, [agent(), still], action, 0.0, [moved, still])


def test_the_controlled_kind_is_found_and_all_is_restored():
    learner = make_learner(SRLCSQ, ACTIONS, {"warm_up": 220})
    watch(learner, 220)
    assert learner.controlled == AGENT
    step(learner, [agent(), thing(CIRCLE, 88, 80, track=1)], RIGHT, 1.0, [agent(88)])
    again = make_learner(SRLCSQ, ACTIONS, {"warm_up": 220})
    again.restore(learner.arrays())
    assert again.measures() == learner.measures()
    assert value(again, CIRCLE, (1, 0), RIGHT) == 1.0


def test_steps_before_the_controlled_kind_is_known_teach_but_are_not_acted_on():
    learner = make_learner(SRLCSQ, ACTIONS, {"warm_up": 220, "cell": 16.0})
    circle = thing(CIRCLE, 96, 80, track=1)
    step(learner, [agent(), circle, thing(CROSS, 80, 112, track=2)], RIGHT, 1.0, [agent(96)])
    scene = [agent(), circle]
    assert learner.q_values(learner.describe(to_rows(scene))).tolist() == [0, 0, 0, 0]
    watch(learner, 219)
    assert learner.controlled == AGENT
    assert learner.q_values(learner.describe(to_rows(scene))).tolist() == [0, 1 / 16**2, 0, 0]
    assert {first for first, _ in learner.tables} == {AGENT}, "the tables of the others are gone"


def lesson(learner):
    """Teach what befalls an agent among a circle and a cross, and return what it does between the two."""
    circle = {x: thing(CIRCLE, 80 + x, 80, track=1) for x in (16, 32, -16, -32)}
    cross = {x: thing(CROSS, 80 + x, 80, track=2) for x in (16, 32)}
    step(learner, [agent(), circle[16], cross[32]], RIGHT, 1.0, [agent(96), cross[32]])
    step(learner, [agent(), circle[32], cross[16]], RIGHT, -1.0, [agent(96), circle[32]])
    step(learner, [agent(), circle[-16]], LEFT, 1.0, [agent(64)])
    step(learner, [agent(), circle[-32]], LEFT, 0.0, [agent(64), circle[-32]])
    return int(learner.q_values(learner.describe(to_rows([agent(), circle[-32], cross[32]]))).argmax())


def test_plain_summing_runs_to_the_cross_that_lay_behind_a_circle_and_common_sense_does_not(learner):
    """Dutra & Garcez 2017: the reward for the circle is credited to the cross as well."""
    plain = make_learner(PairwiseQ, ACTIONS, {"cell": 16.0, "learning_rate": 1.0, "max_distance": 100.0})
    assert lesson(plain) == RIGHT
    blamed = plain.tables[AGENT, CIRCLE].values((2, 0, 0, 0))[RIGHT]
    assert blamed == pytest.approx(-1 + 0.95 * 1.0)  # the circle's, for the cross before it
    assert lesson(learner) == LEFT
