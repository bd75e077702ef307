"""The symbolic agent, with the interface of Stable-Baselines3: it learns tables that can be read."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Self, cast

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback

from dsrl.agents.backoff import BackoffQ
from dsrl.agents.exploration import Exploration, Persistence
from dsrl.agents.interrupts import Interrupts
from dsrl.agents.lambda_returns import LambdaQ
from dsrl.agents.learners import Learner, make_learner
from dsrl.agents.learning_agent import LearningAgent
from dsrl.agents.pairwise import PairwiseQ
from dsrl.agents.portfolio import PortfolioQ
from dsrl.agents.rules import Names
from dsrl.agents.spaces import check_kinds, check_spaces, names_of, refuse_vector
from dsrl.agents.srl_cs import SRLCSQ
from dsrl.errors import AgentError, choose

LEARNERS: dict[str, type[Learner[Any]]] = {
    "portfolio": PortfolioQ,
    "backoff": BackoffQ,
    "dsrl-lambda": LambdaQ,
    "dsrl-2016": PairwiseQ,
    "srl-cs": SRLCSQ,
}
"""The learners that an agent can be built on, by name; the first is the default."""
DEFAULT_LEARNER = next(iter(LEARNERS))


class SymbolicQ(LearningAgent):
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
        exploration_playing: probability of a random action of `predict`, unless that is deterministic.
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
        learner: str = DEFAULT_LEARNER,
        learner_kwargs: Mapping[str, Any] | None = None,
        exploration_initial: float = 1.0,
        exploration_final: float = 0.01,
        exploration_steps: int = 2_000,
        exploration_lasting: bool = True,
        exploration_playing: float = 0.01,
        stats_window_size: int = 100,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        seed: int | None = None,
        _init_setup_model: bool = True,
    ) -> None:
        refuse_vector(env)
        choose("learner", learner, list(LEARNERS))
        self.exploration = Exploration(
            exploration_initial,
            exploration_final,
            exploration_steps,
            exploration_lasting,
            exploration_playing,
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
            LEARNERS[self.learner_name], self.names.actions, self.learner_kwargs
        )

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
