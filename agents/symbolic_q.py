"""The symbolic agent, with the interface of Stable-Baselines3: it learns tables that can be read."""

import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Self, cast

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.advice import Look
from dsrl.agents.backoff import BackoffQ
from dsrl.agents.exploration import Exploration, Persistence
from dsrl.agents.interrupts import Interrupts
from dsrl.agents.lambda_returns import LambdaQ
from dsrl.agents.learners import Learner, Transition, make_learner
from dsrl.agents.pairwise import PairwiseQ
from dsrl.agents.rules import Names
from dsrl.agents.saved_agent import SavedAgent
from dsrl.agents.spaces import check_kinds, check_spaces, names_of, refuse_vector
from dsrl.agents.srl_cs import SRLCSQ
from dsrl.errors import AgentError, choose

LEARNERS: dict[str, type[Learner[Any]]] = {
    "backoff": BackoffQ,
    "dsrl-lambda": LambdaQ,
    "dsrl-2016": PairwiseQ,
    "srl-cs": SRLCSQ,
}
"""The learners that an agent can be built on, by name."""


class SymbolicQ(SavedAgent):
    """Epsilon-greedy tabular Q-learning on the observation "symbols".

    Args:
        env: an environment, a vector of them, or an id, with the observation `Dict(objects, mask)`.
        learner: a name in `LEARNERS`.
        learner_kwargs: settings of the learner, see its `Settings`; what is left out keeps its default.
        exploration_initial: probability of a random action at the first agent step.
        exploration_final: the same from `exploration_steps` on; Garnelo 2016 has 0.1.
        exploration_steps: agent steps from the first reward on over which it falls, linearly.
        exploration_lasting: whether random actions last for a while (epsilon-z-greedy, Dabney et al. 2021),
            once the learner knows which kind they control; one that never does explores step by step.
        stats_window_size: episodes that the logged means are taken over.
        tensorboard_log: folder for TensorBoard, as in Stable-Baselines3.
        verbose: 1 prints the log.
        seed: of the exploration and the environment; the same seed gives the same run.

    Raises:
        AgentError: the environment has other observations, or actions that cannot be counted.
        ConfigError: the learner or one of its settings is unknown or out of range.
    """

    def __init__(
        self,
        env: GymEnv | str | None,
        learner: str = "backoff",
        learner_kwargs: Mapping[str, Any] | None = None,
        exploration_initial: float = 1.0,
        exploration_final: float = 0.01,
        exploration_steps: int = 2_000,
        exploration_lasting: bool = True,
        stats_window_size: int = 100,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        seed: int | None = None,
        _init_setup_model: bool = True,
    ) -> None:
        refuse_vector(env)
        choose("learner", learner, list(LEARNERS))
        self.exploration = Exploration(
            exploration_initial, exploration_final, exploration_steps, exploration_lasting
        )
        super().__init__(
            policy=BasePolicy,
            env=env,
            learning_rate=0.0,  # the learner has its own
            stats_window_size=stats_window_size,
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device="cpu",
            support_multi_env=True,
            seed=seed,
        )
        self.learner_name = learner
        self.learner_kwargs = dict(learner_kwargs or {})
        self.names = Names([], [])
        self._lives: dict[int, int] = {}  # by environment
        self.persistence = defaultdict(Persistence)  # likewise
        self.first_reward = None
        if _init_setup_model:
            self._setup_model()

    def _setup_model(self) -> None:
        """Make the learner and the random streams; read the names of kinds and actions."""
        self.set_random_seed(self.seed)
        self.exploring, self.playing = (
            np.random.default_rng(None if self.seed is None else [self.seed, stream]) for stream in (0, 1)
        )
        if self.env is not None:
            check_spaces(self.env.observation_space, self.env.action_space)
            self.names = names_of(self.env)
        self.n_actions = int(cast("spaces.Discrete", self.action_space).n)
        self.learner: Learner[Any] = make_learner(
            LEARNERS[self.learner_name], self.n_actions, self.learner_kwargs
        )

    @property
    def epsilon(self) -> float:
        """Probability of a random action while learning: it falls from the first reward on."""
        if self.first_reward is None:
            return self.exploration.initial
        return self.exploration.epsilon(self.num_timesteps - self.first_reward)

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "SymbolicQ",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> Self:
        """Learn for `total_timesteps` agent steps of all environments; log every `log_interval` episodes.

        Raises:
            AgentError: the agent has no environment.
            KeyboardInterrupt: the user interrupted; the step under way was finished, and its tables fitted.
        """
        if self.env is None:
            raise AgentError("the agent has nowhere to learn: give it an environment by set_env or load")
        with Interrupts() as interrupts:
            total_timesteps, callback = self._setup_learn(
                total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
            )
            if reset_num_timesteps and self.first_reward is not None:
                self.first_reward = 0
            callback.on_training_start(locals(), globals())
            try:
                self._learn(total_timesteps, callback, log_interval, interrupts)
            finally:  # also closes the progress bar after an error
                self.learner.finish()
                callback.on_training_end()
        return self

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

    def set_env(self, env: GymEnv, force_reset: bool = True) -> None:
        """Go on in another environment, of any number of copies, with as many actions.

        Raises:
            AgentError: the observations or the number of actions differ, or the kinds of object.
        """
        refuse_vector(env)
        wrapped = self._wrap_env(env, self.verbose)
        check_spaces(wrapped.observation_space, wrapped.action_space, self.n_actions)
        self.names = self.names._replace(kinds=check_kinds(self.names.kinds, wrapped))
        self.env, self.n_envs = wrapped, wrapped.num_envs
        self.observation_space, self.action_space = wrapped.observation_space, wrapped.action_space
        if force_reset:
            self._last_obs = None
