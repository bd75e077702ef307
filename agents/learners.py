"""What every learner of tables offers: the agent around it acts, counts, logs and saves.

A learner describes a frame's rows once, as its own `state`; the same state serves to act and to learn,
and a learner may keep the transitions that it is shown and replay them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from jaxtyping import Float64

from dsrl.agents.rules import Names, Rule, Vote
from dsrl.errors import ConfigError
from dsrl.symbols import Rows

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
    stream: int = 0
    """Which of several environments this is a step of: steps of one stream follow each other."""


class Learner(Protocol[State]):
    """Action values of a frame's symbols, learned from transitions.

    It is made from the names of the actions and its `Settings`, a frozen dataclass of hyperparameters.
    """

    Settings: ClassVar[type]

    def __init__(self, actions: Sequence[str], settings: Any) -> None: ...

    @property
    def controlled(self) -> int | None:
        """The kind of object that it sees the world from, once known; None where it takes no such view."""

    def describe(self, rows: Rows) -> State:
        """Return what the learner acts on and learns from in a frame."""

    def own_row(self, rows: Rows, kind: int) -> int:
        """Return the row of the object of a kind to see from, or -1 where there is none."""

    def q_values(self, state: State) -> Float64[np.ndarray, " actions"]:
        """Return the value of each action."""

    def observe(self, transition: Transition[State]) -> None:
        """Learn from one agent step."""

    def finish(self) -> None:
        """Learn from what was kept for later: no further steps follow the last ones."""

    def votes(self, state: State, names: Names) -> list[Vote]:
        """Return what `q_values(state)` is the sum of, entry by entry."""

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return the entries that tell actions apart, the strongest first."""

    def measures(self) -> dict[str, float]:
        """Return what is worth a curve, by name."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that was learned."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""


def make_learner(
    kind: type[Learner[Any]], actions: Sequence[str], settings: Mapping[str, Any]
) -> Learner[Any]:
    """Return an ignorant learner, for actions of these names; settings left out keep their defaults.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    known = [field.name for field in fields(kind.Settings)]
    for name in settings:
        if name not in known:
            raise ConfigError(f"unknown setting {name!r} of {kind.__name__}: choose from {', '.join(known)}")
    return kind(actions, kind.Settings(**settings))
