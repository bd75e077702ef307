"""Objects read from the emulator's memory instead of seen: `encoder="ram"`, for five games.

An agent that plays from these beside the same agent from pixels tells what perception costs from what the
learner cannot do. The places of the bytes: Anand et al. 2019 (AtariARI) and Delfosse et al. 2024 (OCAtari),
checked against the pixels of the frames. Walls, scores and lives are left out.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
from ale_py import ALEInterface

from dsrl.preprocessing import SCREEN
from dsrl.preprocessing import Box as Field
from dsrl.symbols import Symbol
from dsrl.tracking import Tracker, Watcher

RAM = "ram"
"""What `encoder=` is for objects read from memory."""

Memory = list[int]
"""The 128 bytes of the machine."""
Box = tuple[str, int, int, int, int]
"""Kind, left, top, width and height, native pixels."""
COURT, WALLED = Field(top=34, left=0, height=160, width=160), Field(top=32, left=8, height=164, width=144)
"""What is seen of Pong between its lines, and of Breakout between its walls."""


def pong(ram: Memory) -> Iterator[Box]:
    """Yield paddles and the ball while there is one, cut at the playfield's edges."""
    yield from _inside(COURT, "player", 140, ram[51] - 13, 4, 16)
    if ram[50] > 18:
        yield from _inside(COURT, "enemy", 16, ram[50] - 15, 4, 16)
    if ram[54] and ram[49] > 49:
        yield from _inside(COURT, "ball", ram[49] - 49, ram[54] - 14, 2, 4)


def breakout(ram: Memory) -> Iterator[Box]:
    """Yield the paddle, and the ball while it is served, cut where they slide behind the walls."""
    yield from _inside(WALLED, "paddle", ram[72] - 47, 189, 16, 4)
    if 0 < ram[101] <= 187:
        yield from _inside(WALLED, "ball", ram[99] - 49, ram[101] + 9, 2, 4)


def boxing(ram: Memory) -> Iterator[Box]:
    """Yield both boxers, without their arms."""
    yield "player", ram[32] + 5, ram[34] + 38, 14, 46
    yield "enemy", ram[33] + 4, ram[35] + 38, 14, 46


def freeway(ram: Memory) -> Iterator[Box]:
    """Yield both chickens and the ten cars, each a kind, since each has its lane, colour and speed."""
    yield "chicken", 44, 193 - ram[14], 6, 8
    yield "chicken", 108, 193 - ram[15], 6, 8
    for lane in range(10):
        yield f"car {lane + 1}", ram[117 - lane] - 3, 27 + 16 * lane, 8, 10


def space_invaders(ram: Memory) -> Iterator[Box]:
    """Yield the cannon, the aliens left of six rows of six, what is left of the shields, and missiles."""
    yield "cannon", ram[28] - 1, 185, 7, 10
    rows = ram[18:24]
    empty = 6 - max(rows).bit_length()  # columns on the left that are shot: x is that of the first one left
    for row, alive in enumerate(reversed(rows)):
        for column in range(6):
            if alive >> (5 - column) & 1:
                yield "alien", ram[26] - 1 + 16 * (column - empty), 31 + 2 * ram[16] + 18 * row, 8, 10
    for shield in range(3):
        left = np.flatnonzero(ram[43 + 9 * shield : 52 + 9 * shield])
        if len(left):
            height = 2 * int(left[-1] - left[0] + 1)
            yield "shield", 42 + 32 * shield, 157 + 2 * int(left[0]), 8, height
    for x, y in ((83, 81), (84, 82), (87, 85)):
        if 20 < 2 * ram[y] + 3 < 195:
            yield "missile", ram[x] - 2, 2 * ram[y] + 3, 1, 10


CARS = tuple(f"car {lane + 1}" for lane in range(10))

READERS: dict[str, tuple[Callable[[Memory], Iterator[Box]], tuple[str, ...]]] = {
    "Boxing": (boxing, ("player", "enemy")),
    "Breakout": (breakout, ("paddle", "ball")),
    "Freeway": (freeway, ("chicken", *CARS)),
    "Pong": (pong, ("player", "enemy", "ball")),
    "SpaceInvaders": (space_invaders, ("cannon", "alien", "shield", "missile")),
}
"""How to read the memory of each game, and its kinds."""


class MemoryKinds(tuple[str, ...]):
    """The names of kinds; the kind is the index."""

    ignored: ClassVar[frozenset[int]] = frozenset()

    @property
    def labels(self) -> tuple[str, ...]:
        """What to call each kind."""
        return tuple(self)


class MemoryReader(Watcher):
    """Reads objects as `dsrl.perception.Perception` sees them: with kinds, identities and changes of place.

    `game` is a key of `READERS`.
    """

    screen = SCREEN

    def __init__(self, ale: ALEInterface, game: str) -> None:
        self.ale, (self.read, names) = ale, READERS[game]
        self.kinds, self.tracker = MemoryKinds(names), Tracker()

    @property
    def controlled(self) -> int:
        """The kind that the actions control, of each game the first."""
        return 0

    def __call__(self, *frames: Any) -> list[Symbol]:
        """Return the objects that there are, in native pixels, ordered by track; frames are not looked at."""
        return self.tracker.update(self.objects(self.ale.getRAM().tolist()))

    def objects(self, memory: Memory) -> list[Symbol]:
        """Return the objects in a memory, without identity."""
        return [
            Symbol(self.kinds.index(kind), left + width / 2, top + height / 2, width, height)
            for kind, left, top, width, height in self.read(memory)
        ]


def _inside(field: Field, kind: str, left: int, top: int, width: int, height: int) -> Iterator[Box]:
    """Yield what of a box is inside a field, if anything is."""
    right, bottom = min(left + width, field.left + field.width), min(top + height, field.top + field.height)
    left, top = max(left, field.left), max(top, field.top)
    if left < right and top < bottom:
        yield kind, left, top, right - left, bottom - top
