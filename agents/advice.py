"""How rules that a person wrote take part in a choice: they rule actions out, by a vote of minus infinity."""

from typing import Generic, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float64

from dsrl.agents.decision_list import DecisionList
from dsrl.agents.rules import Vote
from dsrl.symbols import Rows

State = TypeVar("State")


class Look(NamedTuple, Generic[State]):
    """What an agent makes of a frame."""

    state: State
    """The learner's description."""
    veto: Float64[np.ndarray, " actions"] | None
    """0 for each action that the advice leaves, -inf for the others; None without advice."""


def veto(advice: DecisionList | None, rows: Rows) -> Float64[np.ndarray, " actions"] | None:
    """Return what to add to the value of each action in a frame."""
    return None if advice is None else _ruled_out(advice.allowed(advice.view(rows)))


def veto_votes(advice: DecisionList | None, rows: Rows) -> list[Vote]:
    """Return a vote for each rule that has a say in a frame; they sum to its `veto`."""
    if advice is None:
        return []
    return [
        Vote(f"advice `{rule.text(advice.view, advice.names)}`", _ruled_out(left).tolist(), [0] * len(left))
        for rule, left in advice.narrow(advice.view(rows))
    ]


def _ruled_out(allowed: Bool[np.ndarray, " actions"]) -> Float64[np.ndarray, " actions"]:
    return np.where(allowed, 0.0, -np.inf)
