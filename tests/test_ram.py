"""Objects from the emulator's memory: where the pixels say, and told like those that an encoder sees."""

import gymnasium as gym
import numpy as np
import pytest

import dsrl  # noqa: F401  # registers the environments
from dsrl.envs.emulators import emulator
from dsrl.envs.ram import READERS, MemoryReader
from dsrl.errors import ConfigError

COLOURS = {
    ("Boxing", "player"): (214, 214, 214),
    ("Boxing", "enemy"): (0, 0, 0),
    ("Breakout", "paddle"): (200, 72, 72),
    ("Breakout", "ball"): (200, 72, 72),
    ("Freeway", "chicken"): (252, 252, 84),
    ("Freeway", "car 4"): (228, 111, 111),
    ("Freeway", "car 10"): (210, 210, 64),
    ("Pong", "player"): (92, 186, 92),
    ("Pong", "enemy"): (213, 130, 74),
    ("Pong", "ball"): (236, 236, 236),
    ("SpaceInvaders", "cannon"): (50, 132, 50),
    ("SpaceInvaders", "alien"): (134, 134, 29),
    ("SpaceInvaders", "shield"): (181, 83, 40),
    ("SpaceInvaders", "missile"): (142, 142, 142),
}


@pytest.mark.parametrize("game", READERS)
def test_most_of_the_boxes_hold_pixels_of_the_objects_colour(game):
    env, random = emulator(game, sticky=0.0), np.random.default_rng(0)
    env.reset(seed=0)
    read, labels = MemoryReader(env.ale, game), READERS[game][1]
    hits = {name: [] for one, name in COLOURS if one == game}
    frame = np.zeros((210, 160, 3), np.uint8)
    for step in range(600):
        before = frame  # missiles flicker: each is drawn in every other frame
        frame, _, ended, *_ = env.step(int(random.integers(env.action_space.n)) if step % 8 else 1)
        if ended:
            env.reset()
            read.reset()
        for symbol in read() if step > 60 else []:
            name = labels[symbol.kind]
            if name in hits:
                left, top = max(0, round(symbol.x - symbol.width / 2)), round(symbol.y - symbol.height / 2)
                box = np.s_[top : top + round(symbol.height), left : left + round(symbol.width)]
                hits[name].append(
                    max((one[box] == COLOURS[game, name]).all(axis=-1).mean() for one in (before, frame))
                )
    for name, found in hits.items():
        assert np.mean(np.array(found) > 0.15) > 0.7, name


@pytest.mark.parametrize("game", READERS)
def test_the_environment_is_that_of_an_encoder_but_for_its_eyes(game):
    env = gym.make("DSRL-v0", game=game, encoder="ram", repeat_action_probability=0.0)
    seen = gym.make("DSRL-v0", game=game, repeat_action_probability=0.0)
    assert env.observation_space == seen.observation_space
    observation, info = env.reset(seed=3)
    assert observation in env.observation_space
    moved = game == "Boxing"  # where nobody moves of himself
    for _ in range(80):
        observation, *_, info = env.step(1)
        moved |= any(symbol.dx or symbol.dy for symbol in info["symbols"])
    assert observation in env.observation_space
    assert moved
    assert gym.make(env.spec).reset(seed=3)[1]["symbols"] == env.reset(seed=3)[1]["symbols"]
    assert env.get_wrapper_attr("perception").kinds.labels == READERS[game][1]


def test_what_memory_cannot_give_is_refused_by_name():
    with pytest.raises(ConfigError, match="Seaquest"):
        gym.make("DSRL-v0", game="Seaquest", encoder="ram")
    with pytest.raises(ConfigError, match="latent"):
        gym.make("DSRL-Pong-v0", encoder="ram", observation="latent")
    with pytest.raises(ConfigError, match="memory"):
        gym.make_vec("DSRL-Pong-v0", num_envs=2, encoder="ram")
