"""What tables say, in words: names of kinds and actions, rules, and the votes behind an action."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64


class Names(NamedTuple):
    """What kinds and actions are called in sentences."""

    actions: list[str]
    kinds: list[str]

    def kind(self, kind: int) -> str:
        """Return the name of a kind, a plain one for those without.

        >>> Names(actions=["NOOP"], kinds=["ball"]).kind(0), Names(actions=["NOOP"], kinds=[]).kind(7)
        ('ball', 'kind 7')
        """
        return self.kinds[kind] if kind < len(self.kinds) else f"kind {kind}"


class Vote(NamedTuple):
    """What one entry of the tables says to each action."""

    situation: str
    """In words."""
    values: list[float]
    """Per action; over all votes they sum to the values acted on."""
    visits: list[int]
    """Per action: how often it was taken in this situation, which is what its value rests on."""


class Rule(NamedTuple):
    """One entry of the tables, read as advice."""

    situation: str
    """In words."""
    action: str
    """The name of the best action that was tried."""
    advantage: float
    """Its value minus the mean value of the other actions tried, in units of reward."""
    visits: int
    """Agent steps spent in the situation."""
    strength: float
    """What rules are ranked by: the advantage times the square root of the visits."""

    def __str__(self) -> str:
        return (
            f"{self.situation}: {self.action} (+{self.advantage:.2g} over the others, {self.visits} visits)"
        )


class Explanation(NamedTuple):
    """Why an action was chosen: the votes sum exactly to the values acted on."""

    action: str
    """Its name; where several are equally good, all of them, between which the agent draws."""
    q_values: Float64[np.ndarray, " actions"]
    votes: list[Vote]
    actions: list[str]
    """The names of all, in the order of the values and of each vote's."""

    @property
    def worth(self) -> str:
        """What each action is worth, in words."""
        pairs = zip(self.actions, self.q_values, strict=True)
        return ", ".join(f"{action} {value:.3g}" for action, value in pairs)

    def __str__(self) -> str:
        lines = [f"{self.action}, of {self.worth}, because"]
        lines += [
            f"{vote.situation}: {np.round(vote.values, 3).tolist()}, from {vote.visits} steps"
            for vote in self.votes
        ]
        return "\n  ".join(lines)


def rule(situation: str, values: list[float], visits: list[int], actions: list[str]) -> Rule | None:
    """Return the advice of one entry; None where fewer than two actions were tried.

    >>> str(rule("ball above paddle", [0.5, 0.1, 0.0], [40, 9, 0], ["UP", "DOWN", "NOOP"]))
    'ball above paddle: UP (+0.4 over the others, 49 visits)'
    """
    tried = [action for action, count in enumerate(visits) if count]
    if len(tried) < 2:
        return None
    best = max(tried, key=lambda action: values[action])
    others = [values[action] for action in tried if action != best]
    advantage = values[best] - sum(others) / len(others)
    total = sum(visits)
    return Rule(situation, actions[best], advantage, total, advantage * total**0.5)
