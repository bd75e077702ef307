"""What every learner of tables offers: the agent around it acts, counts, logs and saves.

A learner describes a frame's symbols once, as its own `state`; the same state serves to act and to learn,
and a learner may keep the transitions that it is shown and replay them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy as np
from jaxtyping import Float64

from dsrl.agents.rules import Names, Rule, Vote
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol

State = TypeVar("State")


class Transition(NamedTuple, Generic[State]):
    """One agent step of one environment."""

    before: State
    action: int
    reward: float
    terminated: bool
    """The episode ended here: nothing follows `after`."""
    truncated: bool
    """The episode was cut short here: rewards would have followed `after`."""
    after: State


class Learner(ABC, Generic[State]):
    """Action values of a frame's symbols, learned from transitions.

    Args:
        n_actions: how many actions there are.
        settings: a frozen dataclass of numbers and names, the learner's hyperparameters.
    """

    Settings: ClassVar[type]

    def __init__(self, n_actions: int, settings: Any) -> None:
        self.n_actions = n_actions
        self.settings = settings

    @classmethod
    def make(cls, n_actions: int, settings: Mapping[str, Any]) -> Self:
        """Return an ignorant learner.

        Raises:
            ConfigError: a setting is unknown or out of range.
        """
        known = [field.name for field in fields(cls.Settings)]
        for name in settings:
            if name not in known:
                raise ConfigError(
                    f"unknown setting {name!r} of {cls.__name__}: choose from {', '.join(known)}"
                )
        return cls(n_actions, cls.Settings(**settings))

    @abstractmethod
    def describe(self, symbols: Sequence[Symbol]) -> State:
        """Return what the learner acts on and learns from in a frame."""

    @abstractmethod
    def q_values(self, state: State) -> Float64[np.ndarray, " actions"]:
        """Return the value of each action."""

    @abstractmethod
    def observe(self, transition: Transition[State]) -> None:
        """Learn from one agent step."""

    @abstractmethod
    def votes(self, state: State, names: Names) -> list[Vote]:
        """Return what `q_values(state)` is the sum of, entry by entry."""

    @abstractmethod
    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return the entries that tell actions apart, the strongest first."""

    @abstractmethod
    def measures(self) -> dict[str, float]:
        """Return what is worth a curve, by name."""

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that was learned."""

    @abstractmethod
    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
