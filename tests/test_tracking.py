"""Which object is which, by the likelihood of Garnelo et al. 2016."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dsrl.preprocessing import Box
from dsrl.symbols import Symbol, to_rows
from dsrl.tracking import MAX_DISTANCE, Tracker, match
from dsrl.tracks import PATIENCE

places = st.integers(0, 160).map(float)


def ball(x: float, y: float = 50.0, kind: int = 0) -> Symbol:
    return Symbol(kind, x, y, width=2, height=4)


scenes = st.lists(
    st.lists(st.builds(ball, places, places, st.integers(0, 2)), max_size=6), min_size=1, max_size=8
)


def matched(before: list[Symbol], now: list[Symbol]) -> dict[int, int]:
    """Return which of those now is which of those before."""
    return dict(zip(*(ids.tolist() for ids in match(to_rows(before), to_rows(now))), strict=True))


def tracks(symbols: list[Symbol]) -> list[int]:
    return [symbol.track for symbol in symbols]


def test_the_first_objects_are_numbered_as_they_come_and_stand_still():
    assert Tracker().update([ball(40), ball(80)]) == [
        Symbol(0, 40, 50, 2, 4, track=0),
        Symbol(0, 80, 50, 2, 4, track=1),
    ]


def test_a_change_is_what_moved_since_the_last_step():
    tracker = Tracker()
    tracker.update([ball(40, 50)])
    (seen,) = tracker.update([ball(44, 47)])
    assert (seen.track, seen.dx, seen.dy) == (0, 4, -3)


def test_symbols_come_in_the_order_of_their_tracks():
    tracker = Tracker()
    tracker.update([ball(40), ball(80), ball(120)])
    assert [symbol.x for symbol in tracker.update([ball(121), ball(41), ball(81)])] == [41, 81, 121]


def test_identities_are_given_in_the_order_of_what_was_seen():
    tracker = Tracker()
    assert tracker.identities([ball(40), ball(80), ball(120)]).tolist() == [0, 1, 2]
    assert tracker.identities([ball(121), ball(41)]).tolist() == [2, 0]
    assert tracker.identities([]).tolist() == []


def test_the_likelihood_weighs_distance_kind_and_neighbours():
    # Either was 3 px away with as many neighbours: 1/4 + 1 from both, so 0.9 for the kind beats 0.1.
    before = [ball(40, kind=0), ball(46, kind=1)]
    assert matched(before, [ball(43, kind=1), ball(49, kind=0)]) == {0: 1, 1: 0}
    # Four times as far, 1/13 against 1/4, the kind still decides: 0.9 - 0.1 is more than any distance is.
    assert matched([ball(40, kind=0), ball(55, kind=1)], [ball(52, kind=0)]) == {0: 0}


def test_objects_of_two_kinds_that_change_places_do_not_change_identities():
    before, now = [ball(40), ball(52, kind=1)], [ball(52), ball(40, kind=1)]
    assert matched(before, now) == {0: 0, 1: 1}


def test_equal_in_all_else_the_nearest_is_the_same():
    assert matched([ball(40), ball(80)], [ball(62)]) == {0: 1}
    assert matched([ball(40), ball(80)], [ball(58)]) == {0: 0}


def test_what_had_company_is_not_taken_for_what_was_alone():
    before = [ball(20), ball(20, 60, kind=1), ball(60)]
    assert matched(before, [ball(40), ball(40, 60, kind=1)]) == {0: 0, 1: 1}
    assert matched(before, [ball(40)]) == {0: 2}


def test_nothing_jumps_further_than_the_limit():
    assert matched([ball(40)], [ball(40 + MAX_DISTANCE)]) == {0: 0}
    assert matched([ball(40)], [ball(40.5 + MAX_DISTANCE)]) == {}


def test_the_kind_that_turns_up_far_away_has_jumped_and_is_not_expected_where_it_was():
    tracker = Tracker()
    tracker.update([ball(40)])
    assert tracks(tracker.update([ball(140)])) == [1]
    assert tracks(tracker.update([])) == [1]  # while another kind leaves it expected
    assert tracks(tracker.update([ball(40, kind=1)])) == [1, 2]


def test_a_jump_that_was_seen_at_both_ends_leaves_nothing_behind():
    tracker = Tracker()
    tracker.update([ball(40)])
    assert tracks(tracker.update([ball(40), ball(140)])) == [0, 1]  # one in each frame of the pair
    assert tracks(tracker.update([ball(140)])) == [1]


def test_what_would_leave_the_field_is_not_expected():
    tracker = Tracker(Box(top=0, left=20, height=210, width=100))
    for x in (108, 114):
        tracker.update([ball(x), ball(132 - x, 90)])
    assert tracks(tracker.update([])) == []  # at 120 and 12 they would not be whole
    assert [symbol.x for symbol in tracker.vanished] == [114, 18]


def test_appearing_and_vanishing_are_told_in_the_step_in_which_they_happen():
    tracker = Tracker()
    ends = [tracker.appeared, tracker.vanished]
    for scene in ([ball(40)], [ball(44), ball(100, kind=1)], [ball(48)], [ball(52)], [ball(56)], [ball(60)]):
        tracker.update(scene)
        ends.append((tracks(tracker.appeared), tracks(tracker.vanished)))
    assert ends == [[], [], ([0], []), ([1], []), ([], []), ([], []), ([], [1]), ([], [])]


def test_what_vanishes_is_told_as_it_was_last_in_the_table():
    tracker = Tracker()
    tracker.update([ball(40)])
    tracker.update([ball(44)])
    *_, last = (tracker.update([]) for _ in range(PATIENCE))
    tracker.update([])
    assert tracker.vanished == last
    tracker.reset()
    assert tracker.vanished == []


@given(scenes)
def test_the_table_changes_by_what_appears_and_what_vanishes(episode):
    tracker, table = Tracker(), set()
    for scene in episode:
        now = set(tracks(tracker.update(scene)))
        appeared, vanished = set(tracks(tracker.appeared)), set(tracks(tracker.vanished))
        assert (now - table, table - now) == (appeared, vanished)
        table = now


def test_a_fast_object_is_looked_for_where_it_was_going():
    tracker = Tracker()
    tracker.update([ball(20)])
    tracker.update([ball(50)])
    (seen,) = tracker.update([ball(90)])  # 40 px on: 10 from where it was expected
    assert (seen.track, seen.dx) == (0, 40)


@given(speed=st.integers(1, 15), gap=st.integers(1, 29))
def test_objects_that_cross_keep_their_identity(speed, gap):
    assume(gap != 2 * speed)  # they would end in one place
    tracker = Tracker()
    tracker.update([ball(60 - speed), ball(60 + gap + speed)])
    tracker.update([ball(60), ball(60 + gap)])
    left, right = tracker.update([ball(60 + gap - speed), ball(60 + speed)])
    assert (left.x, right.x) == (60 + speed, 60 + gap - speed)


def test_an_object_may_stop_or_turn_back():
    tracker = Tracker()
    tracker.update([ball(40)])
    tracker.update([ball(56)])
    for x, dx in [(56, 0), (40, -16)]:
        (seen,) = tracker.update([ball(x)])
        assert (seen.track, seen.dx) == (0, dx)


def test_two_missing_steps_coast_and_the_third_ends_the_track():
    assert PATIENCE == 2
    tracker = Tracker()
    tracker.update([ball(40)])
    tracker.update([ball(44, 49)])
    expected = Symbol(0, 48, 48, 2, 4, track=0, confidence=0.5, dx=4, dy=-1)
    assert tracker.update([]) == [expected]
    assert tracker.update([]) == [expected._replace(x=52, y=47, confidence=0.25)]
    assert tracker.update([]) == []
    assert tracks(tracker.update([ball(56, 46)])) == [1]


@pytest.mark.parametrize("missing", [1, 2])
def test_an_object_that_comes_back_in_time_is_the_same_and_its_change_is_of_one_step(missing):
    tracker = Tracker()
    tracker.update([ball(40)])
    tracker.update([ball(44)])
    for _ in range(missing):
        tracker.update([])
    assert tracker.update([ball(48 + 4 * missing)]) == [
        Symbol(0, 48 + 4 * missing, 50, 2, 4, track=0, confidence=1, dx=4)
    ]
    for _ in range(PATIENCE):
        assert tracks(tracker.update([])) == [0]  # patience begins anew


@given(scenes)
def test_no_identity_is_used_again_in_an_episode(episode):
    tracker, gone, present = Tracker(), set(), set()
    for scene in episode:
        now = tracks(tracker.update(scene))
        assert now == sorted(set(now))
        gone |= present - set(now)
        present = set(now)
        assert not gone & present


@given(scenes)
def test_everything_that_is_seen_is_in_the_table_at_its_place(episode):
    tracker = Tracker()
    for scene in episode:
        table = tracker.update(scene)
        places = [(symbol.kind, symbol.x, symbol.y) for symbol in table if symbol.confidence == 1]
        assert sorted(places) == sorted((symbol.kind, symbol.x, symbol.y) for symbol in scene)


@given(scenes, places, places)
def test_where_on_the_screen_it_all_happens_does_not_matter(episode, right, down):
    field = Box(-1000, -1000, 2000, 2000)  # without an edge
    here, there = Tracker(field), Tracker(field)
    for scene in episode:
        moved = [symbol._replace(x=symbol.x + right, y=symbol.y + down) for symbol in scene]
        assert [
            symbol._replace(x=symbol.x + right, y=symbol.y + down) for symbol in here.update(scene)
        ] == there.update(moved)


def test_an_episode_begins_with_no_past():
    tracker = Tracker()
    tracker.update([ball(40)])
    tracker.update([ball(44)])
    tracker.reset()
    assert tracker.update([ball(48)]) == [Symbol(0, 48, 50, 2, 4, track=0)]
