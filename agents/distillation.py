"""A few rules that act as the tables do: a decision list grown on what the tables say of frames met.

The loss of an action in a frame is what the tables expect it to cost, max Q - Q: as Bastani et al. 2018
(VIPER) weigh frames by the range of Q, but action by action. Boxes of frames are parted where that saves
most, the best first; then rules and conditions that save little are taken away. Legend of shapes: n frames,
m measures, a actions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from dsrl.agents.decision_list import Condition, Instruction
from dsrl.agents.pruning import prune

LEAST = 20
"""Frames that a rule is grown from, at least."""
LIKENESS = 0.1
"""What it is worth that the frames of a box have like losses (Breiman et al. 1984), beside the loss saved: a
split may pay only after the next one. Losses are measured by their usual size."""


class Frames(NamedTuple):
    """Frames that were met, and what each action would cost there."""

    numbers: Float64[np.ndarray, "n m"]
    """Seen by a `View`."""
    losses: Float64[np.ndarray, "n a"]
    """In units of reward, discounted."""


class Split(NamedTuple):
    """How a box is best parted in two."""

    gain: float
    """Loss that it saves, and a share of how much more alike the frames of each side are."""
    condition: Condition


@dataclass(eq=False)
class Box:
    """Frames for which the same conditions hold; parted, or a rule to be."""

    chosen: Bool[np.ndarray, " n"]
    split: Split
    parts: "tuple[Box, Box] | None" = None
    """Where the condition holds, and where it does not."""


def distil(frames: Frames, grid: Float64[np.ndarray, " m"], limit: int) -> list[Instruction]:
    """Return at most `limit` rules that lose little in these frames; the last one holds everywhere.

    Each measure is compared with multiples of its `grid`.

    >>> numbers = np.arange(-50.0, 50.0)[:, None]
    >>> left, right = numbers[:, 0] < 10, numbers[:, 0] >= 10
    >>> frames = Frames(numbers, np.stack([right, left], axis=1).astype(float))
    >>> rules = distil(frames, np.array([5.0]), limit=9)
    >>> [(rule.action, rule.conditions) for rule in rules]
    [(0, (Condition(column=0, sign='<', number=10.0),)), (1, ())]
    """
    usual = float(frames.losses.max(axis=1).mean()) or 1.0
    grown = grow(Frames(frames.numbers, frames.losses / usual), grid, 2 * limit)
    rules = [Instruction(0, conditions) for conditions in _paths(grown)]
    return prune(rules, frames.numbers, frames.losses, limit)


def grow(frames: Frames, grid: Float64[np.ndarray, " m"], boxes: int) -> Box:
    """Return the box of all frames, parted until there are `boxes` or nothing is saved any more."""
    everywhere = np.ones(len(frames.numbers), dtype=bool)
    root = Box(everywhere, best_split(frames, everywhere, grid))
    leaves = [root]
    while len(leaves) < boxes:
        box = max(leaves, key=lambda leaf: leaf.split.gain)
        if box.split.gain <= 0:
            break
        holds = box.split.condition.holds(frames.numbers)
        chosen = [box.chosen & holds, box.chosen & ~holds]
        inside, outside = (Box(each, best_split(frames, each, grid)) for each in chosen)
        box.parts = inside, outside
        leaves.remove(box)
        leaves += box.parts
    return root


def _paths(box: Box, conditions: tuple[Condition, ...] = ()) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions of each leaf; in a list, those before it have what its own leave out."""
    if box.parts is None:
        yield conditions
    else:
        yield from _paths(box.parts[0], (*conditions, box.split.condition))
        yield from _paths(box.parts[1], conditions)


def best_split(frames: Frames, chosen: Bool[np.ndarray, " n"], grid: Float64[np.ndarray, " m"]) -> Split:
    """Return the condition that saves most of a box's loss, when each side then takes its own best action."""
    numbers, losses = frames.numbers[chosen], frames.losses[chosen]
    splits = [
        split
        for column, side in enumerate(grid)
        for split in _splits(column, numbers[:, column], losses, float(side))
    ]
    return max(splits, key=lambda split: split.gain, default=Split(0.0, Condition(0, "there")))


def _splits(
    column: int, values: Float64[np.ndarray, " n"], losses: Float64[np.ndarray, "n a"], side: float
) -> Iterator[Split]:
    """Yield the best condition of each sign on one measure; absent objects lie outside of comparisons."""
    seen = ~np.isnan(values)
    if seen.sum() < LEAST:
        return
    cells = np.floor(values[seen] / side).astype(int)
    first, cells = cells.min(), cells - cells.min()
    columns = [np.bincount(cells, weights=each) for each in (*losses[seen].T, np.ones(len(cells)))]
    below = np.cumsum(columns, axis=1).T  # [cells, a + 1], the last column counts frames
    total, whole = below[-1], np.append(losses.sum(axis=0), len(losses))
    for sign, inside in [("<", below[:-1]), (">=", total - below[:-1]), ("there", total[None])]:
        gains = _gains(inside, whole)
        if len(gains):
            best = int(gains.argmax())
            number = 0.0 if sign == "there" else float((first + best + 1) * side)
            yield Split(float(gains[best]), Condition(column, sign, number))


def _gains(
    inside: Float64[np.ndarray, "cells a1"], whole: Float64[np.ndarray, " a1"]
) -> Float64[np.ndarray, " cells"]:
    """Return what is saved by parting `inside` from the rest; nothing where either has too few frames."""
    outside = whole - inside
    apart = inside[:, :-1].min(axis=1) + outside[:, :-1].min(axis=1)
    enough = (inside[:, -1] >= LEAST) & (outside[:, -1] >= LEAST)
    spread = _squares(inside) + _squares(outside) - _squares(whole[None])
    return np.where(enough, whole[:-1].min() - apart + LIKENESS * spread, 0.0)


def _squares(box: Float64[np.ndarray, "cells a1"]) -> Float64[np.ndarray, " cells"]:
    """Return the sum of the squared mean losses, over a box's frames: the more, the more alike they are."""
    return np.asarray((box[:, :-1] ** 2).sum(axis=1) / np.maximum(box[:, -1], 1))
