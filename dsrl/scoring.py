"""How right the symbols of labelled frames are, by the two published rules.

A rule says whether a symbol may stand for a label; the assignment that meets it most often counts.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score

from dsrl.labelled import Label
from dsrl.symbols import Symbol

NEAR = 5.0
"""Native pixels within which a symbol is where its label is (OCAtari, Delfosse et al. 2024)."""

Rule = Callable[[Sequence[Symbol], Sequence[Label]], Float[np.ndarray, "symbols labels"]]
"""The cost of taking each symbol for each label; at least 1 where it may not be taken for it."""


def near_box(symbols: Sequence[Symbol], labels: Sequence[Label]) -> Float[np.ndarray, "symbols labels"]:
    """Centre of the symbol less than 5 px from the label's box."""
    places = _places(symbols)[:, None]
    left, top, width, height = np.array([label[1:] for label in labels]).T
    low, high = np.column_stack([left, top]), np.column_stack([left + width, top + height])
    return _length(np.maximum(0.0, np.maximum(low - places, places - high))) / NEAR


def near_centre(symbols: Sequence[Symbol], labels: Sequence[Label]) -> Float[np.ndarray, "symbols labels"]:
    """Centre of the symbol less than 5 px from the label's centre (OCAtari, Delfosse et al. 2024)."""
    return _length(_places(symbols)[:, None] - np.array([label.centre for label in labels])) / NEAR


def within_diagonal(
    symbols: Sequence[Symbol], labels: Sequence[Label]
) -> Float[np.ndarray, "symbols labels"]:
    """1 - distance of the centres / diagonal of the label > 0.5 (SPACE+MOC, Delfosse et al. 2023)."""
    diagonals = _length(np.array([(label.width, label.height) for label in labels]))
    return np.asarray(near_centre(symbols, labels) * NEAR / (0.5 * diagonals))


def _places(symbols: Sequence[Symbol]) -> Float[np.ndarray, "symbols 2"]:
    return np.array([(symbol.x, symbol.y) for symbol in symbols])


def _length(vectors: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n"]:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


RULES: dict[str, Rule] = {
    "near_box": near_box,
    "near_centre": near_centre,
    "within_diagonal": within_diagonal,
}


class Counts(NamedTuple):
    """What was found, what was found that is not there, and what was missed."""

    found: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of the symbols that stand for something; 1 where there is none."""
        return self.found / max(1, self.found + self.false) if self.found + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the labels that were found; 1 where there is none."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both.

        >>> Counts(found=8, false=2, missed=2).f1
        0.8
        """
        return 2 * self.found / max(1, 2 * self.found + self.false + self.missed)

    def rates(self) -> dict[str, float]:
        """Return precision, recall and F1 by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}

    def __add__(self, other: object) -> "Counts":
        """Return the counts of both."""
        return Counts(*map(sum, zip(self, other, strict=True)))  # type: ignore[call-overload]


Match = tuple[Symbol, Label]


def match(symbols: Sequence[Symbol], labels: Sequence[Label], rule: Rule) -> list[Match]:
    """Return the assignment with most pairs that meet the rule, and least cost among those."""
    if not symbols or not labels:
        return []
    cost = np.minimum(1.0, rule(symbols, labels))
    rows, columns = linear_sum_assignment(np.where(cost < 1, cost - 1e3, 0.0))
    return [(symbols[r], labels[c]) for r, c in zip(rows, columns, strict=True) if cost[r, c] < 1]


def count(symbols: Sequence[Symbol], labels: Sequence[Label], rule: Rule) -> Counts:
    """Return the counts of one frame."""
    found = len(match(symbols, labels, rule))
    return Counts(found, len(symbols) - found, len(labels) - found)


def categories_of_kinds(
    frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]]
) -> dict[int, str]:
    """Return the category that each kind stands for most often; kinds that stand for none are left out."""
    votes: dict[int, Counter[str]] = {}
    for symbol, label in _pairs(frames, labels):
        votes.setdefault(symbol.kind, Counter())[label.category] += 1
    return {kind: counter.most_common(1)[0][0] for kind, counter in sorted(votes.items())}


def any_kind(frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]], rule: Rule) -> Counts:
    """Return the micro counts over frames, whatever the symbols' kinds."""
    return sum((count(*frame, rule) for frame in zip(frames, labels, strict=True)), Counts())


def by_category(
    frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]], rule: Rule
) -> dict[str, Counts]:
    """Return the counts of each category; a symbol counts for the category of its kind alone.

    Symbols of a kind that stands for no category are false ones, counted under "".
    """
    named = categories_of_kinds(frames, labels)
    totals: dict[str, Counts] = {}
    for symbols, step in zip(frames, labels, strict=True):
        present = {label.category for label in step} | {named.get(symbol.kind, "") for symbol in symbols}
        for category in present:
            mine = [symbol for symbol in symbols if named.get(symbol.kind, "") == category]
            theirs = [label for label in step if label.category == category]
            totals[category] = totals.get(category, Counts()) + count(mine, theirs, rule)
    return dict(sorted(totals.items()))


def recalls(
    frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]], rule: Rule
) -> dict[str, float]:
    """Return the share of each category's labels that some symbol stands for, whatever its kind."""
    there = Counter(label.category for step in labels for label in step)
    found = Counter(label.category for _, label in _pairs(frames, labels, rule))
    return {category: found[category] / total for category, total in sorted(there.items())}


def agreement(frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]]) -> tuple[float, float]:
    """Return the adjusted mutual information of kinds and categories, and the purity of the kinds."""
    pairs = _pairs(frames, labels)
    if not pairs:
        return 0.0, 0.0
    kinds = [symbol.kind for symbol, _ in pairs]
    categories = [label.category for _, label in pairs]
    joint = Counter(zip(kinds, categories, strict=True))
    largest = {kind: max(n for (k, _), n in joint.items() if k == kind) for kind, _ in joint}
    return float(adjusted_mutual_info_score(categories, kinds)), sum(largest.values()) / len(pairs)


def figures(frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]]) -> dict[str, Any]:
    """Return precision, recall and F1 by every rule, and how well the kinds agree with the categories."""
    rules = {}
    for name, rule in RULES.items():
        categories = by_category(frames, labels, rule)
        rules[name] = {
            "any_kind": any_kind(frames, labels, rule).rates(),
            "right_kind": sum(categories.values(), Counts()).rates(),
            "categories": {category: counts.rates() for category, counts in categories.items()},
            "recall_any_kind": recalls(frames, labels, rule),
        }
    information, purity = agreement(frames, labels)
    return {"frames": len(frames), "rules": rules, "ami": information, "purity": purity}


def _pairs(
    frames: Sequence[Sequence[Symbol]], labels: Sequence[Sequence[Label]], rule: Rule = near_box
) -> list[Match]:
    return [pair for frame in zip(frames, labels, strict=True) for pair in match(*frame, rule)]
