"""Means over nested cells, each drawn towards that of the cell around it; compiled loops.

Legend of shapes: t steps, c cells, a actions.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int16, Int32, Int64
from numba import njit

Table = Float64[np.ndarray, "c a"]


class Sums(NamedTuple):
    """Sums of targets and their number, per finest cell and action."""

    total: Table
    number: Table


@njit(cache=True)
def add_rest(
    sums: Sums,
    values: Table,
    cells: Int32[np.ndarray, " t"],
    actions: Int16[np.ndarray, " t"],
    targets: Float64[np.ndarray, " t"],
    present: Float64[np.ndarray, " t"],
) -> None:
    """Add up what the other relations leave over of the targets; take this one out of the present values."""
    for step in range(len(cells)):
        cell, action = cells[step], actions[step]
        present[step] -= values[cell, action]
        sums.total[cell, action] += targets[step] - present[step]
        sums.number[cell, action] += 1


@njit(cache=True)
def add_back(
    values: Table,
    cells: Int32[np.ndarray, " t"],
    actions: Int16[np.ndarray, " t"],
    present: Float64[np.ndarray, " t"],
) -> None:
    """Add what this relation says now to the present values."""
    for step in range(len(cells)):
        present[step] += values[cells[step], actions[step]]


@njit(cache=True)
def copy(cells: Int64[np.ndarray, " c"], sums: Sums, into: Sums) -> None:
    """Write the sums of some cells into others."""
    for cell in cells:
        for action in range(sums.total.shape[1]):
            into.total[cell, action] = sums.total[cell, action]
            into.number[cell, action] = sums.number[cell, action]


@njit(cache=True)
def move(values: Table, towards: Table, share: float) -> None:
    """Move values to others by a share of the way."""
    for cell in range(len(values)):
        for action in range(values.shape[1]):
            values[cell, action] += share * (towards[cell, action] - values[cell, action])


@njit(cache=True)
def agreement(
    cells: Int64[np.ndarray, " c"], images: Int64[np.ndarray, " c"], swap: Int64[np.ndarray, " a"], own: Sums
) -> float:
    """Return how far actions differ in cells as the exchanged ones do in their images in a mirror.

    It is the covariance over pairs of cells and actions of what an action has more than the cell's mean; a
    pair weighs n m / (n + m), the more the more targets both have. Each pair of cells counts once.
    """
    covariance = 0.0
    for cell in cells:
        image = images[cell]
        if image <= cell:
            continue
        weights, mine, theirs = 0.0, 0.0, 0.0
        for action in range(len(swap)):
            weight, here, there = _compared(own, cell, action, image, swap[action])
            weights, mine, theirs = weights + weight, mine + weight * here, theirs + weight * there
        for action in range(len(swap)):
            weight, here, there = _compared(own, cell, action, image, swap[action])
            if weight:
                covariance += weight * (here - mine / weights) * (there - theirs / weights)
    return covariance


@njit(cache=True, inline="always")
def _compared(own: Sums, cell: int, action: int, image: int, swapped: int) -> tuple[float, float, float]:
    """Return the weight of a pair, and both means."""
    number, other = own.number[cell, action], own.number[image, swapped]
    if not number or not other:
        return 0.0, 0.0, 0.0
    here, there = own.total[cell, action] / number, own.total[image, swapped] / other
    return number * other / (number + other), here, there


@njit(cache=True)
def add_images(
    cells: Int64[np.ndarray, " c"],
    images: Int64[np.ndarray, " c"],
    swap: Int64[np.ndarray, " a"],
    limit: float,
    own: Sums,
    sums: Sums,
) -> None:
    """Add to the sums of each cell those that its image has of its own, for the exchanged actions.

    Each of `number` targets counts as limit / (limit + number), so that together they are at most `limit`.
    """
    for cell in cells:
        image = images[cell]
        for action in range(len(swap)):
            share = 1 / (1 + own.number[image, swap[action]] / limit)
            sums.total[cell, action] += share * own.total[image, swap[action]]
            sums.number[cell, action] += share * own.number[image, swap[action]]


@njit(cache=True)
def share_alike(cells: Int64[np.ndarray, " c"], alike: Table, own: Sums, shared: Sums) -> None:
    """Give actions that are alike each other's targets."""
    actions = len(alike)
    for cell in cells:
        shared.total[cell], shared.number[cell] = 0.0, 0.0
        for one in range(actions):
            if own.number[cell, one]:
                for other in range(actions):
                    shared.total[cell, other] += alike[one, other] * own.total[cell, one]
                    shared.number[cell, other] += alike[one, other] * own.number[cell, one]


@njit(cache=True)
def add_actions(cells: Int64[np.ndarray, " c"], sums: Sums, together: Sums) -> None:
    """Write the sums over actions into the one column of `together`."""
    for cell in cells:
        together.total[cell, 0], together.number[cell, 0] = 0.0, 0.0
        for action in range(sums.total.shape[1]):
            together.total[cell, 0] += sums.total[cell, action]
            together.number[cell, 0] += sums.number[cell, action]


@njit(cache=True)
def take_out(cells: Int64[np.ndarray, " c"], worth: Table, sums: Sums) -> None:
    """Take what a cell is worth, whatever the action, out of its targets."""
    for cell in cells:
        for action in range(sums.total.shape[1]):
            sums.total[cell, action] -= sums.number[cell, action] * worth[cell, 0]


@njit(cache=True)
def gather(
    cells: Int64[np.ndarray, " c"], parents: Int64[np.ndarray, " c"], below: Sums, above: Sums
) -> None:
    """Sum up cells in the cells around them."""
    for cell in cells:
        above.total[parents[cell]], above.number[parents[cell]] = 0.0, 0.0
    for cell in cells:
        for action in range(below.total.shape[1]):
            above.total[parents[cell], action] += below.total[cell, action]
            above.number[parents[cell], action] += below.number[cell, action]


@njit(cache=True)
def draw(
    cells: Int64[np.ndarray, " c"],
    parents: Int64[np.ndarray, " c"],
    sums: Sums,
    above: Table,
    weight: float,
    values: Table,
) -> None:
    """Set values to (S + m q) / (N + m), q being that of the cell around, which counts as m targets."""
    for cell in cells:
        for action in range(values.shape[1]):
            drawn = sums.total[cell, action] + weight * above[parents[cell], action]
            values[cell, action] = drawn / (sums.number[cell, action] + weight)
