"""Targets for action values that are sums over relations, in compiled loops.

Legend of shapes: t steps, r relations, c cells, a actions.
"""

import numpy as np
from jaxtyping import Bool, Float64, Int16, Int32
from numba import njit

Values = Float64[np.ndarray, "c a"]
Cells = Int32[np.ndarray, "t r"]
Numbers = Float64[np.ndarray, " t"]


@njit(cache=True)
def add_up(values: Values, cells: Int32[np.ndarray, " r"], total: Float64[np.ndarray, " a"]) -> None:
    """Write the sum of the values of some cells into `total`."""
    total[:] = 0.0
    for cell in cells:
        for action in range(len(total)):
            total[action] += values[cell, action]


@njit(cache=True)
def values_of(values: Values, cells: Cells, actions: Int16[np.ndarray, " t"]) -> Numbers:
    """Return the value of the action taken in each step."""
    found = np.zeros(len(cells))
    for step in range(len(cells)):
        for cell in cells[step]:
            found[step] += values[cell, actions[step]]
    return found


@njit(cache=True)
def values_of_best(chosen_by: Values, values: Values, cells: Cells) -> Numbers:
    """Return what `values` say after each step of the action that is best by those that it is `chosen_by`."""
    found, total = np.zeros(len(cells)), np.empty(values.shape[1])
    for step in range(len(cells)):
        add_up(chosen_by, cells[step], total)
        best = np.argmax(total)
        for cell in cells[step]:
            found[step] += values[cell, best]
    return found


@njit(cache=True)
def lambda_returns(
    best: Numbers,
    rewards: Numbers,
    terminated: Bool[np.ndarray, " t"],
    cut: Bool[np.ndarray, " t"],
    streams: Int16[np.ndarray, " t"],
    gamma: float,
    trace: float,
) -> Numbers:
    """Return the Q(lambda) return of each step, of Peng & Williams 1994; `best` is max Q after each step.

    G_t = r + gamma ((1 - lambda) max Q' + lambda G_{t+1}). Unlike Watkins' it does not end at actions that
    are not greedy: where several actions do the same, hardly any is, and reward would travel a step or two.
    """
    found = np.empty(len(best))
    if not len(found):
        return found
    several = 0
    for stream in streams:
        several = max(several, stream + 1)
    later = np.zeros(several)
    follows = np.zeros(len(later), dtype=np.bool_)
    for step in range(len(best) - 1, -1, -1):
        stream = streams[step]
        share = trace if follows[stream] and not cut[step] else 0.0
        future = 0.0 if terminated[step] else (1 - share) * best[step] + share * later[stream]
        found[step] = later[stream] = rewards[step] + gamma * future
        follows[stream] = True
    return found
