"""What is wrong in a frame, and the sheet that shows it."""

import cv2
import numpy as np
import pytest

from dsrl.calibration import View
from dsrl.faults import Verdict, judge, worst
from dsrl.labelled import Label
from dsrl.sheet import MEANINGS, SPARSE, Mark, Picture, moments, sheet, verdict_marks
from dsrl.symbols import Symbol

BALL, PADDLE = Label("Ball", 50, 60, 2, 4), Label("Paddle", 140, 40, 4, 16)
BALL_SEEN, PADDLE_SEEN, NOTHING = Symbol(0, 51, 62, 2, 4), Symbol(1, 142, 48, 4, 16), Symbol(0, 9, 99, 2, 4)
NAMED, NAMES = {0: "Ball", 1: "Paddle"}, ("white 2x4", "green 4x16")


def test_a_frame_is_judged_by_place_first_and_then_by_kind():
    verdict = judge([PADDLE_SEEN, BALL_SEEN._replace(kind=1), NOTHING], [BALL, PADDLE], NAMED)
    assert verdict == Verdict(
        right=[(PADDLE_SEEN, PADDLE)],
        mistaken=[(BALL_SEEN._replace(kind=1), BALL)],
        false=[NOTHING],
        missed=[],
    )
    assert verdict.faults == 2
    assert verdict.words(NAMES) == "false white 2x4, took green 4x16 for Ball"


def test_of_two_equal_symbols_on_one_label_one_is_false():
    verdict = judge([BALL_SEEN, BALL_SEEN._replace()], [BALL], NAMED)
    assert (len(verdict.right), len(verdict.false)) == (1, 1)


def test_frames_with_the_same_faults_are_one_picture_and_the_most_faults_come_first():
    right, missed = judge([BALL_SEEN], [BALL], NAMED), judge([], [BALL], NAMED)
    false = judge([BALL_SEEN, NOTHING, NOTHING, NOTHING], [BALL], NAMED)
    assert worst([right, missed, missed, false], NAMES, count=9) == {
        3: "false 3 white 2x4\n1 of 4 frames",
        1: "missed Ball\n2 of 4 frames",
    }
    assert list(worst([right, missed, missed, false], NAMES, count=1)) == [3]
    assert worst([right, right], NAMES, count=9) == {0: "nothing wrong\n2 of 2 frames"}


def test_only_what_is_wrong_is_written_out():
    verdict = judge([PADDLE_SEEN, NOTHING], [BALL, PADDLE], NAMED)
    written = {mark.text: mark.meaning for mark in verdict_marks(verdict, NAMES) if mark.text}
    assert written == {"white 2x4": "not there", "Ball": "missed"}


@pytest.mark.parametrize(("pictures", "columns", "rows"), [(1, 1, 1), (3, 3, 1), (4, 3, 2)])
def test_the_sheet_has_the_colours_of_what_is_wrong(pictures, columns, rows):
    frame = np.full((210, 160, 3), 20, dtype=np.uint8)
    marks = [Mark(Symbol(0, 80, 100, 60, 60), "not there", "white 2x4"), Mark(BALL, "missed", "Ball")]
    png = sheet([Picture(frame, "title", marks)] * pictures)
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    height, width = image.shape[:2]
    assert width / height == pytest.approx(3.3 * columns / (4.5 * rows + 0.4), rel=0.02)
    for meaning in ("not there", "missed"):
        colour = [int(MEANINGS[meaning][i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(image - colour).max(axis=-1) < 24).sum() > 20 * pictures


def test_of_each_stretch_of_play_the_frame_with_most_kinds_is_shown():
    class Eyes:
        kinds = type("Kinds", (), {"labels": NAMES})

        def reset(self):
            pass

        def __call__(self, previous, current):
            return [BALL_SEEN, PADDLE_SEEN, BALL_SEEN][: current[0, 0, 0]]

    counts = [1, 3, 2, 1, 0, 0]
    frames = [np.full((210, 160, 3), count, np.uint8) for count in counts for _ in range(SPARSE)]
    pictures = moments(Eyes(), [View(frame, frame, first=False) for frame in frames], count=2)
    assert [picture.frame[0, 0, 0] for picture in pictures] == [3, 1]
    assert [mark.text for mark in pictures[0].marks] == ["white 2x4", "green 4x16", ""]
