"""How good a player is: mean score with a bootstrap interval, over whole episodes of a seeded environment."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import gymnasium as gym
import numpy as np
from scipy.stats import bootstrap
from stable_baselines3.common.atari_wrappers import ClipRewardEnv, EpisodicLifeEnv
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.type_aliases import PolicyPredictor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack

from dsrl.errors import ConfigError

EVALUATION_SEED = 1_000_000
"""Added to the seed of a training, so that no evaluation repeats one of its episodes."""


class Evaluation(NamedTuple):
    """The scores of some episodes."""

    mean: float
    low: float
    """Lower end of the 95 % bootstrap interval of the mean."""
    high: float
    """Upper end."""
    scores: list[float]
    lengths: list[int]
    """Agent steps."""


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean (Efron 1987, BCa); equal values have no width.

    >>> interval([3.0, 3.0]), interval([7.0])
    ((3.0, 3.0), (7.0, 7.0))
    """
    if len(set(values)) == 1:
        return float(values[0]), float(values[0])
    method = "BCa" if len(values) > 2 else "percentile"
    found = bootstrap(
        (np.asarray(values, dtype=float),), np.mean, method=method, rng=seed
    ).confidence_interval
    return float(found.low), float(found.high)


def evaluate(
    player: PolicyPredictor,
    env: VecEnv,
    episodes: int,
    seed: int,
    after_step: Callable[[dict[str, Any], dict[str, Any]], None] | None = None,
    greedy: bool = False,
) -> Evaluation:
    """Return the scores of `episodes` whole episodes, played as in training, a little at random.

    A wholly `greedy` agent may stand still for ever, for example where it never learned to serve the ball:
    Mnih et al. 2015 evaluate with random actions too. Without sticky actions it also plays much the same
    episode again and again, so that its mean says little.

    Raises:
        ConfigError: `episodes` is less than one.
    """
    if episodes < 1:
        raise ConfigError(f"{episodes} evaluation episodes give no score: choose at least 1")
    env.seed(seed)
    scores, lengths = evaluate_policy(
        player, env, episodes, deterministic=greedy, callback=after_step, return_episode_rewards=True
    )
    scores, lengths = cast("list[float]", scores), cast("list[int]", lengths)
    return Evaluation(float(np.mean(scores)), *interval(scores), [float(one) for one in scores], lengths)


def vectorise(env_id: str, stack: int = 1, atari: bool = False, **keywords: Any) -> VecEnv:
    """Return a monitored vector of one environment, for agents of Stable-Baselines3.

    With `atari`, lost lives end episodes and rewards are clipped to their sign, as networks are trained on
    Atari (Mnih et al. 2015); what is monitored are whole episodes and true rewards all the same.

    Raises:
        ConfigError: Gymnasium knows no such environment.
    """
    try:
        env = gym.make(env_id, **keywords)
    except gym.error.UnregisteredEnv as error:
        known = ", ".join(name for name in gym.registry if name.startswith("DSRL-"))
        raise ConfigError(f"unknown environment {env_id!r} ({error}): dsrl has {known}") from error
    vector = DummyVecEnv([lambda: _for_networks(Monitor(env)) if atari else Monitor(env)])
    return VecFrameStack(vector, stack) if stack > 1 else vector


def _for_networks(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    lives = EpisodicLifeEnv(env) if hasattr(env.unwrapped, "ale") else env
    return ClipRewardEnv(lives)
