"""Plays by printed rules alone, and finds rules that play as an agent's tables do."""

from collections.abc import Iterator
from typing import NamedTuple, cast

import numpy as np
from jaxtyping import Float64
from stable_baselines3.common.type_aliases import PolicyPredictor
from stable_baselines3.common.vec_env import VecEnv

from dsrl.agents.decision_list import DecisionList
from dsrl.agents.distillation import Frames, distil
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.agents.view import View
from dsrl.symbols import unpack_rows

WORST = 1e3
"""What an action that an agent's advice rules out is taken to cost."""


class RulePolicy:
    """Plays a decision list as it is printed, with the interface of Stable-Baselines3.

    Args:
        rules: of those actions that they leave, one is drawn.
        epsilon: probability of a random action where `deterministic` is not asked for.
        seed: of what is drawn.
    """

    def __init__(self, rules: DecisionList, epsilon: float = 0.0, seed: int | None = None) -> None:
        self.rules, self.epsilon = rules, epsilon
        self.random = np.random.default_rng(seed)

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Return an action per environment."""
        numbers = seen(self.rules.view, cast("dict[str, np.ndarray]", observation))
        return np.array([self._act(each, 0.0 if deterministic else self.epsilon) for each in numbers]), state

    def _act(self, numbers: Float64[np.ndarray, " columns"], epsilon: float) -> int:
        allowed = self.rules.allowed(numbers)
        if epsilon and self.random.random() < epsilon:
            allowed = np.ones_like(allowed)
        return int(self.random.choice(np.flatnonzero(allowed)))


def seen(view: View, observation: dict[str, np.ndarray]) -> Float64[np.ndarray, "envs columns"]:
    """Return the numbers of the frames of several environments."""
    pairs = zip(observation["objects"], observation["mask"], strict=True)
    return np.array([view(unpack_rows(objects, mask)) for objects, mask in pairs])


class Round(NamedTuple):
    """Frames that a policy met, as the tables judge them, and how it fared."""

    frames: Frames
    score: float
    """Sum of rewards per agent step: comparable also where no episode came to its end."""


def play(agent: SymbolicQ, player: PolicyPredictor, env: VecEnv, view: View, steps: int) -> Round:
    """Let a policy play for some agent steps, and ask the tables what each action would cost."""
    observation = cast("dict[str, np.ndarray]", env.reset())
    numbers: list[Float64[np.ndarray, " m"]] = []
    losses: list[Float64[np.ndarray, " a"]] = []
    rewards = 0.0
    while len(numbers) < steps:
        numbers += list(seen(view, observation))
        losses += [_costs(agent.q_values(each)) for each in _each(observation)]
        actions, _ = player.predict(observation)
        after, reward, _, _ = env.step(actions)
        observation, rewards = cast("dict[str, np.ndarray]", after), rewards + float(reward.sum())
    return Round(Frames(np.array(numbers), np.array(losses)), rewards / len(numbers))


def _each(observation: dict[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    for objects, mask in zip(observation["objects"], observation["mask"], strict=True):
        yield {"objects": objects, "mask": mask}


def _costs(values: Float64[np.ndarray, " actions"]) -> Float64[np.ndarray, " actions"]:
    return np.asarray(np.minimum(values.max() - values, WORST))


def rules_of(
    agent: SymbolicQ, env: VecEnv, view: View, limit: int = 30, steps: int = 6_000, rounds: int = 10
) -> DecisionList:
    """Return at most `limit` rules that play as an agent's tables do.

    In the first round the agent plays; in each further one the rules found so far do, so that they also learn
    of the frames that they themselves lead to (Ross et al. 2011, DAgger). Of all rounds, the rules that fared
    best are returned.
    """
    first = play(agent, agent, env, view, steps)
    frames, tried = first.frames, []
    for _ in range(rounds):
        rules = DecisionList(view, agent.names, distil(frames, view.grid, limit))
        played = play(agent, RulePolicy(rules, agent.exploration.playing, seed=0), env, view, steps)
        tried.append((played.score, rules))
        frames = Frames(*(np.concatenate(both) for both in zip(frames, played.frames, strict=True)))
    return max(tried, key=lambda one: one[0])[1]
