"""Perception, whole: its folder of weights, its errors, and how it is calibrated."""

import json

import numpy as np
import pytest

from dsrl.calibration import View, calibrate, follow
from dsrl.errors import EncoderError
from dsrl.extraction import Detections
from dsrl.kinds import Kinds, sealed
from dsrl.looks import Looks
from dsrl.perception import Detector, Perception, rows_of
from dsrl.pictures import read_screen
from dsrl.preprocessing import WHOLE_SCREEN, Box
from dsrl.scenes import Scenes
from dsrl.symbols import Symbol, from_rows
from dsrl.weights import locate, shipped

PLAYFIELD = Box(top=34, left=0, height=168, width=160)
WHITE, GREEN = (236, 236, 236), (92, 186, 92)


def screen(ball_x: int | None = None, paddle_y: int | None = None) -> np.ndarray:
    frame = np.full((210, 160, 3), 40, dtype=np.uint8)
    if ball_x is not None:
        frame[100:104, ball_x : ball_x + 2] = WHITE
    if paddle_y is not None:
        frame[paddle_y : paddle_y + 16, 140:144] = GREEN
    return frame


@pytest.fixture
def vae(luminance_vae):
    return luminance_vae(PLAYFIELD, screen(), contrast=20.0)


@pytest.fixture
def perception(vae) -> Perception:
    looks = Looks(
        np.array([[4.0, 16.0], [2.0, 4.0]]), np.array([GREEN, WHITE], dtype=np.uint8), np.zeros((2, 8))
    )
    kinds = Kinds(looks, np.array([0, 1]), (0.5, 0.5), "appearance", ("paddle", "ball"))
    return Perception(Detector(vae, Scenes.from_frames(screen()[None], PLAYFIELD)), kinds)


@pytest.fixture
def saved(vae, perception, tmp_path):
    vae.save_pretrained(tmp_path / "Toy")
    perception.save_pretrained(tmp_path / "Toy")
    return tmp_path / "Toy"


def play(perception: Perception) -> list[list[Symbol]]:
    """Return the symbols of four steps with a ball that moves 6 px and a paddle that moves 2 px a step."""
    perception.reset()
    steps = [screen(40 + 3 * half, 80 + half) for half in range(8)]
    return [perception(previous, current) for previous, current in zip(steps[::2], steps[1::2], strict=True)]


def test_a_detection_is_a_symbol_at_the_mean_place_of_its_pixels():
    detections = Detections(
        np.array([[140, 80, 144, 96], [43, 100, 46, 104]]),
        np.array([[142.0, 87.5], [44.5, 102.0]]),
        np.zeros((2, 3), np.uint8),
        np.zeros((2, 8)),
        np.array([0.0, np.log(4.0)]),
    )
    sure, likely = from_rows(rows_of(detections, np.array([1, 0])))
    assert sure == Symbol(1, 142, 87.5, 4, 16, confidence=0)
    assert likely == Symbol(0, 44.5, 102, 3, 4, confidence=pytest.approx(0.75))
    assert all(type(value) is float for value in likely[1:5])
    assert type(likely.kind) is int


def test_what_moves_has_one_identity_and_its_change(perception):
    for step, (paddle, ball) in enumerate(play(perception)):
        assert paddle[:6] == (0, 142, 89 + 2 * step, 4, 16, 0)
        assert ball[:6] == (1, 44 + 6 * step, 102, 2, 4, 1)
        assert (paddle.dy, ball.dx) == ((2, 6) if step else (0, 0))


def test_every_episode_begins_anew(perception):
    assert play(perception) == play(perception)


def test_the_posterior_is_that_of_the_last_frame(perception):
    perception(screen(40), screen(43))
    assert perception.posterior.mean.shape == perception.posterior.log_var.shape == (8, 42, 42)
    assert perception.posterior.mean.any()
    perception(screen(), screen())
    assert not perception.posterior.mean.any()


def test_frames_are_not_written_to(perception):
    previous, current = screen(40, 80), screen(43, 81)
    for frame in (previous, current):
        frame.setflags(write=False)
    assert len(perception(previous, current)) == 2


def test_what_is_saved_sees_the_same(perception, saved):
    assert play(Perception.from_pretrained(saved)) == play(perception)
    assert Perception.from_pretrained(str(saved)).kinds.names == ("paddle", "ball")


def break_json(path):
    path.write_text(path.read_text()[:-10])


def cut(path):
    path.write_bytes(path.read_bytes()[:40])


def wrong_encoder(path):
    table = json.loads(path.read_text())
    table["kinds"][0]["looks"][0]["spectrum"] = [1.0]
    path.write_text(json.dumps(sealed(table)))


