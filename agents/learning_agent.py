"""An agent of tables while it learns: it explores, tells its learner of each step, and logs its episodes."""

import sys
import time
from typing import Any, cast

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.advice import Look
from dsrl.agents.interrupts import Interrupts
from dsrl.agents.learners import Transition
from dsrl.agents.saved_agent import SavedAgent


class LearningAgent(SavedAgent):
    """Acts in environments and learns from each step, until there were enough."""

    _lives: dict[int, int]
    """Those left when last seen, by environment."""

    @property
    def epsilon(self) -> float:
        """Probability of a random action while learning: it falls from the first reward on."""
        if self.first_reward is None:
            return self.exploration.initial
        return self.exploration.epsilon(self.num_timesteps - self.first_reward)

    def _learn(
        self, total_timesteps: int, callback: BaseCallback, log_interval: int, interrupts: Interrupts
    ) -> None:
        """Act and learn until the agent has made `total_timesteps`, or a callback or the user ends it."""
        states = self._describe(self._last_obs)
        while self.num_timesteps < total_timesteps and not interrupts.happened:
            actions = self._explore(states)
            states, infos, dones = self._step(states, actions)
            callback.update_locals(locals())
            if not callback.on_step():
                break
            self._count_episodes(infos, dones, log_interval)

    def _step(
        self, states: list[Look[Any]], actions: np.ndarray
    ) -> tuple[list[Look[Any]], list[dict[str, Any]], np.ndarray]:
        """Act in every environment and learn from it."""
        env = cast("VecEnv", self.env)
        observations, rewards, dones, infos = env.step(actions)
        if self.first_reward is None and np.any(rewards):
            self.first_reward = self.num_timesteps
        self.num_timesteps += env.num_envs
        self._last_obs, self._last_episode_starts = cast("dict[str, np.ndarray]", observations), dones
        after = self._describe(observations)
        for index, done in enumerate(dones):
            truncated = bool(done and infos[index].get("TimeLimit.truncated", False))
            last = self._describe_one(infos[index]["terminal_observation"]) if done else after[index]
            action, reward = int(actions[index]), float(rewards[index])
            terminated = bool(done and not truncated) or self._lost_a_life(index, infos[index])
            self.learner.observe(
                Transition(
                    states[index].state, action, reward, terminated, truncated, last.state, stream=index
                )
            )
        return after, infos, dones

    def _lost_a_life(self, index: int, info: dict[str, Any]) -> bool:
        """Return whether a life was lost: to the learner that is an end, as in Mnih et al. 2015."""
        before, self._lives[index] = self._lives.get(index, 0), int(info.get("lives", 0))
        return self._lives[index] < before

    def _count_episodes(self, infos: list[dict[str, Any]], dones: np.ndarray, log_interval: int) -> None:
        self._update_info_buffer(infos, dones)
        for _ in range(dones.tolist().count(True)):
            self._episode_num += 1
            if log_interval and self._episode_num % log_interval == 0:
                self._log()

    def _log(self) -> None:
        """Write one line of the log, under the names of Stable-Baselines3."""
        seconds = max((time.time_ns() - self.start_time) / 1e9, sys.float_info.epsilon)
        for name, short in [("ep_rew_mean", "r"), ("ep_len_mean", "l")]:
            if self.ep_info_buffer:
                self.logger.record(
                    f"rollout/{name}", safe_mean([info[short] for info in self.ep_info_buffer])
                )
        self.logger.record("rollout/exploration_rate", self.epsilon)
        self.logger.record("time/episodes", self._episode_num, exclude="tensorboard")
        self.logger.record("time/fps", int((self.num_timesteps - self._num_timesteps_at_start) / seconds))
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        for name, value in self.learner.measures().items():
            self.logger.record(f"train/{name}", value)
        self.logger.dump(step=self.num_timesteps)

    def _explore(self, states: list[Look[Any]]) -> np.ndarray:
        """Act for learning: a share `epsilon` of the actions is random.

        They last only once it is known which kind they control: a few long runs of one action coincide with
        whatever else moved meanwhile, and would tell wrongly.
        """
        if not self.exploration.lasting or self.learner.controlled is None:
            return self._act(states, self.epsilon, self.exploring)
        return np.array(
            [
                self.persistence[index].act(self._values(look), self.epsilon, self.exploring)
                for index, look in enumerate(states)
            ]
        )
