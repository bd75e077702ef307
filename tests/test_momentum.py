"""Where the controlled object will come to rest, and what is seen from there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl.agents.backoff import BackoffQ
from dsrl.agents.courses import bounced, passing_code, passing_words
from dsrl.agents.learners import Transition
from dsrl.agents.momentum import MOST, Momentum
from dsrl.agents.relations import ABSENT, WIDTH, fields
from dsrl.agents.sight import Scene, at_rest, passing_from
from dsrl.agents.viewpoint import Viewpoint
from dsrl.symbols import DX, Symbol, X, Y, to_rows

ACTIONS = ["STAY", "LEFT", "RIGHT"]
PUSH = (0.0, -6.0, 6.0)
REST = np.array([[2.0, 20.0, 140.0], [0.0, 190.0, 190.0]])


def paddle(x=80.0, dx=0.0):
    return Symbol(0, x, 190.0, 16, 4, track=0, dx=dx)


def ball(x, y, **changes):
    return Symbol(1, x, y, 2, 4, track=1, **changes)


def moved(moves, actions, n_actions=3):
    """Return what is known of a paddle that made these moves, each of which an action led to."""
    momentum = Momentum(n_actions)
    for action, before, after in zip(actions, moves, moves[1:], strict=False):
        momentum.observe(int(action), to_rows([paddle(dx=before)]), to_rows([paddle(dx=after)]))
    momentum.settle(0)
    return momentum


@given(st.floats(0.0, 0.95), st.integers(0, 99))
@settings(max_examples=20)
def test_what_is_kept_of_a_move_is_told_apart_from_what_actions_push(share, seed):
    random = np.random.default_rng(seed)
    actions, moves = random.integers(3, size=300), [0.0]
    for action in actions:
        moves.append(share * moves[-1] + PUSH[action] + random.normal(0, 0.1))
    kept = min(share, MOST)
    assert moved(moves, actions).rest[0, 0] == pytest.approx(kept / (1 - kept), abs=0.1)


def test_what_moves_against_its_last_move_keeps_nothing():
    assert moved([4.0, -4.0] * 20, [0] * 39).rest[:, 0].tolist() == [0.0, 0.0]


def test_an_object_that_another_takes_the_place_of_is_not_followed():
    momentum = Momentum(1)
    for track in range(50):
        before, after = (Symbol(0, 80, 190, 16, 4, track + more, dx=8.0) for more in (0, 1))
        momentum.observe(0, to_rows([before]), to_rows([after]))
    assert not momentum.squares.any()


@pytest.mark.parametrize(
    ("place", "move", "rests"),
    [(80, 4, 88), (80, 0, 80), (136, 6, 140), (24, -6, 20), (145, 5, 145), (145, -5, 135)],
)
def test_it_rests_where_its_moves_lead_but_not_beyond_where_it_was_seen(place, move, rests):
    rows = to_rows([paddle(place, dx=move), ball(50, 50, dx=3.0)])
    seen = at_rest(rows, 0, REST)
    assert (seen[0, X], seen[0, Y], seen[0, DX]) == (rests, 190.0, 0.0)
    assert seen[1].tolist() == rows[1].tolist()
    assert rows[0, X] == place  # what was given stays


def test_extents_are_of_each_kind_that_was_seen():
    momentum = Momentum(1)
    for rows in ([Symbol(0, 10, 50, 4, 4, 0), Symbol(2, 30, 60, 4, 4, 1)], [Symbol(2, 20, 70, 4, 4, 2)]):
        momentum.observe(0, to_rows([]), to_rows(rows))
    first, second, third = momentum.extents.tolist()
    assert (first, third) == ([[10, 10], [50, 50]], [[20, 30], [60, 70]])
    assert np.isnan(second).all()


def test_a_learner_that_is_saved_in_its_warm_up_comes_to_the_same_rest():
    saved, never = (Viewpoint(3, warm_up=300, resting=True) for _ in range(2))
    random, move = np.random.default_rng(0), 0.0
    for step in range(300):
        action = int(random.integers(3))
        before, move = move, 0.5 * move + PUSH[action]
        scenes = [Scene(to_rows([paddle(dx=each)])) for each in (before, move)]
        for view in (saved, never):
            view.observe(action, *scenes)
        if step == 150:
            saved.count()
            saved.momentum.restore(saved.momentum.arrays())
    assert saved.controlled == never.controlled == 0
    assert saved.momentum.rest.tolist() == never.momentum.rest.tolist()
    assert never.momentum.rest[0, 0] == pytest.approx(1.0, abs=0.01)  # 0.5 / (1 - 0.5)


@given(st.floats(-60, 100))
def test_what_bounces_stays_between_the_walls(place):
    assert 0 <= bounced(place, 0.0, 40.0) <= 40
    assert bounced(bounced(place, 0.0, 40.0), 0.0, 40.0) == bounced(place, 0.0, 40.0)


def test_a_course_bounces_off_the_wall_before_it_comes_level():
    # level with the paddle in (190 - 150) / 8 = 5 steps, at 110 + 5 * 12 = 170: 22 px beyond the wall
    rows = to_rows([paddle(84), ball(110, 150, dx=12.0, dy=8.0)])
    extents = np.array([[[20.0, 140.0], [190.0, 190.0]], [[8.0, 148.0], [30.0, 200.0]]])
    column, row, *_ = fields(passing_from(rows, 0, 1, 0, extents))
    assert (column, row) == ((126 - 84) // WIDTH, 5 // 2)


def test_what_was_returned_is_told_from_what_was_missed():
    missed, returned, still = (
        fields(passing_from(to_rows([paddle(), ball(80, y, dy=dy)]), 0, 1, 0, np.zeros((0, 2, 2))))
        for y, dy in [(198, 8.0), (182, -8.0), (150, -8.0)]
    )
    assert (missed[1], missed[3]) == (-2, 1)
    assert (returned[1], returned[3]) == (-2, -1)
    assert (still[1], still[3]) == (-4, -1)


@given(st.floats(-200, 200), st.floats(-20, 20), st.floats(-100, 100))
def test_courses_have_words(gap, speed, place):
    code = passing_code(gap, speed, place)
    key = () if code == ABSENT else fields(code)
    said = passing_words(key, key, "paddle", "ball", axis=0)
    assert ("ago" in said) == (gap * speed > 0 and code != ABSENT)
    assert ("will rest" in said) == (gap * speed < 0 and code != ABSENT)


def test_a_learner_finds_that_its_paddle_coasts_and_tells_courses_from_its_rest():
    learner = BackoffQ(ACTIONS, BackoffQ.Settings(resting=True))
    random, place, move = np.random.default_rng(0), 80.0, 0.0
    scene = learner.describe(to_rows([paddle(place), ball(80, 150, dy=4.0)]))
    for step in range(600):
        action = int(random.integers(3))
        move = 0.5 * move + PUSH[action] * (20 < place < 140) - np.sign(place - 80) * (not 20 < place < 140)
        place += move
        after = learner.describe(to_rows([paddle(place, move), ball(80, 30 + step % 30 * 5, dy=5.0)]))
        learner.observe(Transition(scene, action, 0.0, False, False, after))
        scene = after
    learner.finish()
    assert learner.controlled == 0
    assert learner.viewpoint.momentum.rest[0, 0] == pytest.approx(1.0, abs=0.1)  # 0.5 / (1 - 0.5)
    alone, coasting = (
        learner.viewpoint.look(learner.describe(to_rows([paddle(x, dx), ball(100, 150, dy=5.0)]))).tolist()
        for x, dx in [(90, 0.0), (82, 8.0)]
    )
    assert alone == coasting
