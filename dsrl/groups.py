"""Groups, each known by its first member (union-find, Tarjan 1975); compiled."""

import numpy as np
from jaxtyping import Int
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
