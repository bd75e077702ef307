"""An agent of tables that is saved to a file, and goes on from it as if it had never stopped."""

import io
import pathlib
from dataclasses import asdict
from typing import Any, Self, cast

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.type_aliases import GymEnv

from dsrl.agents.agent_file import read_agent, write_agent
from dsrl.agents.exploration import Persistence
from dsrl.agents.rule_file import parse
from dsrl.agents.rules import Names
from dsrl.agents.spaces import symbols_space
from dsrl.agents.tabular import TabularAgent

ARGUMENTS = (
    "learner",
    "learner_kwargs",
    "exploration_initial",
    "exploration_final",
    "exploration_steps",
    "exploration_lasting",
    "exploration_playing",
    "stats_window_size",
    "seed",
)
"""Of the constructor, those that a file keeps."""


class SavedAgent(TabularAgent):
    """Is written as `dsrl.agents.agent_file` has it: tables, settings, advice and random streams."""

    n_actions: int
    learner_name: str
    """A name in `dsrl.agents.symbolic_q.LEARNERS`."""
    learner_kwargs: dict[str, Any]
    """Its settings that differ from the defaults."""
    first_reward: int | None
    """The agent step of the first reward: before it nothing can be known."""
    exploring: np.random.Generator
    """The random stream of `learn`."""
    persistence: dict[int, Persistence]
    """The random action that is kept up, by environment."""

    def save(
        self,
        path: str | pathlib.Path | io.BufferedIOBase,
        exclude: object = None,
        include: object = None,
    ) -> None:
        """Write the agent to `<path>.safetensors`, in one step, without pickle; an ending .zip is replaced.

        The file has everything that the agent's course depends on, its random streams too; the environment's
        state is not in it. `exclude` and `include`, of Stable-Baselines3, have no effect.
        """
        write_agent(path, self.learner.arrays(), self._settings())

    def _settings(self) -> dict[str, Any]:
        return {
            "learner": self.learner_name,
            "learner_kwargs": self.learner_kwargs,
            **{f"exploration_{name}": value for name, value in asdict(self.exploration).items()},
            "stats_window_size": self._stats_window_size,
            "seed": self.seed,
            "n_actions": self.n_actions,
            "slots": spaces.flatdim(self.observation_space["mask"]),  # type: ignore[index]
            "names": self.names._asdict(),
            "advice": str(self.advice) if self.advice else None,
            "num_timesteps": self.num_timesteps,
            "episodes": self._episode_num,
            "first_reward": self.first_reward,
            "persistence": {index: asdict(one) for index, one in self.persistence.items()},
            "exploring": self.exploring.bit_generator.state,
            "playing": self.playing.bit_generator.state,
        }

    @classmethod
    def load(  # type: ignore[override]
        cls,
        path: str | pathlib.Path,
        env: GymEnv | None = None,
        device: th.device | str = "cpu",
        custom_objects: dict[str, Any] | None = None,
        print_system_info: bool = False,
        force_reset: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Return a saved agent; with `env` it can go on learning. `kwargs` replace constructor arguments.

        Raises:
            AgentError: the file is missing or damaged, or does not fit `env`.
        """
        arrays, saved = read_agent(path)
        arguments = {name: saved[name] for name in ARGUMENTS} | kwargs
        agent = cls(**{"env": None, "_init_setup_model": False, **arguments})
        agent._restore(arrays, saved)
        if env is not None:
            agent.set_env(env, force_reset)
        return agent

    def _restore(self, arrays: dict[str, np.ndarray], saved: dict[str, Any]) -> None:
        self.observation_space = symbols_space(saved["slots"])
        self.action_space = spaces.Discrete(saved["n_actions"])
        self.n_envs = 1
        self.names = Names(**saved["names"])
        self._setup_model()
        if saved.get("advice"):
            self.advice = parse(saved["advice"], self.names, own_row=self.learner.own_row)
        self.num_timesteps, self._episode_num = saved["num_timesteps"], saved["episodes"]
        self.exploring.bit_generator.state = saved["exploring"]
        self.playing.bit_generator.state = saved["playing"]
        self.first_reward = saved["first_reward"]
        for index, one in saved["persistence"].items():
            self.persistence[int(index)] = Persistence(**one)
        self.learner.restore(arrays)
        self._load_compiled()

    def _load_compiled(self) -> None:
        """Explain an empty frame: what is compiled is loaded then, and not while the first step waits."""
        seen = cast("spaces.Dict", self.observation_space)
        self.explain({name: np.zeros(one.shape or (), one.dtype) for name, one in seen.items()})
