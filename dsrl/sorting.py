"""Order; compiled: numpy's own sorts take some seconds to compile, these loops a fraction of one."""

import numpy as np
from jaxtyping import Int, Num
from numba import njit

Order = Int[np.ndarray, " n"]


@njit(cache=True)
def order(keys: Num[np.ndarray, " n"]) -> Order:
    """Return the indices that sort keys, those alike as they come: merge sort from pairs up.

    >>> order(np.array([3, 1, 3, 2])).tolist()
    [1, 3, 0, 2]
    """
    indices, merged = np.arange(len(keys)), np.empty(len(keys), np.int64)
    width = 1
    while width < len(keys):
        for start in range(0, len(keys), 2 * width):
            _merge(keys, indices, merged, start, width)
        indices, merged = merged, indices
        width *= 2
    return indices


@njit(cache=True, inline="always")
def _merge(keys: Num[np.ndarray, " n"], indices: Order, merged: Order, start: int, width: int) -> None:
    """Merge the indices of two neighbours, sorted already, each `width` long or up to the end."""
    middle, end = min(start + width, len(keys)), min(start + 2 * width, len(keys))
    left, right = start, middle
    for place in range(start, end):
        if right == end or (left < middle and keys[indices[left]] <= keys[indices[right]]):
            merged[place] = indices[left]
            left += 1
        else:
            merged[place] = indices[right]
            right += 1
