"""An agent that acts by tables: it plays, explains itself and heeds advice."""

import pathlib
from typing import Any, ClassVar, Self, cast

import numpy as np
from jaxtyping import Float64
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy

from dsrl.agents.advice import Look, veto, veto_votes
from dsrl.agents.decision_list import DecisionList
from dsrl.agents.exploration import Exploration, best_actions, epsilon_greedy
from dsrl.agents.learners import Learner
from dsrl.agents.rule_file import read_rules
from dsrl.agents.rules import Explanation, Names, Rule
from dsrl.symbols import Rows, unpack_rows


class TabularAgent(BaseAlgorithm):
    """Plays by the tables of a learner on the observation "symbols"."""

    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {}
    learner: Learner[Any]
    exploration: Exploration
    names: Names
    """What kinds and actions are called."""
    advice: DecisionList | None = None
    """Rules of a person, if there are any."""
    playing: np.random.Generator
    """The random stream of `predict`."""

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Return the best action per environment, or of one; equal values are drawn between.

        Without `deterministic`, a share `exploration_playing` of the actions is random. Playing has a random
        stream of its own, so that evaluations do not change what is learned.
        """
        observations = cast("dict[str, np.ndarray]", observation)
        several = observations["objects"].ndim == 2
        states = self._describe(observations) if several else [self._describe_one(observations)]
        actions = self._act(states, 0.0 if deterministic else self.exploration.playing, self.playing)
        return (actions if several else actions[0]), state

    def q_values(self, observation: dict[str, np.ndarray]) -> Float64[np.ndarray, " actions"]:
        """Return the value of each action in one observation; -inf for one that the advice rules out."""
        return self._values(self._describe_one(observation))

    def explain(self, observation: dict[str, np.ndarray]) -> Explanation:
        """Return the action that one observation asks for, and the votes that its values are the sum of."""
        rows = unpack_rows(observation["objects"], observation["mask"])
        look = self._look_at(rows)
        values = self._values(look)
        actions = " or ".join(self.names.actions[action] for action in best_actions(values))
        votes = self.learner.votes(look.state, self.names) + veto_votes(self.advice, rows)
        return Explanation(actions, values, votes, self.names.actions)

    def advise(self, rules: DecisionList | str | pathlib.Path | None) -> Self:
        """Heed rules that a person wrote, a file of them or none, in whatever the agent does from now on.

        The agent looks for the best action, and for a random one, among those that the rules leave.

        Raises:
            ConfigError: the file cannot be read or a line is wrong; the message names it.
        """
        if isinstance(rules, str | pathlib.Path):
            rules = self.read(rules)
        self.advice = rules
        return self

    def read(self, rules: str | pathlib.Path) -> DecisionList:
        """Return the rules that a file has, about the object that the agent takes for the controlled one.

        Raises:
            ConfigError: the file cannot be read or a line is wrong; the message names it.
        """
        return read_rules(rules, self.names, self.learner.controlled, self.learner.own_row)

    def rules(self, limit: int | None = None, min_visits: int = 20) -> list[Rule]:
        """Return what was learned as sentences, the strongest first; `str(rule)` is the sentence."""
        return self.learner.rules(self.names, min_visits)[:limit]

    def _describe(self, observations: Any) -> list[Look[Any]]:
        pairs = zip(observations["objects"], observations["mask"], strict=True)
        return [self._describe_one({"objects": objects, "mask": mask}) for objects, mask in pairs]

    def _describe_one(self, observation: Any) -> Look[Any]:
        return self._look_at(unpack_rows(observation["objects"], observation["mask"]))

    def _look_at(self, rows: Rows) -> Look[Any]:
        return Look(self.learner.describe(rows), veto(self.advice, rows))

    def _act(self, states: list[Look[Any]], epsilon: float, random: np.random.Generator) -> np.ndarray:
        values = [self._values(look) for look in states]
        return np.array([epsilon_greedy(each, epsilon, random) for each in values])

    def _values(self, look: Look[Any]) -> Float64[np.ndarray, " actions"]:
        values = self.learner.q_values(look.state)
        return values if look.veto is None else np.asarray(values + look.veto)
