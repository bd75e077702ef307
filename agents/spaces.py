"""What a symbolic agent asks of an environment, and what it learns about it beside the observations."""

from collections.abc import Sequence
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.rules import Names
from dsrl.errors import AgentError
from dsrl.symbols import COLUMNS


def symbols_space(slots: int) -> spaces.Dict:
    """Return the observation space "symbols" for a table of `slots` rows."""
    objects = spaces.Box(-np.inf, np.inf, (slots * len(COLUMNS),), np.float32)
    return spaces.Dict(objects=objects, mask=spaces.MultiBinary(slots))


def check_spaces(observations: gym.Space[Any], actions: gym.Space[Any], n_actions: int | None = None) -> None:
    """Refuse spaces that a symbolic agent, or one with `n_actions`, does not fit.

    Raises:
        AgentError: they are not `Dict(objects, mask)`, or not as many actions that can be counted.
    """
    if not isinstance(observations, spaces.Dict) or set(observations.spaces) != {"objects", "mask"}:
        raise AgentError(
            f'SymbolicQ needs observation="symbols", a Dict of objects and mask; not {observations}: '
            "take an environment of dsrl, such as DSRL-Pong-v0"
        )
    if not isinstance(actions, spaces.Discrete):
        raise AgentError(f"SymbolicQ needs a Discrete action space, not {actions}")
    if n_actions not in (None, actions.n):
        raise AgentError(
            f"the agent has {n_actions} actions but the environment {actions.n}: use its own game"
        )


def check_kinds(known: Sequence[str], env: VecEnv) -> list[str]:
    """Return the names of kinds, new ones too; refuse an environment that has other numbers for them.

    To tables a kind is a number in the list of an encoder: of another encoder's it means something else. New
    kinds may come after those that are known, and a person may have named some.

    Raises:
        AgentError: there are more or fewer kinds, or they are in another order.
    """
    seen = names_of(env).kinds
    moved = any(name in seen and seen.index(name) != kind for kind, name in enumerate(known))
    more = len(seen) != len(known) and seen[: len(known)] != list(known)
    if known and seen and (moved or more):
        raise AgentError(
            f"the agent knows {len(known)} kinds of object ({', '.join(known)}) but the environment tells "
            f"{len(seen)} apart ({', '.join(seen)}): use the game and the encoder that it learned with, or "
            "give that encoder to the environment as kinds_of=, which matches the kinds"
        )
    return [*known, *seen[len(known) :]]


def refuse_vector(env: object) -> None:
    """Refuse Gymnasium's vector environments, whose episodes end in another way than Stable-Baselines3's.

    Raises:
        AgentError: it is one.
    """
    if isinstance(env, gym.vector.VectorEnv):
        raise AgentError(
            "SymbolicQ does not learn in what gymnasium.make_vec makes: use "
            "stable_baselines3.common.env_util.make_vec_env(ID, n_envs=8)"
        )


def names_of(env: VecEnv) -> Names:
    """Return what the environment calls its actions and kinds, plain numbers where it says nothing."""
    count = int(cast("spaces.Discrete", env.action_space).n)
    actions = [f"action {number}" for number in range(count)]
    if env.has_attr("get_action_meanings"):
        actions = [str(name) for name in env.env_method("get_action_meanings", indices=[0])[0]]
    perception = env.get_attr("perception", indices=[0])[0] if env.has_attr("perception") else None
    return Names(actions, list(perception.kinds.labels) if perception else [])
