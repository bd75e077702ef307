import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest

import dsrl  # noqa: F401  registers the ids
from dsrl.errors import ConfigError
from dsrl.symbols import unpack


def make(num_envs=3, **keywords):
    return gym.make_vec("DSRL-v0", num_envs=num_envs, game="Pong", **keywords)


@pytest.mark.parametrize("observation", ["symbols", "table", "latent", "pixels"])
def test_batches_are_in_their_space_like_those_of_the_single_environment(observation, scripted):
    env = make(observation=observation, encoder=None if observation == "pixels" else "any")
    single = gym.make("DSRL-v0", game="Pong", observation=observation, encoder=env.spec.kwargs["encoder"])
    assert env.single_observation_space == single.observation_space
    assert env.single_action_space == single.action_space
    observations, _ = env.reset(seed=0)
    assert observations in env.observation_space
    for _ in range(3):
        observations, rewards, *_ = env.step(env.action_space.sample())
        assert observations in env.observation_space
    assert rewards.shape == (3,)
    env.close()


def test_infos_hold_the_symbols_of_each_environment(scripted):
    env = make(encoder="any", max_symbols=1)
    env.reset(seed=0)
    observations, *_, infos = env.step(np.zeros(3, dtype=int))
    assert [[symbol.track for symbol in symbols] for symbols in infos["symbols"]] == [[3, 7]] * 3
    assert infos["symbols_left_out"].tolist() == [1, 1, 1]
    assert [[symbol.track for symbol in symbols] for symbols in infos["vanished"]] == [[7]] * 3
    assert infos["appeared"].tolist() == [[]] * 3
    assert infos["controlled"].tolist() == [1] * 3
    assert infos["_symbols"].all()
    assert infos["_vanished"].all()
    first = unpack(observations["objects"][2], observations["mask"][2])
    assert first == infos["symbols"][2][:1]


def test_tracks_start_anew_with_each_episode(scripted, monkeypatch):
    monkeypatch.setattr("dsrl.envs.emulators.LONGEST", 20)
    env = make(encoder="any", num_envs=2)
    env.reset(seed=0)
    looks = []
    for _ in range(8):
        *_, truncated, _ = env.step(np.zeros(2, dtype=int))
        looks.append((env.view.perceptions[0].looks, bool(truncated[0])))
    assert looks == [
        (2, False),
        (3, False),
        (4, False),
        (5, False),
        (6, True),
        (1, False),
        (2, False),
        (3, False),
    ]


def test_a_partial_reset_leaves_the_others_alone(scripted):
    env = make(encoder="any", num_envs=2)
    env.reset(seed=0)
    env.step(np.zeros(2, dtype=int))
    env.reset(options={"reset_mask": np.array([True, False])})
    assert env.view.perceptions[0].looks == 1


def test_pixels_equal_those_of_the_single_environment():
    keywords = {"game": "Pong", "observation": "pixels", "repeat_action_probability": 0.0}
    env, batch = gym.make("DSRL-v0", **keywords), gym.make_vec("DSRL-v0", num_envs=2, **keywords)
    x, xs = env.reset(seed=0)[0], batch.reset(seed=0)[0]
    for step in range(60):
        assert np.array_equal(x, xs[1]), step
        action = step % 6
        x, xs = env.step(action)[0], batch.step(np.array([action, action]))[0]
    batch.close()


@pytest.mark.parametrize(
    ("keywords", "named"),
    [
        ({"num_envs": 0}, "num_envs"),
        ({"render_mode": "rgb_array"}, "render_mode"),
        ({"difficulty": 1}, "difficulty"),
        ({"encodr": "x"}, "encoder"),
    ],
)
def test_a_wrong_keyword_is_named(keywords, named):
    with pytest.raises(ConfigError, match=named):
        make(**{"encoder": "any", "observation": "pixels", **keywords})


FORKED = """
import gymnasium as gym, torch
torch.ones(1000, 1000) @ torch.ones(1000, 1000)  # starts torch's threads, which a fork does not copy
env = gym.make_vec("dsrl:DSRL-Pong-v0", num_envs=2, vectorization_mode="async")
observations, _ = env.reset(seed=0)
print(observations["mask"].shape)
env.close()
"""


def test_environments_run_in_forked_processes_too():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "(2, 64)"), done.stderr


def test_high_screens_are_whole_and_the_same_in_batches():
    keywords = {"game": "AirRaid", "observation": "pixels", "repeat_action_probability": 0.0}
    env, single = gym.make_vec("DSRL-v0", num_envs=1, **keywords), gym.make("DSRL-v0", **keywords)
    frames, _ = env.reset(seed=2)
    frame, _ = single.reset(seed=2)
    assert single.get_wrapper_attr("pair")[0].shape == (250, 160, 3)
    for _ in range(3):
        assert (frames[0] == frame).all()
        frames, frame = env.step(np.array([1]))[0], single.step(1)[0]
    env.close()
