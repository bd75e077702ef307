"""The back-off learner, its tables, its memory and its sense of what it controls, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl.agents.backoff import BackoffQ
from dsrl.agents.backoff_table import BackoffTable, Counts, Steps
from dsrl.agents.learners import Transition, make_learner
from dsrl.agents.memory import STEP, Memory
from dsrl.agents.relations import (
    ABSENT,
    HEIGHT,
    WIDTH,
    coarse_code,
    fields,
    fine_code,
    middle_code,
    words,
)
from dsrl.agents.returns import lambda_returns, values_of_best
from dsrl.agents.rules import Names
from dsrl.agents.sight import ANYWHERE, course_from, look, nearest_rows, oldest_row
from dsrl.agents.view import View
from dsrl.control import Control, mutual_information
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol, to_rows

PLACES = np.array([-1, -1, 0])
"""The relations of one kind, the second, and of nothing else."""
NAMES = Names(actions=["STAY", "LEFT", "RIGHT"], kinds=["paddle", "ball"])
MOVE = (0.0, -4.0, 4.0)


def paddle(x=80.0, dx=0.0, track=0):
    return Symbol(0, x, 190.0, 16, 4, track, dx=dx)


def ball(x, y=150.0, track=1, **changes):
    return Symbol(1, x, y, 2, 4, track, **changes)


def play(learner, steps, seed=0, finish=True):
    """Play a game in which the paddle earns 1 by being under a ball, which then hangs elsewhere."""
    random = np.random.default_rng(seed)
    place, target = 80.0, 100.0
    scene = learner.describe(to_rows([paddle(place), ball(target)]))
    for _ in range(steps):
        action = int(random.integers(3))
        place = float(np.clip(place + MOVE[action], 20, 140))
        found = abs(place - target) < 4
        after = learner.describe(to_rows([paddle(place, dx=MOVE[action]), ball(target)]))
        learner.observe(Transition(scene, action, float(found), found, False, after))
        if found:
            place, target = float(random.integers(5, 35) * 4), float(random.integers(5, 35) * 4)
            after = learner.describe(to_rows([paddle(place), ball(target)]))
        scene = after
    if finish:
        learner.finish()


RESTING = {"resting": True, "advantage": 16.0, "alike": 64.0}
"""Another form of the learner: it sees from where the controlled object will come to rest."""


@pytest.fixture(scope="module", params=[{}, RESTING], ids=["moving", "resting"])
def learned(request):
    learner = make_learner(BackoffQ, NAMES.actions, request.param)
    play(learner, 4_000)
    return learner


def test_the_controlled_object_is_found_and_goes_to_where_the_reward_is(learned):
    assert learned.controlled == 0
    for place, target, best in [(60, 100, "RIGHT"), (120, 80, "LEFT")]:
        state = learned.describe(to_rows([paddle(place), ball(target)]))
        assert NAMES.actions[int(learned.q_values(state).argmax())] == best


def test_the_votes_sum_exactly_to_the_values(learned):
    state = learned.describe(to_rows([paddle(60), ball(100)]))
    votes = learned.votes(state, NAMES)
    assert np.array([vote.values for vote in votes]).sum(axis=0).tolist() == learned.q_values(state).tolist()


def test_votes_tell_the_visits_that_they_rest_on(learned):
    places = range(20, 141, 8)  # each in a cell of its own
    scenes = [learned.describe(to_rows([paddle(here, dx=dx), ball(100)])) for here in places for dx in MOVE]
    votes = [vote for scene in scenes for vote in learned.votes(scene, NAMES)]
    visits = {vote.situation: sum(vote.visits) for vote in votes if vote.situation.startswith("ball")}
    assert max(visits.values()) > 20
    assert sum(visits.values()) <= 4_000


def test_rules_name_the_objects_and_an_action(learned):
    rules = learned.rules(NAMES, min_visits=5)
    assert rules
    assert all(
        rule.situation.startswith(("ball ", "no ball", "middle of the screen ", "no other ", "other "))
        for rule in rules
    )
    assert {rule.action for rule in rules} <= set(NAMES.actions)


def test_a_restored_learner_knows_and_learns_the_same(learned):
    copy, twin = (BackoffQ(NAMES.actions, learned.settings) for _ in range(2))
    copy.restore(learned.arrays())
    twin.restore(copy.arrays())
    for one in (copy, twin):
        play(one, 700, seed=1)
    first, second = copy.arrays(), twin.arrays()
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    assert len(copy.memory) == len(learned.memory) + 700


def test_a_learner_that_is_saved_between_fits_goes_on_as_if_it_were_not():
    saved, copy, never = (make_learner(BackoffQ, NAMES.actions, {}) for _ in range(3))
    for one in (saved, never):
        play(one, 1_100, finish=False)
    copy.restore(saved.arrays())
    here = to_rows([paddle(60), ball(100)])
    values = [one.q_values(one.describe(here)).tolist() for one in (saved, copy, never)]
    assert values[0] == values[1] == values[2]
    for one in (saved, copy, never):
        play(one, 400, seed=1)
    for name, array in never.arrays().items():
        for one in (saved, copy):
            np.testing.assert_array_equal(one.arrays()[name], array, err_msg=name)


def test_nothing_is_learned_or_broken_before_the_warm_up_is_over():
    learner = make_learner(BackoffQ, NAMES.actions, {"warm_up": 100})
    play(learner, 99)
    state = learner.describe(to_rows([paddle(), ball(50)]))
    assert learner.controlled is None
    assert learner.q_values(state).tolist() == [0.0, 0.0, 0.0]
    assert learner.votes(state, NAMES) == []
    copy = make_learner(BackoffQ, NAMES.actions, {"warm_up": 100})
    copy.restore(learner.arrays())
    assert copy.viewpoint.watched == 99


@pytest.mark.parametrize(
    "settings",
    [
        {"gamma": 1.1},
        {"trace": -0.1},
        {"weight": 0},
        {"alike": 0},
        {"refit": 0},
        {"optimism": -1},
        {"advantage": -1},
    ],
)
def test_a_wrong_setting_is_named(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        make_learner(BackoffQ, NAMES.actions, settings)


def test_the_nearest_of_each_kind_is_seen_and_never_the_controlled_object_itself():
    me, other = paddle(80, track=3), paddle(30, track=7)
    near, far = ball(70), ball(10)
    rows = to_rows([far, other, near, me])
    assert (oldest_row(rows, 0), nearest_rows(rows, 3, 2).tolist()) == (3, [1, 2])
    assert oldest_row(to_rows([far, near]), 0) == -1


@given(st.floats(-150, 150), st.floats(-200, 200), st.floats(-16, 16), st.floats(-16, 16))
def test_a_code_is_the_cell_of_a_place(x, y, dx, dy):
    column, row, across, down, _, _ = fields(fine_code(x, y, dx, dy, 0.0, 0.0))
    assert column * WIDTH <= x < (column + 1) * WIDTH
    assert row * HEIGHT <= y < (row + 1) * HEIGHT
    assert (across > 0, across < 0) == (dx > 0.9, dx < -0.9)
    assert (abs(down) == 2) == (abs(dy) > 5)


@given(*[st.floats(-150, 150)] * 4, st.floats(-16, 16))
def test_places_in_one_fine_cell_share_the_coarser_ones(x, y, other_x, other_y, dx):
    codes = fine_code(x, y, dx, 0.0, 0.0, 0.0), fine_code(other_x, other_y, dx, 0.0, 0.0, 0.0)
    middle = middle_code(np.array(codes))
    assert middle.tolist() == list(map(middle_code, codes))
    for level, (one, other) in enumerate((coarse_code(middle), middle)):
        width, height = (4 * WIDTH, 4 * HEIGHT) if level == 0 else (2 * WIDTH, 2 * HEIGHT)
        assert (one == other) == (x // width == other_x // width and y // height == other_y // height)


def test_cells_in_words():
    code = fine_code(1.0, 10.0, -2.0, 9.0, 0.0, -3.0)
    assert words(fields(code), "paddle", "ball") == (
        "ball soon 0-8 px right of and 8-12 px below paddle, moving left and fast down, while paddle moves up"
    )
    assert words((), "paddle", "ball") == "no ball beside paddle"


HERE, BESIDE, FAR = fine_code(1, 1, 0, 0, 0, 0), fine_code(1, 1, 0, 0, 3, 0), fine_code(99, 99, 0, 0, 0, 0)


def fitted(targets, n_actions=1, alike=None, root=0.0, **counts):
    """Return a table whose cell HERE saw these targets of action 0."""
    table = BackoffTable(n_actions)
    table.add_relation()
    cells = table.cells(np.full((len(targets), 1), HERE))
    steps = Steps(cells, np.zeros(len(targets), np.int16), np.array(targets), np.zeros(len(targets)))
    table.grow(root)
    table.fit(steps, np.eye(n_actions) if alike is None else alike, Counts(**counts))
    return table


def test_a_cell_that_knows_little_says_what_the_coarser_one_does():
    table = fitted([3.0, 3.0])
    # everywhere 6 / 4 = 1.5; down the levels (6 + 2 * 1.5) / 4 = 2.25, 2.625, 2.8125; then, its own, 2.90625
    assert table.votes(np.array([HERE]))[0][0] == pytest.approx(2.90625)
    assert table.votes(np.array([BESIDE]))[0][0] == pytest.approx(2.625)
    assert table.votes(np.array([FAR]))[0][0] == pytest.approx(1.5)
    assert table.visits_of(0, HERE) == [2]
    assert table.visits_of(0, FAR) == [0]


@given(st.lists(st.tuples(*[st.sampled_from([ABSENT, HERE, BESIDE, FAR])] * 2), min_size=1))
def test_cells_are_numbered_as_they_come_whether_one_by_one_or_at_once(codes):
    first, second = BackoffTable(1), BackoffTable(1)
    for table in (first, second):
        absent = [table.add_relation() for _ in range(2)]
    together = first.cells(np.array(codes))
    assert together.tolist() == [second.cells(np.array(each)).tolist() for each in codes]
    assert absent == [0, 1]
    assert first.cells(np.array([ABSENT, ABSENT])).tolist() == absent
    assert len(first) == len(second) == 1 + together.max(initial=1)
    assert [cells.keys.tolist() for cells in first.levels] == [cells.keys.tolist() for cells in second.levels]


def test_what_was_never_met_has_the_value_of_the_root_at_first():
    table = fitted([], root=0.5)
    assert table.votes(np.array([FAR]))[0].tolist() == table.total(np.array([FAR])).tolist() == [0.5]


def test_actions_are_chosen_by_the_moving_average_of_fits():
    table = BackoffTable(1, share=0.25)
    table.add_relation()
    cells, votes = table.cells(np.full((1, 1), HERE)), []
    table.grow(root=0.0)
    for target in (8.0, 0.0):
        steps = Steps(
            cells, np.zeros(1, np.int16), np.array([target]), np.array(table.fine.fitted[cells[0], 0])
        )
        table.fit(steps, np.eye(1), Counts(coarser=1.0, alike=1.0))
        votes.append(table.votes(np.array([HERE]))[0][0])
    # a fit to 8 says 4, 6, 7, 7.5 down the levels, then 7.75, a quarter of which it moves; one to 0 says 0
    assert votes == pytest.approx([7.75 / 4, 7.75 / 4 * 3 / 4])


def test_the_action_is_chosen_by_one_table_and_valued_by_another():
    chosen_by, values = np.array([[1.0, 2.0], [0.0, 1.5]]), np.array([[7.0, 3.0], [5.0, 4.0]])
    cells = np.array([[0, 1], [0, 0]], dtype=np.int32)  # the second action is best in both: 3.5 and 4
    assert values_of_best(chosen_by, values, cells).tolist() == [3.0 + 4.0, 3.0 + 3.0]


TWINS = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Of three actions, the first two move alike."""


