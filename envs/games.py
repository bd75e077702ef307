"""The games: one table of playfields, which hold everything that moves and leave out scores and lives.

Adding a game is adding a row; a game of the emulator that has none is seen whole. Toy worlds are games too.
"""

import difflib
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

import ale_py.roms
from ale_py import ALEInterface, LoggerMode
from ale_py.registration import rom_id_to_name

from dsrl.envs.toys import SIDE, TOP, TOYS
from dsrl.errors import ConfigError
from dsrl.preprocessing import SCREEN, Box

NEEDS_TWO_PLAYERS = {"combat", "joust", "maze_craze", "warlords"}
"""Cartridges without a single-player game, which Gymnasium has no id for."""


class Game(NamedTuple):
    """A game of the Arcade Learning Environment, or a toy world."""

    name: str
    """As in the ids of ALE: Pong, SpaceInvaders; or as in `dsrl.envs.toys`."""
    playfield: Box
    """Where the game is played, native pixels."""
    weights: str | None = None
    """The shipped weights that see it; None for those of its own name."""
    screen: tuple[int, int] = SCREEN
    """Height and width of the frames, native pixels."""

    @property
    def ale_id(self) -> str:
        """The id that `gymnasium.make` knows the emulator's own environment by."""
        return f"ALE/{self.name}-v5"

    @property
    def rom(self) -> str:
        """The name of its cartridge, as the vector environment wants it: space_invaders."""
        return _roms()[self.name]


GAMES = {
    game.name: game
    for game in (
        Game("Assault", Box(top=16, left=0, height=172, width=160)),
        Game("Boxing", Box(top=28, left=20, height=158, width=120)),
        Game("Breakout", Box(top=30, left=0, height=166, width=160)),
        Game("DemonAttack", Box(top=16, left=0, height=173, width=160)),
        Game("Enduro", Box(top=40, left=8, height=115, width=152)),
        Game("Freeway", Box(top=20, left=8, height=175, width=152)),
        Game("Pong", Box(top=34, left=0, height=160, width=160)),
        Game("SpaceInvaders", Box(top=20, left=0, height=175, width=160)),
    )
}


def game(name: str) -> Game:
    """Return the game called `name`.

    >>> game("Pong").playfield
    Box(top=34, left=0, height=160, width=160)
    >>> game("Seaquest").rom
    'seaquest'

    Raises:
        ConfigError: there is no such game; the message gives the nearest names.
    """
    if name in TOYS:
        return Game(name, Box(TOP, 0, SIDE, SIDE), weights=TOYS[name].sees)
    if name not in _roms():
        known = [*_roms(), *TOYS]
        near = difflib.get_close_matches(str(name).lower(), map(str.lower, known), n=5, cutoff=0.5)
        names = [one for match in near for one in known if one.lower() == match] or sorted(GAMES)
        raise ConfigError(f"unknown game {name!r}: did you mean {' or '.join(names)}?")
    return GAMES.get(name) or _unknown(name)


@cache
def _unknown(name: str) -> Game:
    """Return a game that the table has not, seen whole: its screen is that of the cartridge."""
    screen = loaded(_roms()[name]).getScreenDims()
    return Game(name, Box(0, 0, *screen), screen=screen)


def loaded(rom: str) -> ALEInterface:
    """Return an emulator with a cartridge in it."""
    ALEInterface.setLoggerMode(LoggerMode.Error)  # else each emulator prints a banner
    ale = ALEInterface()
    ale.loadROM(cast("Path", ale_py.roms.get_rom_path(rom)))
    return ale


@cache
def _roms() -> dict[str, str]:
    single = set(ale_py.roms.get_all_rom_ids()) - NEEDS_TWO_PLAYERS
    return {rom_id_to_name(rom): rom for rom in sorted(single)}
