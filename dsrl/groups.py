"""Order, and groups, each known by its first member (union-find, Tarjan 1975); compiled."""

import numpy as np
from jaxtyping import Int, Num
from numba import njit


@njit(cache=True)
def find(root: Int[np.ndarray, " nodes"], node: int) -> int:
    """Return the first node of a node's group."""
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node


@njit(cache=True)
def unite(root: Int[np.ndarray, " nodes"], one: int, other: int) -> None:
    """Make one group of two."""
    one, other = find(root, one), find(root, other)
    root[max(one, other)] = min(one, other)


@njit(cache=True)
def order(keys: Num[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return the indices that sort keys, those alike as they come: by insertion, which is soon compiled."""
    indices = np.empty(len(keys), np.int64)
    for index in range(len(keys)):
        place = index
        while place and keys[indices[place - 1]] > keys[index]:
            indices[place] = indices[place - 1]
            place -= 1
        indices[place] = index
    return indices
