"""Toy worlds: the small games that deep symbolic reinforcement learning was first measured on, in pixels.

An agent moves in four directions over a black field and collects what it touches: circles are worth 1,
crosses cost 1. A row of `TOYS` is a world; it shows whole frames like a game of the emulator, and is seen
alike. Places are of centres, in native pixels from the upper left corner of the field.
"""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from jaxtyping import Bool, UInt8

from dsrl.errors import choose

Frame = UInt8[np.ndarray, "210 160 3"]

TOP, SIDE = 25, 160
"""First row of the field on the screen, and its height and width, native pixels."""
SIZE = 8
"""Height and width of the agent and of all objects, native pixels; nearer centres touch."""
SPEED = 4
"""Native pixels per emulator frame."""
MARGIN = 16
"""How near to the edge of the field the agent comes, native pixels: whole steps from the middle."""
APART = 20
"""Least distance between the centres of objects, across or down, native pixels."""
MOVES = {"UP": (0, -1), "RIGHT": (1, 0), "LEFT": (-1, 0), "DOWN": (0, 1)}
"""The actions, named and ordered as the emulator's."""
WORTH = {"circle": 1.0, "cross": -1.0, "square": -1.0}
"""Reward for touching each object."""


def _shapes() -> dict[str, Bool[np.ndarray, "8 8"]]:
    y, x = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
    return {
        "circle": np.hypot(x, y) < SIZE / 2,
        "cross": np.minimum(np.abs(x - y), np.abs(x + y)) <= 1,
        "square": np.ones_like(x, dtype=bool),
        "agent": np.abs(x) + np.abs(y) <= SIZE / 2,
    }


SHAPES = _shapes()
"""Which pixels each object fills."""
COLOURS = {
    "circle": (92, 186, 92),
    "cross": (214, 92, 92),
    "square": (236, 236, 236),
    "agent": (236, 236, 236),
}
"""Red, green and blue."""


class Thing(NamedTuple):
    """An object of a world."""

    kind: str
    x: int
    y: int


Layout = Callable[[np.random.Generator], list[Thing]]
"""What draws the objects of a new board."""

CORNERS = [(32 * column, 32 * row) for row, column in product(range(1, 5), repeat=2)]
"""The 16 places of the grid."""


def grid(*kinds: str) -> Layout:
    """Return the layout of 16 objects on a grid, each of a kind drawn at random (Garnelo et al. 2016)."""
    return lambda random: [Thing(str(random.choice(kinds)), *place) for place in CORNERS]