def test_an_action_never_tried_is_worth_what_those_alike_are():
    mine, twin, stranger = fitted([5.0] * 4, n_actions=3, alike=TWINS).votes(np.array([HERE]))[0]
    assert mine > twin > 4.9
    assert stranger == 0.0


def test_actions_that_move_alike_but_pay_differently_are_told_apart():
    table = fitted([], n_actions=3)
    cells, actions = table.cells(np.full((20, 1), HERE)), np.tile([0, 1], 10).astype(np.int16)
    targets = np.where(actions == 0, 1.0, 0.0)
    table.grow(root=0.0)
    table.fit(Steps(cells, actions, targets, np.zeros(20)), TWINS, Counts())
    punch, rest, _ = table.votes(np.array([HERE]))[0]
    # shared (10 + 2 q) / 22 down the levels, about 0.5; then (10 + 2 * 0.5) / 12 and (0 + 2 * 0.5) / 12
    assert (punch, rest) == (pytest.approx(11 / 12, abs=0.01), pytest.approx(1 / 12, abs=0.01))


@pytest.mark.parametrize(("advantage", "learned"), [(0.0, False), (2.0, True)])
def test_what_an_action_adds_is_told_to_neighbours_that_are_worth_more(advantage, learned):
    table = BackoffTable(2)
    table.add_relation()
    codes = np.repeat([HERE, BESIDE], 40)[:, None]  # both actions are known here, beside it only one
    actions = np.concatenate((np.tile([0, 1], 20), np.zeros(40))).astype(np.int16)
    targets = np.concatenate((np.tile([1.0, 0.0], 20), np.full(40, 9.0)))
    steps = Steps(table.cells(codes), actions, targets, np.zeros(80))
    table.grow(root=0.0)
    table.fit(steps, np.eye(2), Counts(advantage=advantage))
    known, untried = table.votes(np.array([BESIDE]))[0]
    assert known == pytest.approx(9.0, abs=0.2)
    assert (untried > 7.0) == learned  # 9 less what the second action has less than the first, or what it has
    assert table.votes(np.array([HERE]))[0] == pytest.approx([1.0, 0.0], abs=0.15)


