"""Rules that are played exactly as they are printed: a decision list (Rivest 1987), seen from one object.

From top to bottom, each rule whose conditions hold narrows what may be done, to its action or to all but
that; one that would leave nothing is passed over. `dsrl.agents.rule_file` has the form in which people write.
"""

import operator
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from dsrl.agents.rules import Names
from dsrl.agents.view import View

SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Condition(NamedTuple):
    """A comparison of one measure, or whether an object is there; what is absent fulfils no comparison."""

    column: int
    """Of the view's numbers."""
    sign: str
    """< | <= | > | >= | there | absent"""
    number: float = 0.0
    """Native px, or native px per agent step."""

    def holds(self, numbers: Float64[np.ndarray, "*frames columns"]) -> Bool[np.ndarray, "*frames"]:
        """Return whether it holds, in each frame."""
        value = numbers[..., self.column]
        if self.sign in SIGNS:
            return np.asarray(SIGNS[self.sign](value, self.number))
        return np.asarray(np.isnan(value) == (self.sign == "absent"))

    def text(self, view: View) -> str:
        """Return it as `parse` reads it."""
        subject, measure = view.columns[self.column]
        if self.sign in SIGNS:
            return f"{quoted(subject)}.{measure} {self.sign} {self.number:g}"
        return f"{quoted(subject)} is {self.sign}"


class Instruction(NamedTuple):
    """One line: what to do, or never to do, in which situation."""

    action: int
    conditions: tuple[Condition, ...] = ()
    prefer: bool = True
    """False forbids the action."""
    remark: str = ""
    """Printed after the rule, not read."""

    def holds(self, numbers: Float64[np.ndarray, "*frames columns"]) -> Bool[np.ndarray, "*frames"]:
        """Return whether all conditions hold, in each frame."""
        hold = np.ones(numbers.shape[:-1], dtype=bool)
        for condition in self.conditions:
            hold &= condition.holds(numbers)
        return hold

    def text(self, view: View, names: Names) -> str:
        """Return the line as `parse` reads it."""
        when = " and ".join(condition.text(view) for condition in self.conditions)
        line = f"{'prefer' if self.prefer else 'forbid'} {quoted(names.actions[self.action])}"
        return (f"{line} when {when}" if when else line) + (f"  # {self.remark}" if self.remark else "")


class DecisionList:
    """Instructions in order, seen from one kind of object."""

    def __init__(self, view: View, names: Names, rules: Sequence[Instruction]) -> None:
        self.view, self.names, self.rules = view, names, tuple(rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __str__(self) -> str:
        lines = [f"seen from {quoted(self.view.me)}"]
        return "\n".join(lines + [rule.text(self.view, self.names) for rule in self.rules]) + "\n"

    def narrow(
        self, numbers: Float64[np.ndarray, " columns"]
    ) -> list[tuple[Instruction, Bool[np.ndarray, " actions"]]]:
        """Return each rule that has a say in a frame, with the actions that it leaves of those before it."""
        allowed = np.ones(len(self.names.actions), dtype=bool)
        said = []
        for rule in self.rules:
            named = np.arange(len(allowed)) == rule.action
            left = allowed & (named if rule.prefer else ~named)
            if left.any() and not np.array_equal(left, allowed) and rule.holds(numbers):
                said.append((rule, left))
                allowed = left
        return said

    def allowed(self, numbers: Float64[np.ndarray, " columns"]) -> Bool[np.ndarray, " actions"]:
        """Return which actions the rules leave in a frame: at least one."""
        said = self.narrow(numbers)
        return said[-1][1] if said else np.ones(len(self.names.actions), dtype=bool)


def quoted(name: str) -> str:
    """Return a name as rules have it, between quotes where it is not one word.

    >>> quoted("ball"), quoted("white 2x4 #2")
    ('ball', '"white 2x4 #2"')
    """
    return name if re.fullmatch(r"[\w-]+", name) else f'"{name}"'
