"""What shows frames: ALE's own environments, set so that nothing is hidden, and the toy worlds beside them.

Frames are whole and RGB, rewards true, starts untouched.
"""

from functools import partial
from typing import Any, Literal

import gymnasium as gym
from ale_py import ALEInterface, LoggerMode
from ale_py.env import AtariEnv
from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import SyncVectorEnv
from gymnasium.wrappers import ReshapeObservation

from dsrl.envs.games import game as game_called
from dsrl.envs.toys import TOYS, ToyWorld
from dsrl.envs.wrappers import FramePair
from dsrl.preprocessing import SCREEN

LONGEST = 108_000
"""Emulator frames after which an episode is cut: half an hour of play (Machado et al. 2018)."""

STICKY = 0.25
"""Probability that the emulator repeats the last action instead of the chosen one (Machado et al. 2018)."""


def emulator(
    game: str, sticky: float = STICKY, render_mode: Literal["human", "rgb_array"] | None = None
) -> gym.Env[Any, Any]:
    """Return the environment of one game that shows every frame, UInt8 [210, 160, 3]."""
    if game in TOYS:
        return ToyWorld(TOYS[game], sticky, render_mode)
    ALEInterface.setLoggerMode(LoggerMode.Error)  # else each emulator prints a banner
    return AtariEnv(
        game_called(game).rom,
        frameskip=1,
        repeat_action_probability=sticky,
        max_num_frames_per_episode=LONGEST,
        render_mode=render_mode,
    )


def vector_emulator(
    game: str, num_envs: int, frameskip: int = 4, sticky: float = STICKY
) -> AtariVectorEnv | SyncVectorEnv:
    """Return environments that show frame maxima, UInt8 [num_envs, 1, 210, 160, 3]; ALE's are threaded.

    A finished one starts again at its next step, and ignores that step's action.
    """
    if game in TOYS:
        return SyncVectorEnv([partial(_toy_maxima, game, frameskip, sticky)] * num_envs)
    return AtariVectorEnv(
        game_called(game).rom,
        num_envs,
        frameskip=frameskip,
        repeat_action_probability=sticky,
        max_num_frames_per_episode=LONGEST,
        grayscale=False,
        img_height=210,
        img_width=160,
        stack_num=1,
        noop_max=0,
        reward_clipping=False,
        use_fire_reset=False,
    )


def _toy_maxima(game: str, frameskip: int, sticky: float) -> gym.Env[Any, Any]:
    return ReshapeObservation(FramePair(emulator(game, sticky), frameskip), (1, *SCREEN, 3))
