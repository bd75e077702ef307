"""Names of colours, so that objects nobody named can be told apart in words."""

from collections.abc import Sequence

import numpy as np

NAMED = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (236, 236, 236),
    "red": (190, 50, 50),
    "orange": (213, 130, 74),
    "brown": (130, 70, 25),
    "yellow": (225, 210, 70),
    "olive": (134, 134, 29),
    "green": (70, 160, 70),
    "cyan": (85, 180, 180),
    "blue": (60, 70, 190),
    "purple": (145, 70, 175),
    "pink": (225, 130, 190),
}
"""Red, green and blue of the middle of each name's range, on the emulator's palette."""


def colour_name(colour: Sequence[int]) -> str:
    """Return the name whose middle is nearest.

    >>> colour_name((92, 186, 92)), colour_name((200, 72, 72))
    ('green', 'red')
    """
    middles = np.array(list(NAMED.values()))
    return list(NAMED)[int(np.square(middles - np.asarray(colour, dtype=int)).sum(axis=1).argmin())]