def another_digit(path):
    table = json.loads(path.read_text())
    table["kinds"][0]["looks"][0]["width"] += 1
    path.write_text(json.dumps(table))


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("kinds.json", break_json),
        ("kinds.json", cut),
        ("kinds.json", wrong_encoder),
        ("kinds.json", another_digit),
        ("kinds.json", lambda path: path.write_text("{}")),
        ("kinds.json", lambda path: path.unlink()),
        ("background.png", cut),
        ("background.png", lambda path: path.write_bytes(b"")),
        ("background.png", lambda path: path.unlink()),
        ("config.json", break_json),
        ("model.safetensors", cut),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_changed(saved, file, damage):
    damage(saved / file)
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    with pytest.raises(EncoderError, match=f"Toy/{file}".replace(".", r"\.")):
        Perception.from_pretrained(saved)
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before


def test_a_name_may_be_written_into_the_table(saved):
    table = json.loads((saved / "kinds.json").read_text())
    table["kinds"][0]["name"] = "bat"
    (saved / "kinds.json").write_text(json.dumps(table))
    assert Perception.from_pretrained(saved).kinds.names[0] == "bat"


def test_weights_that_were_never_calibrated_are_told_how(vae, tmp_path):
    vae.save_pretrained(tmp_path / "Raw")
    with pytest.raises(EncoderError, match=r"background\.png is missing.*`dsrl pretrain`"):
        Perception.from_pretrained(tmp_path / "Raw")


def views(episodes: int, steps: int = 12):
    for _ in range(episodes):
        for step in range(steps):
            halves = [screen(40 + 6 * step + 3 * half, 60 + 8 * step + 4 * half) for half in (0, 1)]
            yield View(*halves, first=step == 0)


def test_calibration_finds_background_and_kinds_without_labels(vae):
    frames = np.stack([view.previous for view in views(2)])
    found = calibrate(vae, frames, views(2))
    np.testing.assert_array_equal(found.detector.background.colours, 40 * 0x010101)
    assert set(found.kinds.labels) == {"green 4x16", "white 2x4"}
    assert found.kinds.shares == (0.5, 0.5)
    seen = [{found.kinds.labels[symbol.kind]: symbol.width for symbol in step} for step in play(found)]
    assert seen == [{"green 4x16": 4, "white 2x4": 2}] * 4


def test_calibration_finds_the_kind_that_the_actions_control(vae):
    paddle, random = 100, np.random.default_rng(0)
    seen = [View(screen(10, paddle), screen(10, paddle), first=True)]
    for step in range(400):
        action = int(random.integers(3))  # to stay, or to move up or down; the ball goes round all alone
        paddle = min(150, max(60, paddle + (0, -4, 4)[action]))
        ball = 10 + 3 * step % 120
        seen.append(View(screen(ball, paddle), screen(ball, paddle), first=False, action=action))
    found = calibrate(vae, np.stack([view.previous for view in seen[::40]]), seen)
    assert found.controlled is not None
    assert found.kinds.labels[found.controlled] == "green 4x16"
    still = [View(*view[:2], first=True) for view in seen]
    assert calibrate(vae, np.stack([view.previous for view in seen[::40]]), still).controlled is None


def test_no_two_episodes_share_a_track(perception):
    seen = list(views(episodes=3, steps=2))
    found = [perception.detector(view.previous, view.current) for view in seen]
    tracks = follow(found, [view.first for view in seen], "appearance", WHOLE_SCREEN)
    assert [sorted(ids.tolist()) for ids in tracks] == [[0, 1]] * 2 + [[2, 3]] * 2 + [[4, 5]] * 2


def test_the_rival_without_a_network_sees_with_a_blind_encoder_too(luminance_vae):
    blind = luminance_vae(PLAYFIELD, screen(), contrast=1e6)
    frames = np.stack([view.previous for view in views(2)])
    rival = calibrate(blind, frames, views(2), gated=False)
    assert [len(step) for step in play(rival)] == [2] * 4


def test_an_encoder_that_sees_nothing_cannot_be_calibrated(luminance_vae):
    blind = luminance_vae(PLAYFIELD, screen(), contrast=1e6)
    with pytest.raises(EncoderError, match="no object was detected"):
        calibrate(blind, np.stack([view.previous for view in views(1)]), views(1))


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_encoder_sees_nothing_but_landmarks_in_its_own_background(name):
    perception = Perception.from_pretrained(name)
    empty = read_screen(locate(name) / "background.png")
    top, left, *_ = perception.preprocessing.playfield
    landmarks = perception.detector.background.landmarks
    assert all(landmarks[int(one.y) - top, int(one.x) - left] for one in perception(empty, empty))
    assert len(perception.kinds) == len(perception.kinds.labels) >= 1


def test_frames_of_another_height_are_refused(perception):
    high = np.zeros((250, 160, 3), dtype=np.uint8)
    with pytest.raises(EncoderError, match="250"):
        perception(high, high)
