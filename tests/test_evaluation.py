import io
import math

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from PIL import Image

from dsrl.agents.baselines import RandomPolicy
from dsrl.agents.curves import Episode, read_curve, write_curve
from dsrl.agents.drawing import COLOURS, draw, gif, record
from dsrl.agents.evaluation import evaluate, interval, vectorise
from dsrl.agents.plots import plot_curves, running_score
from dsrl.colours import NAMED
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol


def test_the_interval_of_the_mean_holds_the_mean_and_is_the_same_every_time():
    scores = [-21.0, -20.0, -18.0, -21.0, -19.0]
    low, high = interval(scores)
    assert -21 <= low < np.mean(scores) < high <= -18
    assert interval(scores) == (low, high)


def test_equal_scores_and_pairs_of_scores_have_an_interval_too():
    assert interval([0.0] * 10) == (0.0, 0.0)
    assert interval([1.0, 2.0]) == (1.0, 2.0)


def test_chance_is_evaluated_the_same_way_every_time():
    scores = []
    for _ in range(2):
        env = vectorise("CartPole-v1")
        scores.append(evaluate(RandomPolicy(env.action_space, seed=1), env, episodes=4, seed=5))
    assert scores[0] == scores[1]
    assert len(scores[0].scores) == 4
    assert math.isclose(scores[0].mean, np.mean(scores[0].scores))


def test_no_episodes_are_no_evaluation():
    env = vectorise("CartPole-v1")
    with pytest.raises(ConfigError, match="at least 1"):
        evaluate(RandomPolicy(env.action_space), env, episodes=0, seed=0)


def test_an_unknown_environment_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"DSRL-Pung-v0.*DSRL-v0"):
        vectorise("DSRL-Pung-v0")


def test_a_curve_is_read_back_as_it_was_written(tmp_path):
    episodes = [Episode(812, -21.0, 812, 0.5), Episode(1650, -20.0, 838, 1.25)]
    write_curve(tmp_path / "curve.csv", episodes)
    assert (tmp_path / "curve.csv").read_text().splitlines()[:2] == [
        "steps,score,length,seconds",
        "812,-21.0,812,0.5",
    ]
    assert read_curve(tmp_path / "curve.csv") == episodes


def test_a_running_score_looks_back_ten_episodes():
    episodes = [Episode(step, float(step), 1, 0.0) for step in range(1, 21)]
    assert running_score(episodes, np.array([10.0, 20.0])).tolist() == [5.5, 15.5]


def test_curves_are_drawn_though_some_seeds_finished_no_episode():
    curves = {"ours": [[Episode(10, 1.0, 10, 0.1)], []], "idle": [[], []]}
    assert plot_curves(curves, {"chance": -20.0}, steps=20, title="Pong")[:4] == b"\x89PNG"


def test_a_symbol_is_drawn_around_its_place():
    frame = np.zeros((210, 160, 3), dtype=np.uint8)
    picture = draw(frame, [Symbol(kind=1, x=50, y=100, width=10, height=20)], scale=2)
    assert picture.shape == (420, 320, 3)
    rows, columns = np.nonzero((picture == COLOURS[1]).all(axis=2))
    boxed = rows >= 179  # beneath the name
    assert (rows[boxed].min(), rows[boxed].max()) == (179, 220)
    assert (columns[boxed].min(), columns[boxed].max()) == (89, 110)
    assert not frame.any()


def test_a_kind_that_is_called_by_a_colour_is_drawn_in_it():
    frame, symbol = np.zeros((210, 160, 3), dtype=np.uint8), Symbol(kind=0, x=50, y=100, width=10, height=20)
    for name, colour in [("green 4x16", NAMED["green"]), ("paddle", COLOURS[0])]:
        bottom = draw(frame, [symbol], [name])[220]
        assert tuple(bottom[100].tolist()) == colour


def test_a_name_is_written_inside_the_picture():
    frame = np.zeros((210, 160, 3), dtype=np.uint8)
    corner = Symbol(kind=0, x=158, y=1, width=4, height=2)
    named, mark = (draw(frame, [corner], [name]).any(axis=2) for name in ("paddle", ""))
    columns = np.nonzero((named & ~mark).any(axis=0))[0]
    assert 270 < columns.min() <= columns.max() - 30  # the whole word, to the left of the box's own corner


def test_levels_can_be_told_apart():
    flat = plot_curves({}, {"one": 1.0, "other": 1.0}, steps=20, title="Pong")
    with Image.open(io.BytesIO(flat)) as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}
    assert {(31, 119, 180), (255, 127, 14)} <= colours


def test_play_is_recorded_as_an_animation(scripted, tmp_path):
    frames = record(
        RandomPolicy(spaces.Discrete(6), 0), "DSRL-v0", steps=5, seed=0, game="Pong", encoder="any"
    )
    (tmp_path / "play.gif").write_bytes(gif(frames))
    with Image.open(tmp_path / "play.gif") as animation:
        assert (animation.format, animation.n_frames, animation.size) == ("GIF", 5, (320, 420))


def test_a_frame_without_symbols_is_only_enlarged():
    frame = np.random.default_rng(0).integers(0, 256, (210, 160, 3), dtype=np.uint8)
    assert (draw(frame, [], scale=1) == frame).all()
    assert gym.spaces.Box(0, 255, (210, 160, 3), np.uint8).contains(draw(frame, [], scale=1))
