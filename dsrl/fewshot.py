"""Few-shot accuracy: how well a few labelled objects of each category tell what all others are.

SPACE+MOC (Delfosse et al. 2023) measures what an encoding says of its objects so: a ridge classifier (Hoerl &
Kennard 1970) is fitted to 1, 4, 16 or 64 objects of each category.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float
from sklearn.linear_model import RidgeClassifier

SHOTS = (1, 4, 16, 64)
"""Labelled objects of each category."""
DRAWS = 10
"""Choices of those objects that the accuracy is the mean of."""


def few_shot_accuracy(
    descriptors: Float[np.ndarray, "n d"], categories: Sequence[str], shots: int, seed: int = 0
) -> float | None:
    """Return the share of the other objects that are told right, of 0 to 1.

    Categories that have no other object are left out; None where fewer than two are left.

    >>> few_shot_accuracy(np.array([[0.0], [0.1], [1.0], [0.9]]), ["ball", "ball", "bat", "bat"], shots=1)
    1.0
    """
    names, counts = np.unique(categories, return_counts=True)
    some = np.isin(categories, names[counts > shots])
    if (counts > shots).sum() < 2:
        return None
    described, category = np.asarray(descriptors)[some], np.asarray(categories)[some]
    accuracies = [
        RidgeClassifier()
        .fit(described[chosen], category[chosen])
        .score(described[~chosen], category[~chosen])
        for chosen in _draws(category, shots, seed)
    ]
    return float(np.mean(accuracies))


def _draws(category: np.ndarray, shots: int, seed: int) -> Iterator[Bool[np.ndarray, " n"]]:
    """Yield which objects are labelled, `shots` of each category, `DRAWS` times."""
    random = np.random.default_rng(seed)
    for _ in range(DRAWS):
        chosen = np.zeros(len(category), dtype=bool)
        for name in np.unique(category):
            chosen[random.choice(np.flatnonzero(category == name), shots, replace=False)] = True
        yield chosen