def test_apart_a_cell_is_worth_the_mean_and_its_actions_add_what_is_left():
    table = fitted([3.0, 3.0], n_actions=2, advantage=2.0)
    # worth 1.5, 2.25, 2.625, 2.8125 down the levels leaves 2 * 0.1875 = 0.375 to action 0, of which it has
    # 0.375 / 4, (0.375 + 2 * 0.09375) / 4 and so on: 0.09375, 0.140625, 0.1640625, 0.17578125
    tried, untried = table.votes(np.array([HERE]))[0]
    assert untried == pytest.approx(2.8125)
    assert tried == pytest.approx((6 + 2 * (2.8125 + 0.17578125)) / 4)


def test_relations_add_up_to_the_target():
    table = BackoffTable(1)
    for _ in range(2):
        table.add_relation()
    cells = table.cells(np.full((40, 2), HERE))
    table.grow(root=0.0)
    for _ in range(5):
        present = np.full(40, table.votes(np.array([HERE, HERE])).sum())
        steps = Steps(cells, np.zeros(40, np.int16), np.full(40, 8.0), present)
        table.fit(steps, np.eye(1), Counts())
    assert table.votes(np.array([HERE, HERE])).sum() == pytest.approx(8.0, abs=0.05)


def returns(steps, best, gamma, trace):
    """Return the lambda-returns of (reward, terminated, cut, stream)."""
    rewards, terminated, cut, streams = (np.array(column) for column in zip(*steps, strict=True))
    return lambda_returns(
        np.array(best, float), rewards.astype(float), terminated, cut, streams.astype(np.int16), gamma, trace
    ).tolist()


