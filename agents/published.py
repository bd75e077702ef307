"""Scores that others published: never a part of our statistics, since settings, seeds and frames differ."""

from typing import NamedTuple


class Published(NamedTuple):
    """A score of another work."""

    agent: str
    frames: str
    """Emulator frames that it learned from."""
    scores: dict[str, float]
    """By game."""


SCORES: dict[str, tuple[float, float, float | None]] = {
    "Alien": (227.8, 7127.7, 841.9),
    "Amidar": (5.8, 1719.5, 179.7),
    "Assault": (222.4, 742.0, 565.6),
    "Asterix": (210.0, 8503.3, 962.5),
    "Asteroids": (719.1, 47388.7, None),
    "Atlantis": (12850.0, 29028.1, None),
    "BankHeist": (14.2, 753.1, 345.4),
    "BattleZone": (2360.0, 37187.5, 14834.1),
    "BeamRider": (363.9, 16926.5, None),
    "Berzerk": (123.7, 2630.4, None),
    "Bowling": (23.1, 160.7, None),
    "Boxing": (0.1, 12.1, 35.7),
    "Breakout": (1.7, 30.5, 19.6),
    "Centipede": (2090.9, 12017.0, None),
    "ChopperCommand": (811.0, 7387.8, 946.3),
    "CrazyClimber": (10780.5, 35829.4, 36700.5),
    "Defender": (2874.5, 18688.9, None),
    "DemonAttack": (152.1, 1971.0, 517.6),
    "DoubleDunk": (-18.6, -16.4, None),
    "Enduro": (0.0, 860.5, None),
    "FishingDerby": (-91.7, -38.7, None),
    "Freeway": (0.0, 29.6, 19.3),
    "Frostbite": (65.2, 4334.7, 1170.7),
    "Gopher": (257.6, 2412.5, 660.6),
    "Gravitar": (173.0, 3351.4, None),
    "Hero": (1027.0, 30826.4, 5858.6),
    "IceHockey": (-11.2, 0.9, None),
    "Jamesbond": (29.0, 302.8, 366.5),
    "Kangaroo": (52.0, 3035.0, 3617.4),
    "Krull": (1598.0, 2665.5, 3681.6),
    "KungFuMaster": (258.5, 22736.3, 14783.2),
    "MontezumaRevenge": (0.0, 4753.3, None),
    "MsPacman": (307.3, 6951.6, 1318.4),
    "NameThisGame": (2292.3, 8049.0, None),
    "Phoenix": (761.4, 7242.6, None),
    "Pitfall": (-229.4, 6463.7, None),
    "Pong": (-20.7, 14.6, -5.4),
    "PrivateEye": (24.9, 69571.3, 86.0),
    "Qbert": (163.9, 13455.0, 866.3),
    "Riverraid": (1338.5, 17118.0, None),
    "RoadRunner": (11.5, 7845.0, 12213.1),
    "Robotank": (2.2, 11.9, None),
    "Seaquest": (68.4, 42054.7, 558.1),
    "Skiing": (-17098.1, -4336.9, None),
    "Solaris": (1236.3, 12326.7, None),
    "SpaceInvaders": (148.0, 1668.7, None),
    "StarGunner": (664.0, 10250.0, None),
    "Surround": (-10.0, 6.5, None),
    "Tennis": (-23.8, -8.3, None),
    "TimePilot": (3568.0, 5229.2, None),
    "Tutankham": (11.4, 167.6, None),
    "UpNDown": (533.4, 11693.2, 10859.2),
    "Venture": (0.0, 1187.5, None),
}
"""By game the scores of random play and of a human (Wang et al. 2016), and of SPR (Schwarzer et al. 2021) as
measured again by Agarwal et al. 2021; None where it was not measured."""


def _column(number: int) -> dict[str, float]:
    return {game: score for game, scores in SCORES.items() if (score := scores[number]) is not None}


PUBLISHED = (
    Published("random", "0", _column(0)),
    Published("human", "-", _column(1)),
    Published("Rainbow (van Hasselt 2019)", "400k", {"Pong": -20.6, "Breakout": 1.2}),
    Published("data-efficient Rainbow (van Hasselt 2019)", "400k", {"Pong": -19.3, "Breakout": 1.9}),
    Published("CURL (Laskin 2020)", "400k", {"Pong": -16.5, "Breakout": 4.9, "Freeway": 26.7}),
    Published("SimPLe (Kaiser 2020)", "400k", {"Pong": 12.8, "Breakout": 16.4}),
    Published("SPR (Schwarzer 2021)", "400k", _column(2)),
    Published("EfficientZero (Ye 2021)", "400k", {"Pong": 20.1, "Breakout": 414.1, "Boxing": 52.7}),
    Published("DIAMOND (Alonso 2024)", "400k", {"Breakout": 132.5, "Freeway": 33.3}),
    Published("DQN (Mnih 2015)", "200M", {"Pong": 18.9, "Breakout": 401.2, "SpaceInvaders": 1976.0}),
    Published("DQN (SB3 zoo)", "40M", {"Pong": 20.6, "Breakout": 358.0, "SpaceInvaders": 623.0}),
)
"""From the papers named."""


def human_normalised(game: str, score: float) -> float | None:
    """Return a score with 0 for random play and 1 for a human's; None where neither is known.

    >>> round(human_normalised("Breakout", 16.1), 2)
    0.5
    """
    chance, human = (one.scores.get(game) for one in PUBLISHED[:2])
    return None if chance is None or human is None else (score - chance) / (human - chance)
