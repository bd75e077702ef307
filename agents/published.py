"""Scores that others published: never a part of our statistics, since settings, seeds and frames differ."""

from typing import NamedTuple


class Published(NamedTuple):
    """A score of another work."""

    agent: str
    frames: str
    """Emulator frames that it learned from."""
    scores: dict[str, float]
    """By game."""


PUBLISHED = (
    Published(
        "random",
        "0",
        {"Pong": -20.7, "Breakout": 1.7, "SpaceInvaders": 148.0, "Freeway": 0.0, "Boxing": 0.1},
    ),
    Published(
        "human",
        "-",
        {"Pong": 14.6, "Breakout": 30.5, "SpaceInvaders": 1668.7, "Freeway": 29.6, "Boxing": 12.1},
    ),
    Published("Rainbow (van Hasselt 2019)", "400k", {"Pong": -20.6, "Breakout": 1.2}),
    Published("data-efficient Rainbow (van Hasselt 2019)", "400k", {"Pong": -19.3, "Breakout": 1.9}),
    Published("CURL (Laskin 2020)", "400k", {"Pong": -16.5, "Breakout": 4.9, "Freeway": 26.7}),
    Published("SimPLe (Kaiser 2020)", "400k", {"Pong": 12.8, "Breakout": 16.4}),
    Published("SPR (Schwarzer 2021)", "400k", {"Pong": -5.4, "Breakout": 19.6, "Boxing": 35.7}),
    Published("EfficientZero (Ye 2021)", "400k", {"Pong": 20.1, "Breakout": 414.1, "Boxing": 52.7}),
    Published("DIAMOND (Alonso 2024)", "400k", {"Breakout": 132.5, "Freeway": 33.3}),
    Published("DQN (Mnih 2015)", "200M", {"Pong": 18.9, "Breakout": 401.2, "SpaceInvaders": 1976.0}),
    Published("DQN (SB3 zoo)", "40M", {"Pong": 20.6, "Breakout": 358.0, "SpaceInvaders": 623.0}),
)
"""From the papers named; random and human as in Mnih et al. 2015 and Wang et al. 2016."""


def human_normalised(game: str, score: float) -> float | None:
    """Return a score with 0 for random play and 1 for a human's; None where neither is known.

    >>> round(human_normalised("Breakout", 16.1), 2)
    0.5
    """
    chance, human = (one.scores.get(game) for one in PUBLISHED[:2])
    return None if chance is None or human is None else (score - chance) / (human - chance)
