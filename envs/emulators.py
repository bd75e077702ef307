"""ALE's own environments, set so that nothing is hidden: whole RGB frames, true rewards, untouched starts."""

from typing import Literal

from ale_py import ALEInterface, LoggerMode
from ale_py.env import AtariEnv
from ale_py.vector_env import AtariVectorEnv

from dsrl.envs.games import game as game_called

LONGEST = 108_000
"""Emulator frames after which an episode is cut: half an hour of play (Machado et al. 2018)."""

STICKY = 0.25
"""Probability that the emulator repeats the last action instead of the chosen one (Machado et al. 2018)."""


def emulator(
    game: str, sticky: float = STICKY, render_mode: Literal["human", "rgb_array"] | None = None
) -> AtariEnv:
    """Return the environment of one game that shows every frame, UInt8 [210, 160, 3]."""
    ALEInterface.setLoggerMode(LoggerMode.Error)  # else each emulator prints a banner
    return AtariEnv(
        game_called(game).rom,
        frameskip=1,
        repeat_action_probability=sticky,
        max_num_frames_per_episode=LONGEST,
        render_mode=render_mode,
    )


def vector_emulator(game: str, num_envs: int, frameskip: int = 4, sticky: float = STICKY) -> AtariVectorEnv:
    """Return threaded environments that show frame maxima, UInt8 [num_envs, 1, 210, 160, 3].

    A finished one starts again at its next step, and ignores that step's action.
    """
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
