"""Games that are the same in a mirror, and what a learner makes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl.agents.averages import Sums, add_images, agreement
from dsrl.agents.backoff import BackoffQ
from dsrl.agents.backoff_table import BackoffTable, Counts, Steps
from dsrl.agents.courses import course_code, course_image
from dsrl.agents.learners import Transition, make_learner
from dsrl.agents.mirrors import Images, Mirror, find_mirrors, swaps
from dsrl.agents.relations import ABSENT, CODES, MIDDLE, fine_code, image
from dsrl.agents.speaker import Relation
from dsrl.symbols import Symbol, to_rows

ACTIONS = ["NOOP", "RIGHT", "LEFT"]
EXCHANGED = np.array([0, 2, 1])
STAYS, BACK, ON = [0.0, 1.0, 0.0], [0.9, 0.1, 0.0], [0.0, 0.2, 0.8]
SIDES = st.booleans()
PLACE = st.integers(-90, 90).map(lambda place: place + 0.5)  # on the border of no cell
MOVE = st.integers(-8, 8).map(float)


def test_sides_are_exchanged_in_the_names_of_actions():
    assert [swap.tolist() for swap in swaps(["UP", "DOWNLEFT", "DOWN", "UPLEFT"])] == [[2, 3, 0, 1]]
    assert len(swaps(["UP", "DOWN", "LEFT", "RIGHT"])) == 3
    assert swaps(["NOOP", "FIRE"]) == swaps(["action 0", "action 1"]) == []
    assert swaps(["NOOP", "RIGHT"]) == []  # there is no LEFT


@pytest.mark.parametrize(
    ("across", "down", "found"),
    [
        ([STAYS, ON, BACK], [STAYS] * 3, [(True, False)]),
        ([STAYS] * 3, [STAYS, BACK, ON], [(False, True)]),  # as in Pong, where RIGHT is up
        ([STAYS] * 3, [STAYS] * 3, []),
        ([STAYS, ON, STAYS], [STAYS] * 3, []),  # an action that moves one way, and none that moves back
    ],
)
def test_a_mirror_is_where_exchanged_actions_move_the_controlled_object_to_the_other_side(
    across, down, found
):
    mirrors = find_mirrors(np.array([across, down]), swaps(ACTIONS))
    assert [mirror[:2] for mirror in mirrors] == found
    assert all(mirror.swap.tolist() == EXCHANGED.tolist() for mirror in mirrors)


def test_who_moves_on_both_axes_has_three_mirrors():
    moves = np.array([[ON, BACK, STAYS, STAYS], [STAYS, STAYS, BACK, ON]])
    mirrors = find_mirrors(moves, swaps(["RIGHT", "LEFT", "UP", "DOWN"]))
    assert [(*mirror[:2], mirror.swap.tolist()) for mirror in mirrors] == [
        (True, False, [1, 0, 2, 3]),
        (False, True, [0, 1, 3, 2]),
        (True, True, [1, 0, 3, 2]),
    ]


@given(PLACE, PLACE, MOVE, MOVE, MOVE, MOVE, SIDES, SIDES)
def test_the_image_of_a_cell_is_that_of_the_place_in_the_mirror(x, y, dx, dy, mine_dx, mine_dy, across, down):
    a, d = 1 - 2 * across, 1 - 2 * down
    code = fine_code(x, y, dx, dy, mine_dx, mine_dy)
    seen = fine_code(a * x, d * y, a * dx, d * dy, a * mine_dx, d * mine_dy)
    assert image(code, across, down) == seen
    assert image(seen, across, down) == code


@given(PLACE, MOVE, PLACE, MOVE, MOVE, MOVE, SIDES, SIDES, st.sampled_from([0, 1]))
def test_the_image_of_a_course_is_that_of_the_course_in_the_mirror(
    gap, speed, offset, drift, mine_dx, mine_dy, across, down, axis
):
    along, off = ((across, down), (down, across))[axis]
    code = course_code(gap, speed, offset + 0.01, drift, mine_dx, mine_dy)
    seen = course_code(
        (1 - 2 * off) * gap,
        (1 - 2 * off) * speed,
        (1 - 2 * along) * (offset + 0.01),
        (1 - 2 * along) * drift,
        (1 - 2 * across) * mine_dx,
        (1 - 2 * down) * mine_dy,
    )
    assert course_image(code, across, down, axis) == seen


def test_what_is_not_there_and_the_own_place_have_no_other_image():
    mirror = Mirror(True, True, EXCHANGED)
    assert mirror.code(ABSENT, Relation(0, course=False), 0) == ABSENT
    assert mirror.code(ABSENT, Relation(0, course=True), 0) == ABSENT
    assert mirror.code(77, Relation(MIDDLE, course=False), 0) == 77


RIGHT_OF, LEFT_OF = fine_code(20.5, 0.5, 0, 0, 0, 0), fine_code(-20.5, 0.5, 0, 0, 0, 0)
RELATIONS = [Relation(0, course=False)]


def fitted(codes, actions, targets, limit=8.0):
    """Return a table of one relation that was fitted with the mirror that exchanges left and right."""
    table = BackoffTable(3)
    table.add_relation()
    cells = table.cells(np.array(codes)[:, None])
    mirrors = Images().reflections([Mirror(True, False, EXCHANGED)], table, RELATIONS, 0)
    table.grow(root=0.0)
    steps = Steps(cells, np.array(actions, np.int16), np.array(targets, float), np.zeros(len(codes)))
    table.fit(steps, np.eye(3), Counts(image=limit), mirrors)
    return table


def test_what_was_learned_on_one_side_is_known_on_the_other():
    table = fitted([RIGHT_OF, RIGHT_OF, LEFT_OF, LEFT_OF], [1, 2, 1, 2], [8, 0, 2, 6], limit=np.inf)
    here, there = (table.votes(np.array([side]))[0] for side in (RIGHT_OF, LEFT_OF))
    assert here[EXCHANGED].tolist() == there.tolist()
    assert here[1] > here[2]
    assert table.visits_of(0, RIGHT_OF) == table.visits_of(0, LEFT_OF) == [0, 1, 1]


def test_an_image_counts_as_so_many_targets_at_most():
    sums = Sums(np.zeros((2, 3)), np.zeros((2, 3)))
    own = Sums(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 48.0]]), np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 24.0]]))
    add_images(np.array([0]), np.array([1, 0]), EXCHANGED, 8.0, own, sums)
    assert sums.number[0].tolist() == [0.0, pytest.approx(6.0), 0.0]  # 24 * 8 / (24 + 8)
    assert sums.total[0].tolist() == [0.0, pytest.approx(12.0), 0.0]  # of the same mean


def test_where_actions_differ_otherwise_than_in_the_mirror_nothing_is_taken_from_it():
    table = fitted([RIGHT_OF, RIGHT_OF, LEFT_OF, LEFT_OF], [1, 2, 1, 2], [8, 0, 8, 0])
    assert table.votes(np.array([RIGHT_OF])).tolist() == table.votes(np.array([LEFT_OF])).tolist()


def test_agreement_by_hand():
    # RIGHT has 2 more than the mean in one cell, LEFT 1 more in its image, and the others as much less; each
    # pair of one target and one weighs a half
    own = Sums(np.array([[0.0, 4.0, 0.0], [0.0, 1.0, 3.0]]), np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
    assert agreement(np.array([0, 1]), np.array([1, 0]), EXCHANGED, own) == pytest.approx(2.0)


def test_every_image_has_a_cell_and_cells_met_later_have_theirs():
    table, images = BackoffTable(3), Images()
    table.add_relation()
    mirrors = [Mirror(True, False, EXCHANGED), Mirror(False, True, EXCHANGED), Mirror(True, True, EXCHANGED)]
    for codes in ([RIGHT_OF], [fine_code(9.5, 9.5, 0, 0, 0, 0), LEFT_OF]):
        table.cells(np.array(codes)[:, None])
        for mirror, (numbers, _) in zip(
            mirrors, images.reflections(mirrors, table, RELATIONS, 0), strict=True
        ):
            assert len(numbers) == len(table)
            assert numbers[numbers].tolist() == list(range(len(table)))
            expected = [int(image(int(key % CODES), *mirror[:2])) for key in table.fine.keys]
            assert (table.fine.keys[numbers] % CODES).tolist() == expected


def chase(learner, steps):
    """Play a game in which a paddle earns 1 by being under a ball, which is on its right in most episodes."""
    random, moves = np.random.default_rng(0), (0.0, 4.0, -4.0)

    def start():
        return 80.0, 80.0 + float(random.choice([-24, 24, 24, 24, 24, 24, 24, 24]))

    place, target = start()
    scene = learner.describe(seen(place, target))
    for _ in range(steps):
        action = int(random.integers(3))
        place = float(np.clip(place + moves[action], 20, 140))
        found = place == target
        after = learner.describe(seen(place, target, moves[action]))
        learner.observe(Transition(scene, action, float(found), found, False, after))
        if found:
            place, target = start()
            after = learner.describe(seen(place, target))
        scene = after
    learner.finish()


def seen(place, target, dx=0.0):
    """Return a paddle and a ball."""
    return to_rows([Symbol(0, place, 190.0, 16, 4, 0, dx=dx), Symbol(1, target, 150.0, 2, 4, 1)])


def test_a_learner_knows_sooner_what_to_do_on_the_side_where_it_seldom_was():
    values = {}
    for limit in (0.0, 8.0):
        learner = make_learner(BackoffQ, ACTIONS, {"mirrored": limit})
        chase(learner, 2_000)
        places = [learner.describe(seen(80.0, target)) for target in (60.0, 64.0, 68.0, 72.0)]
        values[limit] = np.mean([learner.q_values(each) for each in places], axis=0)
    without, with_mirror = (values[limit][2] - values[limit][1] for limit in (0.0, 8.0))  # LEFT over RIGHT
    assert with_mirror > max(0.0, without)
