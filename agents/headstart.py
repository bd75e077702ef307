"""What an agent brings from one environment to another: what it collects at once, and how soon it is good."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from dsrl.agents.baselines import Contender
from dsrl.agents.evaluation import vectorise


class Collected:
    """Counts what was touched in whole episodes, where the environment tells it.

    >>> collected = Collected()
    >>> collected({"info": {"positive": 9, "negative": 1}, "done": True}, {})
    >>> collected.percent_positive
    90.0
    """

    def __init__(self) -> None:
        self.positive = self.negative = 0

    def __call__(self, variables: dict[str, Any], _: dict[str, Any]) -> None:
        """Take in a step of `evaluate`."""
        if variables["done"]:
            self.positive += variables["info"].get("positive", 0)
            self.negative += variables["info"].get("negative", 0)

    @property
    def percent_positive(self) -> float | None:
        """Share of what was touched that was worth it, percent; None where nothing was."""
        touched = self.positive + self.negative
        return 100 * self.positive / touched if touched else None


class Rewards(VecEnvWrapper):
    """Keeps the reward of every agent step of a single environment, and what its episodes collected."""

    def __init__(self, venv: VecEnv) -> None:
        super().__init__(venv)
        self.rewards: list[float] = []
        self.collected = Collected()

    def reset(self) -> Any:
        """Start an episode."""
        return self.venv.reset()

    def step_wait(self) -> VecEnvStepReturn:
        """Pass the step on."""
        observations, rewards, dones, infos = self.venv.step_wait()
        self.rewards.append(float(rewards[0]))
        self.collected({"info": infos[0], "done": dones[0]}, {})
        return observations, rewards, dones, infos


def environment(env_id: str, contender: Contender, seed: int, **keywords: Any) -> Rewards:
    """Return an environment as a contender sees it; one that reads the memory needs no encoder.

    Raises:
        ConfigError: there is no such environment, or it knows no such keyword.
    """
    if contender.encoder:
        keywords |= {"encoder": contender.encoder, "kinds_of": None}
    env = Rewards(vectorise(env_id, contender.stack, observation=contender.observation, **keywords))
    env.seed(seed)
    return env


def steps_to(rewards: Sequence[float], rate: float, window: int) -> int | None:
    """Return after how many agent steps the mean of the last `window` rewards first reaches `rate` / 100.

    >>> steps_to([0, 0, 1, 1], rate=100, window=2), steps_to([0, 0, 0, 1], rate=100, window=2)
    (4, None)
    """
    sums = np.cumsum([0.0, *rewards])
    reached = np.flatnonzero((sums[window:] - sums[:-window]) * 100 >= rate * window)
    return int(reached[0]) + window if len(reached) else None
