"""What shows frames: ALE's own environments, set so that nothing is hidden, and the toy worlds beside them.

Frames are whole and RGB, rewards true, starts untouched.
"""

from functools import cache, partial
from typing import Any, Literal

import gymnasium as gym
from ale_py import ALEInterface, LoggerMode
from ale_py.env import AtariEnv
from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import SyncVectorEnv
from gymnasium.wrappers import ReshapeObservation

from dsrl.envs.games import game as game_called
from dsrl.envs.games import loaded
from dsrl.envs.toys import TOYS, ToyWorld
from dsrl.envs.wrappers import FramePair
from dsrl.errors import ConfigError

LONGEST = 108_000
"""Emulator frames after which an episode is cut: half an hour of play (Machado et al. 2018)."""

STICKY = 0.25
"""Probability that the emulator repeats the last action instead of the chosen one (Machado et al. 2018)."""


def emulator(
    game: str,
    sticky: float = STICKY,
    render_mode: Literal["human", "rgb_array"] | None = None,
    mode: int | None = None,
    difficulty: int | None = None,
) -> gym.Env[Any, Any]:
    """Return the environment of one game that shows every frame, UInt8 [height, 160, 3].

    Raises:
        ConfigError: the game has no such mode or difficulty; the message lists those that it has.
    """
    check_switches(game, mode, difficulty)
    if game in TOYS:
        return ToyWorld(TOYS[game], sticky, render_mode)
    ALEInterface.setLoggerMode(LoggerMode.Error)  # else each emulator prints a banner
    return AtariEnv(
        game_called(game).rom,
        mode=mode,
        difficulty=difficulty,
        frameskip=1,
        repeat_action_probability=sticky,
        max_num_frames_per_episode=LONGEST,
        render_mode=render_mode,
    )


def check_switches(game: str, mode: int | None, difficulty: int | None) -> None:
    """Refuse a mode or difficulty that a game does not have (Machado et al. 2018, section 5).

    >>> check_switches("Pong", mode=0, difficulty=1)
    """
    if mode is None and difficulty is None:
        return
    modes, difficulties = ((), ()) if game in TOYS else _switches(game)
    for name, value, known in ("mode", mode, modes), ("difficulty", difficulty, difficulties):
        if value is not None and value not in known:
            there = ", ".join(map(str, known)) or "none"
            raise ConfigError(f"{name}={value!r} is none of {game}'s: choose from {there}, or leave it out")


@cache
def _switches(game: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    ale = loaded(game_called(game).rom)
    return tuple(ale.getAvailableModes()), tuple(ale.getAvailableDifficulties())


def vector_emulator(
    game: str, num_envs: int, frameskip: int = 4, sticky: float = STICKY
) -> AtariVectorEnv | SyncVectorEnv:
    """Return environments that show frame maxima, UInt8 [num_envs, 1, height, 160, 3]; ALE's are threaded.

    A finished one starts again at its next step, and ignores that step's action.
    """
    if game in TOYS:
        return SyncVectorEnv([partial(_toy_maxima, game, frameskip, sticky)] * num_envs)
    height, width = game_called(game).screen
    return AtariVectorEnv(
        game_called(game).rom,
        num_envs,
        frameskip=frameskip,
        repeat_action_probability=sticky,
        max_num_frames_per_episode=LONGEST,
        grayscale=False,
        img_height=height,
        img_width=width,
        stack_num=1,
        noop_max=0,
        reward_clipping=False,
        use_fire_reset=False,
    )


def _toy_maxima(game: str, frameskip: int, sticky: float) -> gym.Env[Any, Any]:
    return ReshapeObservation(FramePair(emulator(game, sticky), frameskip), (1, *game_called(game).screen, 3))
