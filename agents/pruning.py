"""Makes a decision list short: takes rules and conditions away while that costs little.

Legend of shapes: n frames, m measures, a actions, r rules.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64

from dsrl.agents.decision_list import Instruction

TOLERANCE = 0.001
"""Share of what the rules save, over the best single action, that a rule or a condition must save itself."""


class Listed:
    """Rules in order, and what they do in some frames; the last one holds in all."""

    def __init__(
        self,
        rules: Sequence[Instruction],
        numbers: Float64[np.ndarray, "n m"],
        losses: Float64[np.ndarray, "n a"],
    ) -> None:
        self.rules, self.numbers, self.losses = list(rules), numbers, losses
        self.holds = np.array([rule.holds(numbers) for rule in rules])  # [r, n]
        self.settle()

    def settle(self) -> None:
        """Find which rule decides each frame, and give each rule the action that loses least there."""
        self.first: Int64[np.ndarray, " n"] = self.holds.argmax(axis=0)
        for index, rule in enumerate(self.rules):
            decided = self.losses[self.first == index]
            if len(decided):
                self.rules[index] = rule._replace(action=int(decided.sum(axis=0).argmin()))
        self.actions = np.array([rule.action for rule in self.rules])
        self.lost: Float64[np.ndarray, " n"] = self.losses[
            np.arange(len(self.losses)), self.actions[self.first]
        ]

    def without_rule(self, index: int) -> float:
        """Return what is lost when the rules below decide a rule's frames."""
        decided = np.flatnonzero(self.first == index)
        heir = index + 1 + self.holds[index + 1 :, decided].argmax(axis=0)
        return float((self.losses[decided, self.actions[heir]] - self.lost[decided]).sum())

    def without_condition(self, index: int, which: int) -> float:
        """Return what is lost when a rule also decides the frames that one of its conditions kept away."""
        more = (self.first > index) & self._shorter(index, which).holds(self.numbers)
        return float((self.losses[more, self.actions[index]] - self.lost[more]).sum())

    def _shorter(self, index: int, which: int) -> Instruction:
        conditions = self.rules[index].conditions
        return self.rules[index]._replace(conditions=conditions[:which] + conditions[which + 1 :])

    def changes(self) -> Iterator[tuple[float, int, int | None]]:
        """Yield what each change loses, its rule, and its condition or None for the whole rule."""
        for index, rule in enumerate(self.rules[:-1]):
            yield self.without_rule(index), index, None
            for which in range(len(rule.conditions)):
                yield self.without_condition(index, which), index, which

    def change(self, index: int, which: int | None) -> None:
        """Take away a rule, or one of its conditions."""
        if which is None:
            del self.rules[index]
            self.holds = np.delete(self.holds, index, axis=0)
        else:
            self.rules[index] = self._shorter(index, which)
            self.holds[index] = self.rules[index].holds(self.numbers)
        self.settle()

    def remarked(self) -> list[Instruction]:
        """Return the rules, each with its support and its mean advantage over the other actions."""
        return [
            rule._replace(remark=self._remark(self.first == index, rule.action))
            for index, rule in enumerate(self.rules)
        ]

    def _remark(self, decided: Bool[np.ndarray, " n"], action: int) -> str:
        losses = self.losses[decided]
        advantage = (
            np.delete(losses, action, axis=1).mean() - losses[:, action].mean() if len(losses) else 0.0
        )
        return f"{decided.mean():.1%} of {len(decided):,} frames, +{max(0.0, advantage):.2g}"


def prune(
    rules: Sequence[Instruction],
    numbers: Float64[np.ndarray, "n m"],
    losses: Float64[np.ndarray, "n a"],
    limit: int,
) -> list[Instruction]:
    """Return the list without what saves little, and with at most `limit` rules."""
    listed = Listed(rules, numbers, losses)
    little = TOLERANCE * max(0.0, losses.sum(axis=0).min() - listed.lost.sum())
    while changes := list(listed.changes()):
        too_many = len(listed.rules) > limit
        cost, index, which = min(changes, key=lambda change: change[0])
        if cost > little and too_many:
            cost, index, which = min(
                (change for change in changes if change[2] is None), key=lambda one: one[0]
            )
        elif cost > little:
            break
        listed.change(index, which)
    return listed.remarked()
