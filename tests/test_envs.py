import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_for_sb3

from dsrl.envs.registration import ids, register_envs
from dsrl.errors import ConfigError, EncoderError
from dsrl.symbols import Symbol
from dsrl.weights import shipped

IDS = {name: {} if keywords else {"game": "Pong"} for name, keywords in ids().items()}
OBSERVATIONS = ["symbols", "table", "latent", "pixels"]

every_id = pytest.mark.parametrize("name", IDS)
every_observation = pytest.mark.parametrize("observation", OBSERVATIONS)


def make(name, **keywords):
    return gym.make(name, **IDS[name], **keywords)


@every_id
@every_observation
@pytest.mark.filterwarnings("ignore:.*is different from the unwrapped version:UserWarning")
def test_both_checkers_are_silent(name, observation):
    env = make(name, observation=observation, render_mode="rgb_array")
    check_env(env)
    check_for_sb3(env)
    env.close()


@every_id
@every_observation
def test_the_spec_survives_json_and_makes_the_same_environment(name, observation):
    env = make(name, observation=observation, frameskip=2, repeat_action_probability=0.0)
    again = gym.make(EnvSpec.from_json(env.spec.to_json()))
    assert again.spec == env.spec
    assert again.observation_space == env.observation_space
    first, second = env.reset(seed=1)[0], again.reset(seed=1)[0]
    for one, other in zip(flat(first), flat(second), strict=True):
        assert np.array_equal(one, other)


def flat(observation):
    return list(observation.values()) if isinstance(observation, dict) else [observation]


PLAY = """
import hashlib, sys, gymnasium as gym, numpy as np, torch, dsrl
torch.set_num_threads(1)
env = gym.make(sys.argv[1], **eval(sys.argv[2]))
digest, random = hashlib.sha256(), np.random.default_rng(0)
observation, _ = env.reset(seed=7)
for step in range(1000):
    for part in observation.values():
        digest.update(part.tobytes())
    observation, reward, terminated, truncated, info = env.step(int(random.integers(env.action_space.n)))
    digest.update(repr((reward, terminated, truncated, info["symbols"])).encode())
    if terminated or truncated:
        observation, _ = env.reset()
print(digest.hexdigest())
"""


@pytest.mark.parametrize("name", [name for name, words in ids().items() if words.get("game") in shipped()])
def test_the_same_seed_and_actions_give_the_same_bytes_in_two_processes(name):
    command = [sys.executable, "-c", PLAY, name, repr(IDS[name])]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    digests = [process.communicate(timeout=300)[0] for process in both]
    assert digests[0] == digests[1]
    assert len(digests[0].strip()) == 64


@every_id
def test_symbols_are_told_in_native_pixels(name):
    env = make(name)
    env.reset(seed=0)
    seen = []
    for step in range(100):
        *_, info = env.step(step % env.action_space.n)
        seen += info["symbols"]
        assert env.get_wrapper_attr("symbols") == info["symbols"]
    assert seen
    for symbol in seen:
        assert isinstance(symbol, Symbol)
        assert 0 <= symbol.x <= 160  # also of an object that was lost from sight on its way off the screen
        assert 0 <= symbol.y <= 210


def test_a_module_name_in_the_id_registers_it():
    code = 'import gymnasium as gym; gym.make("dsrl:DSRL-v0", game="Pong", observation="pixels")'
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_registering_twice_changes_nothing():
    before = {name: gym.spec(name) for name in IDS}
    register_envs()
    assert {name: gym.spec(name) for name in IDS} == before


def test_pixels_need_no_encoder_and_serve_any_game():
    env = gym.make("DSRL-v0", game="Seaquest", observation="pixels")
    assert env.reset(seed=0)[0].shape == (84, 84, 1)


@pytest.mark.parametrize(
    ("keywords", "named"),
    [
        ({"game": "Pnog"}, "Pong"),
        ({}, "game="),
        ({"game": "Pong", "obervation": "pixels"}, "did you mean observation"),
        ({"game": "Pong", "observation": "pixel"}, "latent, pixels, symbols, table"),
        ({"game": "Pong", "frameskip": 0}, "frameskip=0"),
        ({"game": "Pong", "frameskip": (2, 5)}, "frameskip"),
        ({"game": "Pong", "repeat_action_probability": 2}, "repeat_action_probability=2"),
        ({"game": "Pong", "max_symbols": 0}, "max_symbols=0"),
        ({"game": "Seaquest"}, "dsrl pretrain --game Seaquest"),
        ({"game": "Pong", "mode": 7}, "mode=7 is none of Pong's: choose from 0, 1"),
        ({"game": "Pong", "difficulty": 9}, "difficulty=9 is none of Pong's"),
        ({"game": "ToyRandom", "mode": 1}, "choose from none"),
    ],
)
def test_a_wrong_keyword_or_value_is_answered_with_the_right_ones(keywords, named):
    with pytest.raises(ConfigError, match=named):
        gym.make("DSRL-v0", **keywords)


def test_another_difficulty_is_another_game():
    easy, hard = (gym.make("DSRL-Pong-v0", observation="pixels", difficulty=level) for level in (0, 1))
    assert hard.spec.kwargs["difficulty"] == 1
    easy.reset(seed=0), hard.reset(seed=0)
    last = [[env.step(0)[0] for _ in range(40)][-1] for env in (easy, hard)]
    assert not np.array_equal(*last)  # a paddle is shorter


def test_missing_weights_are_named():
    with pytest.raises(EncoderError, match="no/such/folder"):
        gym.make("DSRL-v0", game="Pong", encoder="no/such/folder")
