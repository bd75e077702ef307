import gymnasium as gym
import numpy as np
import pytest

from dsrl.envs import emulators
from dsrl.envs.emulators import emulator, vector_emulator
from dsrl.envs.wrappers import Crop, FramePair, Luminance, Resize, SymbolTable
from dsrl.preprocessing import Box, Preprocessing


class Counting(gym.Env):
    """Every pixel shows the number of the frame; red only in even ones. Ends at frame 6."""

    observation_space = gym.spaces.Box(0, 255, (210, 160, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.number = 0
        return self.frame(), {}

    def step(self, action):
        self.number += 1
        return self.frame(), 1.0, self.number == 6, False, {"number": self.number}

    def frame(self):
        return np.full((210, 160, 3), (10 * (self.number % 2 == 0), self.number, 0), dtype=np.uint8)


def test_the_frame_is_the_maximum_of_the_last_two_of_four():
    env = FramePair(Counting(), frameskip=4)
    assert env.reset()[0][0, 0].tolist() == [10, 0, 0]
    frame, reward, terminated, _, info = env.step(0)
    assert (frame[0, 0].tolist(), reward, terminated, info["number"]) == ([10, 4, 0], 4.0, False, 4)
    assert [half[0, 0, 1] for half in env.pair] == [3, 4]


def test_the_last_frame_of_an_episode_is_the_real_one():
    env = FramePair(Counting(), frameskip=4)
    env.reset()
    env.step(0)
    frame, reward, terminated, *_ = env.step(0)
    assert (frame[0, 0, 1], reward, terminated) == (6, 2.0, True)
    assert [half[0, 0, 1] for half in env.pair] == [5, 6]


def test_an_episode_that_ends_on_the_first_frame_of_a_step_pairs_it_with_the_one_before():
    env = FramePair(Counting(), frameskip=5)
    env.reset()
    env.step(0)
    assert env.step(0)[2]
    assert [half[0, 0, 1] for half in env.pair] == [5, 6]


def test_the_last_frame_of_a_real_episode_is_what_the_emulator_shows(monkeypatch):
    monkeypatch.setattr(emulators, "LONGEST", 42)
    env, raw = FramePair(emulator("Pong", sticky=0.0)), emulator("Pong", sticky=0.0)
    env.reset(seed=0), raw.reset(seed=0)
    truncated, frames = False, []
    while not truncated:
        frame, _, _, truncated, _ = env.step(2)
    while not frames or not truncated:
        frames.append(raw.step(2)[0])
        truncated = raw.ale.game_truncated()
    assert len(frames) == 42
    assert np.array_equal(frame, np.maximum(frames[-2], frames[-1]))


def test_frames_equal_those_of_the_vector_environment():
    env, batch = FramePair(emulator("Breakout", sticky=0.0)), vector_emulator("Breakout", 1, sticky=0.0)
    frame, frames = env.reset(seed=0)[0], batch.reset(seed=0)[0]
    for step in range(60):
        assert np.array_equal(frame, frames[0, 0]), step
        action = (1, 2, 3, 0)[step % 4]
        frame, frames = env.step(action)[0], batch.step(np.array([action]))[0]


def test_the_small_wrappers_together_are_the_preprocessing():
    view = Preprocessing(Box(34, 0, 160, 160))
    pair = FramePair(emulator("Pong"))
    env = Resize(Luminance(Crop(pair, view.playfield)))
    x, _ = env.reset(seed=0)
    for _ in range(20):
        x = env.step(env.action_space.sample())[0]
        assert x in env.observation_space
    assert np.array_equal(x[..., 0], view(np.maximum(*pair.pair)))


@pytest.mark.parametrize("wrapper", [FramePair, Luminance, Resize], ids=lambda wrapper: wrapper.__name__)
def test_spaces_hold_the_frames(wrapper):
    env = wrapper(Counting())
    assert env.reset()[0] in env.observation_space
    assert env.step(0)[0] in env.observation_space


def test_the_symbol_table_looks_at_the_pair_and_orders_by_track(scripted):
    env = SymbolTable(FramePair(Counting()), encoder="any")
    _, info = env.reset()
    assert (len(info["appeared"]), info["vanished"]) == (2, [])
    *_, info = env.step(0)
    assert (info["appeared"], [symbol.track for symbol in info["vanished"]]) == ([], [7])
    assert [half[0, 0, 1] for half in env.perception.pairs[-1]] == [3, 4]
    assert [symbol.track for symbol in info["symbols"]] == [3, 7]
    assert env.get_wrapper_attr("symbols") == info["symbols"]
    assert (info["symbols_left_out"], info["number"], info["controlled"]) == (0, 4, 1)


def test_the_symbol_table_counts_what_does_not_fit_and_starts_anew_at_reset(scripted):
    env = SymbolTable(FramePair(Counting()), encoder="any", max_symbols=1)
    env.reset()
    observation, *_, info = env.step(0)
    assert (info["symbols_left_out"], len(info["symbols"]), observation["mask"].tolist()) == (1, 2, [1])
    env.reset()
    assert env.perception.looks == 1


def test_infos_are_never_handed_out_twice(scripted):
    env = SymbolTable(FramePair(Counting()), encoder="any")
    _, info = env.reset()
    info["symbols"].clear()
    assert len(env.symbols) == 2
