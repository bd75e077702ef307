"""What an agent observes of the symbols: rows, a table by kind, or the latent itself; chosen by name.

Each is made with a Perception and the number of rows, has a `space`, and turns the symbols of a frame,
ordered by track, into (observation, how many symbols it left out), always a fresh object.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from dsrl.perception import Perception
from dsrl.symbols import COLUMNS, Symbol, pack

FASTEST = 16.0
"""The change that fills the range of the table, native pixels per agent step; faster ones are cut to it."""


class KindTable(Protocol):
    """The kinds of object that can be told apart, by number."""

    @property
    def ignored(self) -> frozenset[int]:
        """Those that are never shown: scenery, and parts of others."""
        ...

    def __len__(self) -> int: ...


class Eyes(Protocol):
    """What tells an environment which objects there are: a perception, or the emulator's memory."""

    @property
    def kinds(self) -> KindTable:
        """The kinds of object."""
        ...

    @property
    def controlled(self) -> int | None:
        """The kind that the actions control; None where that is not known."""
        ...

    @property
    def appeared(self) -> Sequence[Symbol]:
        """The symbols whose tracks began in the last frame."""
        ...

    @property
    def vanished(self) -> Sequence[Symbol]:
        """The symbols whose tracks ended in the last frame."""
        ...

    @property
    def screen(self) -> tuple[int, int]:
        """Height and width of the screen, native pixels."""
        ...

    def reset(self) -> None:
        """Begin an episode."""
        ...

    def __call__(self, previous: Any, current: Any, /) -> list[Symbol]:
        """Return the objects in the last two frames of the emulator, ordered by track."""
        ...


class Observation(Protocol):
    """One way to show symbols to an agent."""

    @property
    def space(self) -> spaces.Space[Any]:
        """What the observations are in."""
        ...

    def __call__(self, symbols: Sequence[Symbol]) -> tuple[Any, int]:
        """Return the observation and how many symbols do not fit in it."""
        ...


def bounds(screen: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Return the least and greatest value of each column of a row: objects may be partly off the screen."""
    height, width = screen
    return {
        "kind": (-1, 1024),
        "x": (-width, 2 * width),
        "y": (-height, 2 * height),
        "width": (0, width),
        "height": (0, height),
        "track": (-1, 2**24),
        "confidence": (0, 1),
        "dx": (-width, width),
        "dy": (-height, height),
    }


class Rows:
    """A row per symbol with the columns `dsrl.symbols.COLUMNS`, flat, and the mask of the rows in use."""

    def __init__(self, perception: Eyes, max_symbols: int) -> None:
        self.max_symbols = max_symbols
        limits = bounds(perception.screen)
        low, high = np.tile(np.array([limits[column] for column in COLUMNS], np.float32), (max_symbols, 1)).T
        rows = spaces.Box(low, high, dtype=np.float32)
        self.space = spaces.Dict(objects=rows, mask=spaces.MultiBinary(max_symbols))

    def __call__(self, symbols: Sequence[Symbol]) -> tuple[dict[str, Any], int]:
        """Return {objects, mask} and how many symbols do not fit."""
        objects, mask = pack(symbols, self.max_symbols)
        return {"objects": objects, "mask": mask}, max(0, len(symbols) - self.max_symbols)


class Table:
    """For each kind as many slots, each (present, x, y, dx, dy) scaled to [-1, 1], flat: for networks.

    Kinds that are ignored have none.
    """

    def __init__(self, perception: Eyes, max_symbols: int) -> None:
        shown = [kind for kind in range(len(perception.kinds)) if kind not in perception.kinds.ignored]
        self.row = {kind: row for row, kind in enumerate(shown)}
        self.kinds, self.screen = max(1, len(shown)), perception.screen
        self.slots = max(1, max_symbols // self.kinds)
        self.space = spaces.Box(-1.0, 1.0, (self.kinds * self.slots * 5,), np.float32)

    def __call__(self, symbols: Sequence[Symbol]) -> tuple[Float32[np.ndarray, " size"], int]:
        """Return the flat table and how many symbols found no slot."""
        table = np.zeros((self.kinds, self.slots, 5), dtype=np.float32)
        used = [0] * self.kinds
        for symbol in symbols:
            row = self.row.get(symbol.kind)
            if row is not None and used[row] < self.slots:
                table[row, used[row]] = _scaled(symbol, self.screen)
                used[row] += 1
        return table.ravel(), len(symbols) - sum(used)


class Latent:
    """The posterior mean, k filters of m x n places, flat."""

    def __init__(self, perception: Eyes, max_symbols: int) -> None:
        self.perception = cast("Perception", perception)  # `Options` refuses others
        blank = np.zeros((*perception.screen, 3), dtype=np.uint8)
        perception(blank, blank)  # the only way to learn the latent's shape that holds for every encoder
        size = self.perception.posterior.mean.size
        self.space = spaces.Box(-1e6, 1e6, (size,), np.float32)  # finite, because checkers warn of infinity

    def __call__(self, symbols: Sequence[Symbol]) -> tuple[Float32[np.ndarray, " k_m_n"], int]:
        """Return the latent of the last frame, which leaves nothing out."""
        return np.array(self.perception.posterior.mean, dtype=np.float32).ravel(), 0


OBSERVATIONS: dict[str, Callable[[Eyes, int], Observation]] = {
    "symbols": Rows,
    "table": Table,
    "latent": Latent,
}


def _scaled(symbol: Symbol, screen: tuple[int, int]) -> tuple[float, ...]:
    x, y = 2 * symbol.x / screen[1] - 1, 2 * symbol.y / screen[0] - 1
    return (1.0, *(min(1.0, max(-1.0, value)) for value in (x, y, symbol.dx / FASTEST, symbol.dy / FASTEST)))