def test_returns_by_hand():
    steps = [(1, False, False, 0), (2, False, False, 0), (4, True, True, 0), (7, False, False, 0)]
    # the third ends the episode: 4; the last has no next step: 7 + 0.5 * 6 = 10;
    # the second 2 + 0.5 (0.2 * 20 + 0.8 * 4) = 5.6; the first 1 + 0.5 (0.2 * 10 + 0.8 * 5.6) = 4.24
    assert returns(steps, [10, 20, 99, 6], gamma=0.5, trace=0.8) == pytest.approx([4.24, 5.6, 4.0, 10.0])


def test_returns_do_not_run_from_one_episode_or_environment_into_another():
    steps = [(1, True, True, 0), (100, False, False, 1), (1, False, True, 0), (100, False, False, 1)]
    assert returns(steps, [0] * 4, gamma=1.0, trace=1.0) == [1.0, 200.0, 1.0, 100.0]


def test_memory_grows_and_relations_met_later_were_absent_before():
    memory = Memory()
    memory.add_relation(5)
    for begin, end in [(0, 4), (4, 11), (11, 3000)]:
        if begin == 11:
            memory.add_relation(9)
        cells = np.repeat(np.arange(begin, end), 1 + (begin == 11)).reshape(end - begin, -1)
        steps = [(1, step, False, False, 0) for step in range(begin, end)]
        memory.add(cells, cells, np.array(steps, dtype=STEP))
    before, after = memory.cells()
    assert before[:12].tolist() == [[step, 9] for step in range(11)] + [[11, 11]]
    assert after[-1].tolist() == [2999, 2999]
    assert memory["reward"].tolist() == list(range(3000))


