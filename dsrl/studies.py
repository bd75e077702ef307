"""Which encoders a study compares: methods, cells of a grid, and the parts that a report is made of.

Sections are those of Sherburn 2017 ("thesis").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple


class Method(NamedTuple):
    """One way to train an encoder; what it leaves open is the grid's."""

    section: str
    """Where the thesis asks for it."""
    objective: str = "neuron-level"
    filters: int | None = None
    """Latent filters; by default as many as the network's own."""
    colour: Literal["luminance", "rgb"] = "luminance"
    regulariser: str = "none"
    betas: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Those of the thesis, for cross-entropy."""


METHODS = {
    "single-filter": Method("5.1", filters=1, betas=(1.0, 4.0, 16.0)),
    "neuron-level": Method("5.2.2"),
    "naive": Method("5.2.3", objective="naive"),
    "weighted": Method("5.2.4", objective="weighted"),
    "colour": Method("5.3", colour="rgb"),
    "winner-takes-all": Method("5.4", objective="winner-takes-all", betas=(1.0, 4.0, 16.0)),
    "competitive": Method("5.4", objective="competitive", betas=(1.0, 4.0, 16.0)),
    "orthogonal": Method("5.5", regulariser="orthogonal"),
}
GAMES = ("Pong", "SpaceInvaders", "Breakout")
"""Those of the thesis."""
CURVE = (0.01, 0.04, 0.16, 0.64, 2.56)
"""Betas of 6.9, in units of the contrast reconstruction; each four times the one before."""


class Size(NamedTuple):
    """How much every training of a study is given; all of them share it, to be compared."""

    frames: int
    """Frames collected of each game."""
    steps: int
    """Of training."""
    batch: int
    """Frames per step."""
    watch: int
    """Agent steps of random play that kinds are found from."""
    looked: int
    """Held-out frames that figures and measures look at, at most."""


FULL = Size(frames=20_000, steps=3000, batch=16, watch=2000, looked=2000)
QUICK = Size(frames=2000, steps=500, batch=8, watch=200, looked=200)


@dataclass(frozen=True)
class Cell:
    """One training of a study."""

    game: str
    method: str
    network: str
    reconstruction: str
    beta: float
    seed: int = 0
    batch_norm: str = "none"

    @property
    def name(self) -> str:
        """Its folder.

        >>> Cell("Pong", "naive", "deep", "bce", 2.0).name
        'Pong-naive-deep-bce-beta-2-seed-0'
        """
        norm = "" if self.batch_norm == "none" else f"-norm-{self.batch_norm}"
        return (
            f"{self.game}-{self.method}-{self.network}-{self.reconstruction}-beta-{self.beta:g}"
            f"-seed-{self.seed}{norm}"
        )


class Part(NamedTuple):
    """Cells that answer one question, and how the report asks it."""

    kind: Literal["methods", "beta", "batch-norm"]
    title: str
    question: str
    cells: tuple[Cell, ...]


def grid(
    games: Sequence[str],
    methods: Sequence[str],
    networks: Sequence[str],
    betas: Sequence[float],
    seeds: Sequence[int],
    reconstruction: str,
) -> tuple[Cell, ...]:
    """Return every combination; without betas, each method has those of the thesis."""
    return tuple(
        Cell(game, method, network, reconstruction, beta, seed)
        for game, method, network, seed in product(games, methods, networks, seeds)
        for beta in betas or METHODS[method].betas
    )


def thesis(seeds: Sequence[int], quick: bool) -> list[Part]:
    """Return chapter 6 of the thesis; quick, with the least beta and, as in 2017, one game."""
    methods, games = tuple(METHODS), GAMES[1:2] if quick else GAMES
    if quick:
        chapter = grid(games, methods, ("shallow",), (1.0,), seeds, "bce")
        chapter += grid(games, ("neuron-level", "weighted", "competitive"), ("deep",), (1.0,), seeds, "bce")
    else:
        chapter = grid(games, methods, ("shallow", "deep"), (), seeds, "bce")
    return [
        Part("methods", "The methods as in 2017", AS_IN_2017, chapter),
        Part("methods", "The methods with a finer map", FINER, recipe(seeds)),
        Part("beta", "Beta against distortion and rate (6.9)", EXCHANGE, curve(seeds)),
        Part("batch-norm", "Batch normalisation (6.10)", NORMALISED, norms(games, seeds)),
    ]


def recipe(seeds: Sequence[int]) -> tuple[Cell, ...]:
    """Return every method with the network, reconstruction and beta that are this project's default."""
    return grid(GAMES, tuple(METHODS), ("light",), (0.04,), seeds, "contrast")


def curve(seeds: Sequence[int]) -> tuple[Cell, ...]:
    """Return the trainings of 6.9, alike but for beta."""
    return grid(GAMES, ("neuron-level",), ("light",), CURVE, seeds, "contrast")


def norms(games: Sequence[str], seeds: Sequence[int]) -> tuple[Cell, ...]:
    """Return the trainings of 6.10, alike but for the place of batch normalisation."""
    return tuple(
        Cell(game, "neuron-level", "shallow", "bce", 1.0, seed, where)
        for game, seed, where in product(games, seeds, ("none", "before", "after", "both"))
    )


AS_IN_2017 = (
    "Cross-entropy, a latent map of 8 x 8 cells, one of which covers 20 x 15 native pixels. Which way of "
    "holding filters to the prior keeps the objects?"
)
FINER = (
    "The same methods with a latent map of 42 x 42 cells and the contrast-normalised reconstruction. What is "
    "the method's fault, and what the network's?"
)
EXCHANGE = (
    "Trainings that are alike but for beta. Beta is a rate of exchange: an object whose drawing saves less "
    "distortion than beta times the nats that its code costs is not worth coding, and is not drawn."
)
NORMALISED = "Does batch normalisation before or after the latent space help, or both, or neither?"