def lattice(*kinds: str) -> Layout:
    """Return the layout of 14 objects that never changes: kinds alternate (Garcez, Dutra & Alonso 2018)."""
    return lambda random: [
        Thing(kinds[(x + y) // 32 % len(kinds)], x, y) for x, y in CORNERS if (x, y) not in CORNERS[:2]
    ]


def scatter(**counts: int) -> Layout:
    """Return the layout of so many objects of each kind at random places, no two near each other.

    Places are odd and the agent's even, so that in cells of a step to touch is to be in the same cell.
    """

    def layout(random: np.random.Generator) -> list[Thing]:
        things: list[Thing] = []
        wanted = [kind for kind, count in counts.items() for _ in range(count)]
        while len(things) < len(wanted):
            x, y = (int(value) | 1 for value in random.integers(MARGIN, SIDE - MARGIN, size=2))
            if all(max(abs(x - thing.x), abs(y - thing.y)) >= APART for thing in things):
                things.append(Thing(wanted[len(things)], x, y))
        return things

    return layout


def neighbours(random: np.random.Generator) -> list[Thing]:
    """Return a circle and a cross side by side: which gets the credit? After Dutra & Garcez 2017."""
    places = [CORNERS[place] for place in random.permutation(len(CORNERS))]
    first = places[0]
    second = next(place for place in places if abs(place[0] - first[0]) + abs(place[1] - first[1]) == 32)
    return [Thing("circle", *first), Thing("cross", *second)]


def scene(random: np.random.Generator) -> list[Thing]:
    """Return a circle, a square or nothing in each of four places (Sherburn 2017, Fig. 1.4 and Table 1.1)."""
    drawn = [str(kind) for kind in random.choice(["", "circle", "square"], size=4)]
    shifts = random.integers(-24, 25, size=(4, 2)).tolist()
    places = [(40 + x, 40 + y) for x, y in product((0, 80), repeat=2)]
    return [
        Thing(kind, x + across, y + down)
        for kind, (x, y), (across, down) in zip(drawn, places, shifts, strict=True)
        if kind
    ]


class Toy(NamedTuple):
    """A toy world."""

    layout: Layout
    """What draws a board; one without circles is drawn anew."""
    sees: str
    """The world whose shipped weights see this one too, since it looks alike."""
    frames: int = 400
    """Emulator frames of an episode."""
    agent: bool = True
    """Whether there is one; a scene without it is only to be looked at."""


TOYS: Mapping[str, Toy] = {
    "ToyGridOne": Toy(grid("circle"), "ToyRandom"),
    "ToyGridTwo": Toy(grid("circle", "cross"), "ToyRandom"),
    "ToyRandomOne": Toy(scatter(circle=16), "ToyRandom"),
    "ToyRandomTwo": Toy(scatter(circle=8, cross=8), "ToyRandom"),
    "ToyLattice": Toy(lattice("circle", "cross"), "ToyRandom"),
    "ToyRandom": Toy(scatter(circle=7, cross=7), "ToyRandom"),
    "ToyCredit": Toy(neighbours, "ToyRandom"),
    "ToyShapes": Toy(scene, "ToyRandom", frames=8, agent=False),
}
"""The worlds, by the name that `game=` takes."""


class ToyWorld(gym.Env[Frame, Any]):
    """One toy world, a frame at a time; `info` counts what was collected in the episode.

    >>> world = ToyWorld(TOYS["ToyLattice"])
    >>> frame, info = world.reset(seed=0)
    >>> frame.shape, info
    ((210, 160, 3), {'positive': 0, 'negative': 0})
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}  # noqa: RUF012  # Gymnasium's own form
    observation_space = gym.spaces.Box(0, 255, (210, 160, 3), np.uint8)

    def __init__(self, toy: Toy, sticky: float = 0.0, render_mode: str | None = None) -> None:
        """Make a world.

        Raises:
            ConfigError: it is to be shown in a window, which only the emulator has.
        """
        choose("render_mode of a toy world", str(render_mode), ["None", "rgb_array"])
        self.toy, self.sticky, self.render_mode = toy, sticky, render_mode
        self.action_space = gym.spaces.Discrete(len(MOVES))

    def get_action_meanings(self) -> list[str]:
        """Return the names of the actions."""
        return list(MOVES)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Frame, dict[str, Any]]:
        """Begin an episode: the agent in the middle of a new board."""
        super().reset(seed=seed, options=options)
        self.x = self.y = SIDE // 2
        self.frames, self.action, self.collected = 0, 0, {1.0: 0, -1.0: 0}
        self.things = self._board()
        return self._show()

    def step(self, action: Any) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """Move for one frame, or go on as before where actions are sticky, and collect what is touched."""
        if not (self.sticky and self.np_random.random() < self.sticky):
            self.action = int(action)
        reward = self._move(*list(MOVES.values())[self.action]) if self.toy.agent else 0.0
        self.frames += 1
        frame, info = self._show()
        return frame, reward, False, self.frames >= self.toy.frames, info

    def _move(self, across: int, down: int) -> float:
        """Return the reward of one frame; the border stops the agent."""
        self.x, self.y = (
            min(max(place + SPEED * way, MARGIN), SIDE - MARGIN)
            for place, way in ((self.x, across), (self.y, down))
        )
        touched = [thing for thing in self.things if self._near(thing, SIZE)]
        self.things = [thing for thing in self.things if thing not in touched]
        for thing in touched:
            self.collected[WORTH[thing.kind]] += 1
        if not any(thing.kind == "circle" for thing in self.things):
            self.things = self._board()
        return sum(WORTH[thing.kind] for thing in touched)

    def _board(self) -> list[Thing]:
        """Return the objects of a new board, but those that would lie at the agent's feet."""
        drawn = self.toy.layout(self.np_random)
        return [thing for thing in drawn if not (self.toy.agent and self._near(thing, SIZE + 4))]

    def _near(self, thing: Thing, distance: int) -> bool:
        return abs(thing.x - self.x) < distance and abs(thing.y - self.y) < distance

    def _show(self) -> tuple[Frame, dict[str, Any]]:
        frame = self._draw()
        return frame, {"positive": self.collected[1.0], "negative": self.collected[-1.0]}

    def _draw(self) -> Frame:
        frame = np.zeros((210, 160, 3), dtype=np.uint8)
        agent = [Thing("agent", self.x, self.y)] if self.toy.agent else []
        for kind, x, y in [*self.things, *agent]:
            top, left = TOP + y - SIZE // 2, x - SIZE // 2
            frame[top : top + SIZE, left : left + SIZE][SHAPES[kind]] = COLOURS[kind]
        return frame

    def render(self) -> Frame | None:
        """Return the picture, where pictures were asked for."""
        return self._draw() if self.render_mode == "rgb_array" else None