@given(st.floats(20, 140), st.floats(20, 180), st.floats(-16, 16), st.floats(-16, 16))
def test_others_are_seen_where_they_will_be_a_step_ahead(x, y, dx, dy):
    moving, ahead = ball(x, y, dx=dx, dy=dy), ball(x + dx, y + dy)
    seen = (look(to_rows([paddle(), one]), 0, 0, PLACES, 2, False, ANYWHERE) for one in (moving, ahead))
    codes = [codes[0] for codes in seen]
    assert fields(codes[0])[:2] == fields(codes[1])[:2]
    assert fields(codes[1])[2:4] == (0, 0)


def test_a_course_is_where_and_when_another_comes_level():
    falling = ball(100, y=150, dx=-4.0, dy=8.0)  # level with the paddle at 190 in 5 steps, 20 px further left
    rows = to_rows([paddle(84, dx=3.0), falling])
    column, steps, drift, _, mine, _ = fields(course_from(rows, 0, 1, 0))
    assert (column, steps, drift, mine) == ((100 - 20 - 84) // WIDTH, 5, -1, 1)
    rising, level = ball(100, dy=-8.0), ball(100, y=190, dx=4.0)
    for other in (rising, level):
        assert course_from(to_rows([paddle(), other]), 0, 1, 0) == ABSENT
    assert fields(course_from(to_rows([paddle(), ball(40, y=190, dx=8.0)]), 0, 1, 1))[:2] == (0, 5)


def test_of_two_that_look_alike_the_one_that_the_actions_move_is_controlled():
    learner, random = make_learner(BackoffQ, NAMES.actions, {}), np.random.default_rng(0)
    idle, place = Symbol(0, 20.0, 20.0, 6, 8, track=0), 100.0
    scene = learner.describe(to_rows([idle, Symbol(0, 120.0, place, 6, 8, track=1)]))
    for _ in range(1_500):
        action = int(random.integers(3))
        before, place = place, float(np.clip(place + MOVE[action], 40, 180))
        after = learner.describe(to_rows([idle, Symbol(0, 120.0, place, 6, 8, track=1, dy=place - before)]))
        learner.observe(Transition(scene, action, 0.0, False, False, after))
        scene = after
    later = learner.describe(to_rows([idle, Symbol(0, 120.0, 90.0, 6, 8, track=7)]))
    learner.q_values(later)
    assert (learner.controlled, learner.viewpoint.axis, later.me) == (0, 1, 1)
    names = Names(actions=[], kinds=["chicken"])  # rules are about the same one
    assert View(0, names, learner.own_row)(later.rows)[:2].tolist() == [120.0, 90.0]
    assert View(0, names)(later.rows)[:2].tolist() == [20.0, 20.0]


def test_information_about_moves_tells_the_controlled_kind():
    control, random = Control(2), np.random.default_rng(0)
    for _ in range(400):
        action = int(random.integers(2))
        mine = Symbol(4, 0, 0, 1, 1, dx=(3.0, -3.0)[action])
        drifting = Symbol(2, 0, 0, 1, 1, dx=3.0, dy=float(random.normal()))
        control.observe(np.full(2, action), to_rows([mine, drifting]))
    assert control.controlled == 4
    assert control.information(4) == pytest.approx(np.log(2), abs=0.01)
    assert control.axis(4) == 0
    assert control.alike(4).tolist() == np.eye(2).tolist()
    assert control.alike(2).tolist() == np.ones((2, 2)).tolist()


def test_information_is_never_negative_and_zero_for_independent_counts():
    assert mutual_information(np.array([[1, 1], [2, 2]])) == pytest.approx(0.0, abs=1e-12)
    assert mutual_information(np.zeros((2, 3), dtype=int)) == 0.0
