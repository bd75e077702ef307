"""The agents of a comparison: ours, Stable-Baselines3's on pixels and on the table of symbols, and chance."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, Self, cast

import numpy as np
from gymnasium import spaces
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.data_efficient import PIXELS, data_efficient
from dsrl.agents.symbolic_q import DEFAULT_LEARNER, LEARNERS, SymbolicQ
from dsrl.envs.ram import RAM

Settings = dict[str, Any]


class Player(Protocol):
    """What can be trained and evaluated."""

    def learn(self, total_timesteps: int, callback: BaseCallback | None = None) -> object:
        """Learn for some agent steps."""

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Return the actions, and the state passed through."""


class RandomPolicy:
    """Chance: every action equally often, whatever is seen.

    >>> policy = RandomPolicy(spaces.Discrete(3), seed=0)
    >>> actions, _ = policy.predict(np.zeros((4, 84, 84, 1)), episode_start=np.ones(4))
    >>> actions.shape
    (4,)
    """

    def __init__(self, actions: spaces.Space[Any], seed: int | None = None) -> None:
        self.n_actions = int(cast("spaces.Discrete", actions).n)
        self.random = np.random.default_rng(seed)

    def learn(self, total_timesteps: int, callback: BaseCallback | None = None) -> Self:
        """Nothing can be learned."""
        return self

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Return an action for each of the environments in `episode_start`; without it, one action."""
        size = () if episode_start is None else (len(episode_start),)
        return np.asarray(self.random.integers(self.n_actions, size=size)), state


class Contender(NamedTuple):
    """How an agent of a comparison is made."""

    observation: str
    """What it sees, as `gymnasium.make("DSRL-...", observation=)` calls it."""
    build: Callable[[VecEnv, int, int], Player]
    """Make it from the environment, the seed and the agent steps to come."""
    stack: int = 1
    """Observations that it sees at once."""
    encoder: str | None = None
    """Where its symbols come from, when not from the benchmark's encoder."""
    network: bool = False
    """Whether it is a network: slower, and trained on single lives and the sign of rewards, as is usual."""


def zoo(steps: int) -> Settings:
    """Return the Atari settings of the RL Zoo: made for 10 million steps, they begin to learn at 100,000."""
    return {
        "learning_rate": 1e-4,
        "buffer_size": min(steps, 100_000),
        "learning_starts": 100_000,
        "train_freq": 4,
        "target_update_interval": 1_000,
        "exploration_fraction": 0.1,
        "exploration_final_eps": 0.01,
        "optimize_memory_usage": True,
        "replay_buffer_kwargs": {"handle_timeout_termination": False},
    }


def pixel_dqn(settings: Callable[[int], Settings]) -> Contender:
    """Return a DQN on stacked frames (Mnih 2015)."""
    return Contender(
        "pixels",
        lambda env, seed, steps: DQN("CnnPolicy", env, seed=seed, **settings(steps)),
        stack=4,
        network=True,
    )


ALWAYS: Settings = {
    "exploration_initial": 0.1,
    "exploration_final": 0.1,
    "exploration_steps": 0,
    "exploration_lasting": False,
    "exploration_playing": 0.1,
}
EXPLORATION = {"dsrl-2016": ALWAYS, "srl-cs": ALWAYS}
"""A tenth of random actions from first to last (Garnelo et al. 2016)."""


def symbolic(
    learner: str, encoder: str | None = None, settings: Mapping[str, float] | None = None
) -> Contender:
    """Return the symbolic agent on one of its learners; published ones explore as published."""
    explore = EXPLORATION.get(learner, {})
    return Contender(
        "symbols",
        lambda env, seed, steps: SymbolicQ(env, learner, settings, seed=seed, **explore),
        encoder=encoder,
    )


CONTENDERS: Mapping[str, Contender] = {
    "symbolic-q": symbolic(DEFAULT_LEARNER),
    "symbolic-q-ram": symbolic(DEFAULT_LEARNER, encoder=RAM),
    **{learner: symbolic(learner) for learner in LEARNERS if learner != DEFAULT_LEARNER},
    "dqn-pixels": pixel_dqn(lambda steps: {**data_efficient(steps), **PIXELS}),
    "dqn-pixels-zoo": pixel_dqn(zoo),
    "dqn-symbols": Contender(
        "table",
        lambda env, seed, steps: DQN("MlpPolicy", env, seed=seed, **data_efficient(steps)),
        network=True,
    ),
    "ppo-symbols": Contender(
        "table", lambda env, seed, steps: PPO("MlpPolicy", env, seed=seed, device="cpu"), network=True
    ),
    "random": Contender("pixels", lambda env, seed, steps: RandomPolicy(env.action_space, seed)),
}
"""The agents that `dsrl benchmark` compares, by name; ours is the first, on its default learner."""
