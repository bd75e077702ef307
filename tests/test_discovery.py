"""Kinds of objects, found without labels."""

import numpy as np
import pytest

from dsrl.discovery import find_kinds
from dsrl.errors import EncoderError
from dsrl.extraction import Detections
from dsrl.kinds import Kinds

RED, GREEN, WHITE = (200, 72, 72), (92, 186, 92), (236, 236, 236)
BALL, PADDLE, CUT, MELTED = (2, 4, WHITE), (4, 16, GREEN), (4, 6, GREEN), (6, 16, GREEN)
ARMS_UP, ARMS_DOWN = (8, 8, RED), (8, 16, RED)


def seen(*looks: tuple[int, int, tuple[int, int, int]], spectra=None) -> Detections:
    """Return detections of these widths, heights and colours; where they are does not matter to kinds."""
    sizes = np.array([look[:2] for look in looks], dtype=int).reshape(-1, 2)
    colours = np.array([look[2] for look in looks], dtype=np.uint8).reshape(-1, 3)
    spectra = np.zeros((len(looks), 2)) if spectra is None else np.array(spectra)
    boxes = np.hstack([np.full_like(sizes, 40), 40 + sizes])
    return Detections(boxes, 40 + sizes / 2, colours, spectra, np.ones(len(looks)))


def kinds_of(*steps) -> Kinds:
    """Return the kinds found in steps, each of {track: look}."""
    tracks = [np.array(list(step), dtype=int) for step in steps]
    return find_kinds([seen(*step.values()) for step in steps], tracks)


def test_objects_that_look_different_are_different_kinds_the_most_frequent_first():
    kinds = kinds_of(*[{0: PADDLE, 1: PADDLE, 2: BALL}] * 10)
    assert kinds.classify(seen(BALL, PADDLE)).tolist() == [1, 0]
    np.testing.assert_allclose(kinds.shares, [2 / 3, 1 / 3])


def test_two_sprites_that_alternate_on_a_track_are_one_kind():
    dance = [{0: ARMS_UP, 1: BALL}, {0: ARMS_DOWN, 1: BALL}] * 5
    up, down, ball = kinds_of(*dance).classify(seen(ARMS_UP, ARMS_DOWN, BALL))
    assert up == down != ball


def test_three_sprites_in_turn_are_one_kind():
    turn = [{0: ARMS_UP}, {0: ARMS_DOWN}, {0: (16, 16, RED)}] * 10
    assert len(kinds_of(*turn)) == 1


def test_sprites_alike_on_tracks_of_their_own_stay_apart():
    assert len(kinds_of(*[{0: ARMS_UP, 1: ARMS_DOWN}] * 10)) == 2


def test_a_paddle_cut_by_the_edge_is_a_paddle():
    kinds = kinds_of(*[{0: PADDLE, 1: BALL}] * 40, *[{0: CUT, 1: BALL}] * 5, *[{0: PADDLE, 1: BALL}] * 5)
    assert kinds.classify(seen(BALL, PADDLE, CUT)).tolist() == [0, 1, 1]


def test_two_that_swap_tracks_where_they_meet_stay_two_kinds():
    black = (*ARMS_DOWN[:2], (0, 0, 0))
    kinds = kinds_of(*[{0: ARMS_DOWN, 1: black}] * 140, *[{0: black, 1: ARMS_DOWN}] * 145)
    assert len(kinds) == 2


def test_a_ball_and_a_paddle_that_melt_now_and_then_stay_two_kinds():
    flight, contact = [{0: PADDLE, 1: BALL}] * 12, [{0: MELTED}] * 2
    kinds = kinds_of(*(flight + contact) * 4)
    assert kinds.classify(seen(BALL, PADDLE)).tolist() == [1, 0]
    assert kinds.classify(seen(MELTED)).tolist() == [0]


def test_melting_is_harmless_whichever_track_goes_on():
    steps = []
    for ball in range(10, 18):
        steps += [{0: PADDLE, ball: BALL}] * 12
        steps += [{(0 if ball % 2 else ball): MELTED}] * 2
    paddle, ball = kinds_of(*steps).classify(seen(PADDLE, BALL))
    assert paddle != ball


def test_what_is_seen_once_founds_no_kind():
    kinds = kinds_of(*[{0: PADDLE}] * 20, {1: BALL})
    assert len(kinds) == 1
    assert kinds.classify(seen(BALL)).tolist() == [0]


def test_a_single_detection_is_a_kind():
    assert kinds_of({}, {0: BALL}).shares == (1.0,)


def test_frames_without_objects_do_not_matter():
    assert len(kinds_of({}, {0: PADDLE, 1: BALL}, {}, {0: PADDLE, 1: BALL})) == 2


def test_nothing_at_all_is_reported_with_its_remedy():
    with pytest.raises(EncoderError, match=r"no object was detected in any frame.*lower beta"):
        kinds_of({}, {}, {})


def test_spectra_alone_can_tell_kinds_apart():
    detections = seen(BALL, BALL, spectra=[[4.0, 0.0], [0.0, 4.0]])
    kinds = find_kinds([detections] * 5, [np.array([0, 1])] * 5, "spectrum")
    assert sorted(kinds.classify(detections).tolist()) == [0, 1]
    assert len(find_kinds([detections] * 5, [np.array([0, 1])] * 5, "appearance")) == 1


def test_by_filter_the_one_that_wins_is_the_kind_whatever_tracks_say():
    before, after = [[4.0, 1.0], [1.0, -4.0]], [[1.0, 4.0], [2.0, 3.0]]  # one object changes its filter
    steps = [seen(BALL, PADDLE, spectra=before), seen(BALL, PADDLE, spectra=after)] * 10
    kinds = find_kinds(steps, [np.array([0, 1])] * 20, "filter")
    assert (len(kinds), kinds.shares) == (2, (0.75, 0.25))
    assert kinds.classify(steps[0]).tolist() == [1, 0]
    assert kinds.classify(steps[1]).tolist() == [0, 0]
    by_spectrum = find_kinds(steps, [np.array([0, 1])] * 20, "spectrum")
    assert (by_spectrum.classify(steps[0]) == by_spectrum.classify(steps[1])).all()
