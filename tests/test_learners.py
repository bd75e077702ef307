import time

import numpy as np
import pytest

from dsrl.agents.lambda_returns import LambdaQ
from dsrl.agents.learners import Transition, make_learner
from dsrl.agents.pairwise import PairwiseQ, bins
from dsrl.agents.rules import Names
from dsrl.agents.tables import QTable
from dsrl.errors import ConfigError
from dsrl.interactions import Interaction
from dsrl.symbols import Symbol, to_rows

NAMES = Names(actions=["STAY", "UP"], kinds=["paddle", "ball"])


def paddle(y=100.0):
    return Symbol(kind=0, x=140, y=y, width=4, height=16, track=1)


def ball(x, y, dx=0.0, dy=0.0, track=2):
    return Symbol(kind=1, x=x, y=y, width=2, height=4, track=track, dx=dx, dy=dy)


def step(learner, before, action, reward, after, terminated=False, truncated=False):
    states = learner.describe(to_rows(before)), learner.describe(to_rows(after))
    learner.observe(Transition(states[0], action, reward, terminated, truncated, states[1]))


@pytest.mark.parametrize(
    ("place", "change", "key"),
    [
        ((0, 0), (0, 0), (0, 0, 0, 0)),
        ((3.9, -4), (1, -1), (0, 0, 0, 0)),
        ((4, -4.1), (1.1, -1.1), (1, -1, 1, -1)),
        ((-12.5, 20), (-9, 9), (-2, 3, -1, 1)),
    ],
)
def test_places_fall_into_cells_around_the_other_object_and_changes_into_signs(place, change, key):
    assert bins(Interaction((0, 1), *place, *change), cell=8, still=1) == key


def test_the_update_of_2016_by_hand():
    learner = make_learner(
        PairwiseQ, NAMES.actions, {"learning_rate": 0.5, "gamma": 0.8, "max_distance": 100}
    )
    near, nearer = [paddle(), ball(116, 100)], [paddle(), ball(124, 100)]
    step(learner, nearer, 1, 1.0, nearer, terminated=True)  # 0 + 0.5 (1 - 0)
    assert learner.q_values(learner.describe(to_rows(nearer))).tolist() == [0.0, 0.5]
    step(learner, near, 0, -0.1, nearer)  # 0 + 0.5 (-0.1 + 0.8 * 0.5 - 0)
    assert learner.q_values(learner.describe(to_rows(near))).tolist() == pytest.approx([0.15, 0.0])
    step(learner, near, 0, 0.0, nearer, truncated=True)  # 0.15 + 0.5 (0.8 * 0.5 - 0.15): cut short, not ended
    assert learner.q_values(learner.describe(to_rows(near))).tolist() == pytest.approx([0.275, 0.0])


def test_a_pair_that_vanishes_has_no_future():
    learner = make_learner(PairwiseQ, NAMES.actions, {"learning_rate": 1.0})
    scene = [paddle(), ball(124, 100)]
    step(learner, scene, 0, 5.0, scene, terminated=True)
    step(learner, scene, 1, -1.0, [paddle()])
    step(learner, scene, 1, -1.0, [paddle(), ball(124, 100, track=9)])  # another ball: a pair of its own
    assert learner.q_values(learner.describe(to_rows(scene))).tolist() == [5.0, -1.0]


def test_two_alike_that_change_places_stay_one_pair():
    learner = make_learner(PairwiseQ, NAMES.actions, {"learning_rate": 1.0, "gamma": 1.0})
    before = [ball(100, 100, track=1), ball(100, 110, track=2)]
    after = [ball(100, 106, track=1), ball(100, 104, track=2)]
    step(learner, after, 0, 3.0, after, terminated=True)
    step(learner, before, 1, 0.0, after)
    assert learner.q_values(learner.describe(to_rows(before))).tolist() == [0.0, 3.0]


def test_the_votes_of_all_pairs_sum_exactly_to_the_values():
    random = np.random.default_rng(0)
    learner = make_learner(PairwiseQ, NAMES.actions, {"max_distance": 300})
    scene = [
        Symbol(int(k), *random.uniform(0, 160, 2), 4, 4, i) for i, k in enumerate(random.integers(0, 3, 9))
    ]
    for _ in range(50):
        step(learner, scene, int(random.integers(2)), float(random.normal()), scene)
    state = learner.describe(to_rows(scene))
    votes = learner.votes(state, NAMES)
    assert len(votes) == 36
    assert np.array([vote.values for vote in votes]).sum(axis=0).tolist() == learner.q_values(state).tolist()


def test_a_rule_says_what_to_do_where_and_how_sure_it_is():
    learner = make_learner(PairwiseQ, NAMES.actions, {"learning_rate": 1.0})
    scene = [paddle(), ball(124, 84, dy=-6)]
    for action, reward in [(0, -0.5), (1, 0.25), (1, 0.25)]:
        step(learner, scene, action, reward, [], terminated=True)
    (rule,) = learner.rules(NAMES, min_visits=3)
    assert (
        str(rule)
        == "ball 12-20 px left of and 12-20 px above paddle, moving up: UP (+0.75 over the others, 3 visits)"
    )
    assert learner.rules(NAMES, min_visits=4) == []
    (vote,) = learner.votes(learner.describe(to_rows(scene)), NAMES)
    assert (vote.values, vote.visits) == ([-0.5, 0.25], [1, 2])


