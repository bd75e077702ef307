"""Scores of symbols against labels, by hand."""

import json

import numpy as np
import pytest

from dsrl.errors import DataError
from dsrl.labelled import Label, load_labelled
from dsrl.scoring import (
    Counts,
    agreement,
    any_kind,
    by_category,
    categories_of_kinds,
    count,
    match,
    near_box,
    near_centre,
    recalls,
    within_diagonal,
)
from dsrl.symbols import Symbol

BALL, PADDLE = Label("Ball", 50, 60, 2, 4), Label("Paddle", 140, 40, 4, 16)


def symbol(x, y, kind=0):
    return Symbol(kind, x, y, 2, 4)


def test_a_symbol_inside_a_long_box_is_near_the_box_but_not_near_its_centre():
    at_the_end = symbol(142, 55)
    assert near_box([at_the_end], [PADDLE]) == 0
    assert near_centre([at_the_end], [PADDLE]) == pytest.approx(7 / 5)


def test_the_diagonal_rule_asks_for_half_a_diagonal():
    square = Label("Square", 0, 0, 6, 8)  # diagonal 10, centre (3, 4)
    near, far = within_diagonal([symbol(3, 4 + 4.9), symbol(3, 4 + 5.1)], [square])
    assert near < 1 < far


def test_every_symbol_has_its_cost_beside_every_label():
    symbols = [
        symbol(51, 62),
        symbol(145, 60),
        symbol(142, 48),
    ]  # on the ball; below and right of the paddle; on it
    costs = near_box(symbols, [BALL, PADDLE])
    assert costs[:, 0] == pytest.approx([0, 93 / 5, np.hypot(90, 12) / 5])
    assert costs[:, 1] == pytest.approx([np.hypot(89, 6) / 5, np.hypot(1, 4) / 5, 0])


def test_exactly_five_pixels_are_too_far():
    assert count([symbol(56, 62)], [BALL], near_centre) == Counts(0, 1, 1)
    assert count([symbol(55.9, 62)], [BALL], near_centre) == Counts(1, 0, 0)


def test_the_assignment_prefers_more_pairs_to_closer_ones():
    left, right = Label("A", 9, 9, 2, 2), Label("A", 15, 9, 2, 2)  # centres (10, 10) and (16, 10)
    symbols = [
        symbol(14, 10),
        symbol(19, 10),
    ]  # the first is closest to the right one, the second only reaches it
    assert [label for _, label in match(symbols, [left, right], near_centre)] == [left, right]


def test_a_symbol_counts_for_one_label_only():
    assert count([symbol(51, 62)], [BALL, BALL], near_centre) == Counts(found=1, false=0, missed=1)


def test_precision_recall_and_f1_by_hand():
    counts = Counts(found=6, false=2, missed=4)
    assert (counts.precision, counts.recall, counts.f1) == (0.75, 0.6, pytest.approx(12 / 18))


def test_kinds_are_named_after_what_they_mostly_stand_for():
    frames = [
        [symbol(51, 62, kind=1), symbol(142, 48, kind=0)],
        [symbol(51, 62, kind=1)],
        [symbol(142, 48, kind=1)],
    ]
    labels = [[BALL, PADDLE], [BALL], [PADDLE]]
    assert categories_of_kinds(frames, labels) == {0: "Paddle", 1: "Ball"}
    assert any_kind(frames, labels, near_centre) == Counts(4, 0, 0)
    assert by_category(frames, labels, near_centre) == {"Ball": Counts(2, 1, 0), "Paddle": Counts(1, 0, 1)}
    assert recalls(frames, labels, near_centre) == {"Ball": 1.0, "Paddle": 1.0}


def test_a_kind_that_stands_for_nothing_is_false():
    assert by_category([[symbol(5, 5, kind=7)]], [[BALL]], near_centre) == {
        "": Counts(0, 1, 0),
        "Ball": Counts(0, 0, 1),
    }


def test_perfect_kinds_agree_wholly_and_one_kind_for_all_says_nothing():
    labels = [[BALL, PADDLE]] * 6
    perfect = [[symbol(51, 62, kind=3), symbol(142, 48, kind=5)]] * 6
    mixed = [[symbol(51, 62, kind=3), symbol(142, 48, kind=3)]] * 6
    assert agreement(perfect, labels) == (pytest.approx(1.0), 1.0)
    assert agreement(mixed, labels) == (pytest.approx(0.0, abs=1e-6), 0.5)


def test_a_file_of_labelled_frames_is_read_and_categories_can_be_left_out(tmp_path):
    path = tmp_path / "labelled.npz"
    np.savez_compressed(
        path, frames=np.zeros((1, 2, 210, 160, 3), np.uint8), objects=json.dumps([[BALL, PADDLE]])
    )
    assert load_labelled(path).labels == [[BALL, PADDLE]]
    assert load_labelled(path, exclude=("Ball",)).labels == [[PADDLE]]


@pytest.mark.parametrize("content", [b"", b"not a zip"])
def test_a_damaged_file_of_labelled_frames_is_named_and_the_form_told(tmp_path, content):
    (tmp_path / "labelled.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"labelled\.npz is no \.npz file: give an \.npz of `frames`, uint8"):
        load_labelled(tmp_path / "labelled.npz")


def test_a_missing_file_or_one_with_other_arrays_is_told(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.npz is missing: name an \.npz"):
        load_labelled(tmp_path / "nowhere.npz")
    np.savez(tmp_path / "other.npz", x=1)
    with pytest.raises(DataError, match=r"other\.npz does not hold labelled frames .*: give an \.npz"):
        load_labelled(tmp_path / "other.npz")


def test_too_few_lists_of_objects_are_refused(tmp_path):
    np.savez(tmp_path / "l.npz", frames=np.zeros((2, 2, 210, 160, 3), np.uint8), objects=json.dumps([[BALL]]))
    with pytest.raises(DataError, match="1 lists of objects: give an"):
        load_labelled(tmp_path / "l.npz")
