"""The back-off learner, its tables, its memory and its sense of what it controls, by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl.agents.backoff import BackoffQ
from dsrl.agents.backoff_table import ABSENT, BackoffTable
from dsrl.agents.learners import Transition, make_learner
from dsrl.agents.memory import Memory, scan, watkins_returns
from dsrl.agents.relations import SIDES, cells, nearest_of_each_kind, words
from dsrl.agents.rules import Names
from dsrl.control import Control, mutual_information
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol

NAMES = Names(actions=["STAY", "LEFT", "RIGHT"], kinds=["paddle", "ball"])
MOVE = (0.0, -4.0, 4.0)


def paddle(x=80.0, dx=0.0, track=0):
    return Symbol(0, x, 190.0, 16, 4, track, dx=dx)


def ball(x, y=150.0, track=1, **changes):
    return Symbol(1, x, y, 2, 4, track, **changes)


def play(learner, steps, seed=0):
    """Play a game in which the paddle earns 1 by being under a ball, which then hangs elsewhere."""
    random = np.random.default_rng(seed)
    place, target = 80.0, 100.0
    scene = learner.describe([paddle(place), ball(target)])
    for _ in range(steps):
        action = int(random.integers(3))
        place = float(np.clip(place + MOVE[action], 20, 140))
        found = abs(place - target) < 4
        after = learner.describe([paddle(place, dx=MOVE[action]), ball(target)])
        learner.observe(Transition(scene, action, float(found), found, False, after))
        if found:
            place, target = float(random.integers(5, 35) * 4), float(random.integers(5, 35) * 4)
            after = learner.describe([paddle(place), ball(target)])
        scene = after
    learner.finish()


@pytest.fixture(scope="module")
def learned():
    learner = make_learner(BackoffQ, 3, {})
    play(learner, 4_000)
    return learner


def test_the_controlled_object_is_found_and_goes_to_where_the_reward_is(learned):
    assert learned.controlled == 0
    for place, target, best in [(60, 100, "RIGHT"), (120, 80, "LEFT")]:
        state = learned.describe([paddle(place), ball(target)])
        assert NAMES.actions[int(learned.q_values(state).argmax())] == best


def test_the_votes_sum_exactly_to_the_values(learned):
    state = learned.describe([paddle(60), ball(100)])
    votes = learned.votes(state, NAMES)
    assert np.array([vote.values for vote in votes]).sum(axis=0).tolist() == learned.q_values(state).tolist()


def test_votes_tell_the_visits_that_they_rest_on(learned):
    places = range(20, 141, 4)
    scenes = [learned.describe([paddle(here, dx=dx), ball(100)]) for here in places for dx in MOVE]
    visits = [sum(vote.visits) for scene in scenes for vote in learned.votes(scene, NAMES)]
    assert max(visits) > 20
    assert sum(visits) <= 4_000 * learned.measures()["relations"]


def test_rules_name_the_objects_and_an_action(learned):
    rules = learned.rules(NAMES, min_visits=5)
    assert rules
    assert all(rule.situation.startswith(("ball ", "no ball")) for rule in rules)
    assert {rule.action for rule in rules} <= set(NAMES.actions)


def test_a_restored_learner_knows_and_learns_the_same(learned):
    copy = make_learner(BackoffQ, 3, {})
    copy.restore(learned.arrays())
    twin = make_learner(BackoffQ, 3, {})
    twin.restore(copy.arrays())
    for one in (copy, twin):
        play(one, 700, seed=1)
    first, second = copy.arrays(), twin.arrays()
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    assert len(copy.memory) == len(learned.memory) + 700


def test_nothing_is_learned_or_broken_before_the_warm_up_is_over():
    learner = make_learner(BackoffQ, 3, {"warm_up": 100})
    play(learner, 99)
    state = learner.describe([paddle(), ball(50)])
    assert learner.controlled is None
    assert learner.q_values(state).tolist() == [0.0, 0.0, 0.0]
    assert learner.votes(state, NAMES) == []
    copy = make_learner(BackoffQ, 3, {"warm_up": 100})
    copy.restore(learner.arrays())
    assert copy.watched == 99


@pytest.mark.parametrize("settings", [{"gamma": 1.1}, {"trace": -0.1}, {"weight": 0}, {"refit": 0}])
def test_a_wrong_setting_is_named(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        make_learner(BackoffQ, 3, settings)


def test_the_nearest_of_each_kind_is_seen_and_never_the_controlled_object_itself():
    me, other = paddle(80, track=3), paddle(30, track=7)
    near, far = ball(70), ball(10)
    assert nearest_of_each_kind([far, other, near, me], controlled=0) == (me, {0: other, 1: near})
    assert nearest_of_each_kind([far, near], controlled=0) == (None, {})


@given(st.floats(-150, 150), st.floats(-180, 180), st.floats(-16, 16), st.floats(-16, 16))
def test_finer_cells_lie_inside_coarser_ones(x, y, dx, dy):
    levels = cells(paddle(80), Symbol(1, 80 + x, 190 + y, 2, 4, dx=dx, dy=dy))
    for (column, row, *_), (inner_column, inner_row, *_) in pairwise(levels):
        assert (inner_column // 2, inner_row // 2) == (column, row)
    assert levels[2][0] * SIDES[2][0] <= (80 + x) - 80 < (levels[2][0] + 1) * SIDES[2][0]


def test_cells_in_words():
    assert words((0, 1, -1, 2, 0, -1), "paddle", "ball") == (
        "ball 0-8 px right of and 4-8 px below paddle, moving left and fast down, while paddle moves up"
    )
    assert words((), "paddle", "ball") == "no ball beside paddle"


def test_a_cell_that_knows_little_says_what_the_coarser_one_does():
    table = BackoffTable(1)
    first, second = table.cell([(0,), (0,), (0,)]), table.cell([(0,), (0,), (1,)])
    other = table.cell([(1,), (0,), (0,)])
    table.fit(np.array([first, first]), np.zeros(2, int), np.array([3.0, 3.0]), np.eye(1), weight=2.0)
    # down the levels 6 / 4 = 1.5, (6 + 2 * 1.5) / 4 = 2.25, (6 + 2 * 2.25) / 4 = 2.625, then the action's own
    assert table.values[first] == pytest.approx((6 + 2 * 2.625) / 4)
    assert table.values[second] == pytest.approx(2.25)
    assert table.values[other] == table.values[ABSENT] == 0.0
    assert table.visits[:, 0].tolist() == [0, 2, 0, 0]


def test_a_cell_met_after_the_fit_has_the_value_of_the_coarser_one():
    table = BackoffTable(1)
    known = table.cell([(0,), (0,), (0,)])
    table.fit(np.array([known, known]), np.zeros(2, int), np.array([3.0, 3.0]), np.eye(1), weight=2.0)
    new = table.cell([(0,), (0,), (9,)])
    assert table.value(new) == pytest.approx(2.25)
    assert table.all_values()[new] == table.value(new)
    assert table.value(table.cell([(5,), (0,), (9,)])) == 0.0


def test_actions_that_are_alike_share_what_they_learn():
    table = BackoffTable(3)
    cell = table.cell([(0,), (0,), (0,)])
    alike = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    table.fit(np.array([cell] * 4), np.zeros(4, int), np.full(4, 5.0), alike, weight=2.0)
    mine, twin, stranger = table.values[cell]
    assert mine > twin > 4.0
    assert stranger == 0.0


def test_the_scan_solves_its_recurrence():
    random = np.random.default_rng(0)
    constant, factor = random.normal(size=37), random.uniform(0, 1, size=37)
    expected, following = np.zeros(37), 0.0
    for step in reversed(range(37)):
        following = expected[step] = constant[step] + factor[step] * following
    np.testing.assert_allclose(scan(constant, factor), expected, atol=1e-12)


def remember(steps):
    memory = Memory()
    for reward, terminated, cut, stream in steps:
        memory.add([1], [1], action=0, reward=reward, terminated=terminated, cut=cut, stream=stream)
    return memory


def test_returns_by_hand():
    memory = remember([(1, False, False, 0), (2, False, False, 0), (4, True, True, 0)])
    best, greedy = np.array([10.0, 20.0, 99.0]), np.array([True, True, False])
    # the last step ends the episode: 4; the action after step 1 was not greedy: 2 + 0.5 * 20 = 12;
    # step 0: 1 + 0.5 (0.2 * 10 + 0.8 * 12)
    expected = [1 + 0.5 * (0.2 * 10 + 0.8 * 12), 12.0, 4.0]
    assert watkins_returns(memory, best, greedy, gamma=0.5, trace=0.8).tolist() == pytest.approx(expected)


def test_returns_do_not_run_from_one_episode_or_environment_into_another():
    memory = remember(
        [(1, True, True, 0), (100, False, False, 1), (1, False, True, 0), (100, False, False, 1)]
    )
    returns = watkins_returns(memory, np.zeros(4), np.ones(4, bool), gamma=1.0, trace=1.0)
    assert returns.tolist() == [1.0, 200.0, 1.0, 100.0]


def test_memory_grows_and_relations_met_later_were_absent_before():
    memory = Memory()
    for step in range(3000):
        memory.add([step] * (1 + (step > 10)), [step], action=1, reward=0, terminated=0, cut=0, stream=0)
    before, after = memory.cells()
    assert before[:12].tolist() == [[step, 0] for step in range(11)] + [[11, 11]]
    assert after[-1].tolist() == [2999, 0]


def test_information_about_moves_tells_the_controlled_kind():
    control, random = Control(2), np.random.default_rng(0)
    for _ in range(400):
        action = int(random.integers(2))
        mine = Symbol(4, 0, 0, 1, 1, dx=(3.0, -3.0)[action])
        drifting = Symbol(2, 0, 0, 1, 1, dx=3.0, dy=float(random.normal()))
        control.observe(action, [mine, drifting])
    assert control.controlled == 4
    assert control.information(4) == pytest.approx(np.log(2), abs=0.01)
    assert control.alike(4).tolist() == np.eye(2).tolist()
    assert control.alike(2).tolist() == np.ones((2, 2)).tolist()


def test_information_is_never_negative_and_zero_for_independent_counts():
    assert mutual_information(np.array([[1, 1], [2, 2]])) == pytest.approx(0.0, abs=1e-12)
    assert mutual_information(np.zeros((2, 3), dtype=int)) == 0.0