def test_an_action_never_compared_makes_no_rule():
    learner = make_learner(PairwiseQ, NAMES.actions, {})
    for _ in range(30):
        step(learner, [paddle(), ball(124, 84)], 1, 1.0, [], terminated=True)
    assert learner.rules(NAMES, min_visits=1) == []


def test_arrays_carry_the_tables_over_unchanged():
    learner, copy = make_learner(PairwiseQ, NAMES.actions, {}), make_learner(PairwiseQ, NAMES.actions, {})
    for x in (100, 110, 120):
        step(learner, [paddle(), ball(x, 90), ball(x, 70)], 1, 1.0, [], terminated=True)
    copy.restore(learner.arrays())
    assert {kinds: table.cells for kinds, table in copy.tables.items()} == {
        kinds: table.cells for kinds, table in learner.tables.items()
    }


def test_an_empty_table_survives_too():
    assert len(QTable.from_arrays(QTable(3).arrays())) == 0


@pytest.mark.parametrize(
    "settings",
    [{"gama": 0.9}, {"learning_rate": 0}, {"gamma": 1.5}, {"cell": float("nan")}, {"max_distance": -1}],
)
def test_a_wrong_setting_is_named(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        make_learner(PairwiseQ, NAMES.actions, settings)


def test_fifty_objects_take_milliseconds():
    random = np.random.default_rng(0)
    scene = [Symbol(i % 5, *random.uniform(0, 160, 2), 4, 4, i) for i in range(50)]
    learner, seconds = make_learner(PairwiseQ, ["STAY"] * 6, {}), []
    for _ in range(20):
        started = time.process_time()
        learner.q_values(learner.describe(to_rows(scene)))
        step(learner, scene, 0, 0.0, scene)
        seconds.append(time.process_time() - started)
    assert np.median(seconds) < 0.05  # about 0.002 on an idle core


def test_lambda_returns_by_hand():
    settings = {"learning_rate": 1.0, "gamma": 0.5, "trace": 0.8, "cell": 8.0}
    learner = make_learner(LambdaQ, NAMES.actions, settings)
    first, second = [paddle(), ball(116, 100)], [paddle(), ball(124, 100)]
    step(learner, first, 0, 0.0, second)
    assert learner.q_values(learner.describe(to_rows(first))).tolist() == [0.0, 0.0]  # kept for the sweep
    step(learner, second, 1, 1.0, [], terminated=True)
    assert learner.q_values(learner.describe(to_rows(second))).tolist() == [0.0, 1.0]
    # G = 0 + 0.5 (0.2 max Q' + 0.8 G'), and the sweep has already made both of them 1
    assert learner.q_values(learner.describe(to_rows(first))).tolist() == pytest.approx([0.5, 0.0])


def test_all_pairs_of_a_frame_share_the_error_of_their_sum():
    learner = make_learner(LambdaQ, NAMES.actions, {"learning_rate": 0.5})
    scene = [paddle(), ball(124, 100, track=2), ball(90, 40, track=3)]  # three pairs
    for expected in (0.5, 0.75):
        step(learner, scene, 1, 1.0, [], terminated=True)
        state = learner.describe(to_rows(scene))
        assert learner.q_values(state).tolist() == pytest.approx([0.0, expected])
        assert [vote.values[1] for vote in learner.votes(state, NAMES)] == pytest.approx([expected / 3] * 3)


def test_many_pairs_in_one_cell_do_not_overshoot():
    learner = make_learner(LambdaQ, NAMES.actions, {"learning_rate": 1.0})
    row = [
        ball(40.0 * place, 100, track=place) for place in range(4)
    ]  # three pairs are 40 px apart, two are 80
    step(learner, row, 0, 1.0, [], terminated=True)
    assert learner.q_values(learner.describe(to_rows(row))).tolist() == pytest.approx([1.0, 0.0])


def test_steps_of_two_environments_are_not_mixed():
    learner = make_learner(LambdaQ, NAMES.actions, {"learning_rate": 1.0})
    here, there = ([paddle(), ball(x, 100)] for x in (116, 60))
    for stream, scene in enumerate((here, there)):
        state = learner.describe(to_rows(scene))
        learner.observe(Transition(state, 0, 0.0, False, False, state, stream))
    step(learner, here, 0, 1.0, [], terminated=True)
    assert learner.q_values(learner.describe(to_rows(here))).max() > 0
    assert learner.q_values(learner.describe(to_rows(there))).tolist() == [0.0, 0.0]


def test_what_is_kept_is_learned_at_the_end():
    learner = make_learner(
        LambdaQ, NAMES.actions, {"learning_rate": 1.0, "gamma": 0.5, "trace": 0.0, "cell": 8.0}
    )
    first, second = [paddle(), ball(116, 100)], [paddle(), ball(124, 100)]
    step(learner, second, 1, 1.0, [], terminated=True)
    step(learner, first, 0, 0.0, second)
    step(learner, second, 0, 0.0, second)
    learner.finish()
    assert learner.q_values(learner.describe(to_rows(first))).tolist() == [0.5, 0.0]
    assert not any(learner.recent.values())
