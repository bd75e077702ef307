"""Moments of play: what an encoder sees at each agent step, and what the emulator's memory says is there."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import gymnasium as gym
import numpy as np
from ale_py import ALEInterface
from ale_py.env import AtariEnv
from jaxtyping import UInt8
from stable_baselines3.common.type_aliases import PolicyPredictor

from dsrl.envs.emulators import STICKY, emulator
from dsrl.envs.ram import Memory, MemoryReader
from dsrl.envs.wrappers import Env, FramePair, Pixels, Step, SymbolTable
from dsrl.perception import Perception
from dsrl.preprocessing import max_pool
from dsrl.stability import Moment
from dsrl.symbols import Symbol

NEAR = 16.0
"""The furthest that an object moves between two frames of the emulator, native pixels."""


class MemoryPair(gym.Wrapper[Pixels, Any, Pixels, Any]):
    """Keeps the memory of the last two frames, since an object may be seen in either."""

    def __init__(self, env: Env) -> None:
        super().__init__(env)
        self.ale: ALEInterface = cast("AtariEnv", env.unwrapped).ale
        self.memories: tuple[Memory, Memory]

    def reset(self, **keywords: Any) -> tuple[Pixels, dict[str, Any]]:
        """Start an episode; its first frame is its own pair."""
        frame, info = self.env.reset(**keywords)
        self.memories = (self.ale.getRAM().tolist(),) * 2
        return frame, info

    def step(self, action: Any) -> Step:
        """Act for a frame."""
        frame, reward, terminated, truncated, info = self.env.step(action)
        self.memories = self.memories[1], self.ale.getRAM().tolist()
        return frame, float(reward), terminated, truncated, info


class Seen(NamedTuple):
    """A moment, and the picture of it."""

    moment: Moment
    frame: UInt8[np.ndarray, "height 160 3"]


class Truth:
    """Plays a game that an encoder watches, and reads from memory where everything is.

    `encoder` is a name or a folder, `game` a key of `dsrl.envs.ram.READERS`.
    """

    def __init__(self, game: str, encoder: str) -> None:
        self.memory = MemoryPair(emulator(game, STICKY))
        self.pair = FramePair(self.memory)
        self.env = SymbolTable(self.pair, encoder)
        self.reader = MemoryReader(self.memory.ale, game)
        self.perception = cast("Perception", self.env.perception)  # it sees, and does not read

    def play(self, player: PolicyPredictor, seed: int) -> Iterator[Seen]:
        """Yield every agent step of one episode after the other, for ever."""
        reset: int | None = seed
        while True:
            observation, _ = self.env.reset(seed=reset)
            self.reader.reset()
            yield self._look(first=True)
            reset, done = None, False  # later episodes go on from the first seed
            while not done:
                action, _ = player.predict(observation)
                observation, _, terminated, truncated, _ = self.env.step(int(action))
                done = terminated or truncated
                yield self._look(first=False)

    def _look(self, first: bool) -> Seen:
        before, now = (self._inside(self.reader.objects(memory)) for memory in self.memory.memories)
        tracked = [
            one for one in self.reader.tracker.update(now) if one.confidence == 1
        ]  # not what is expected
        fading = [one for one in before if not any(_same(one, other) for other in now)]
        moment = Moment(list(self.env.symbols), tracked, fading, first)
        return Seen(moment, max_pool(*self.pair.pair))

    def _inside(self, objects: list[Symbol]) -> list[Symbol]:
        """Return the objects whose centre is in the playfield."""
        top, left, height, width = self.perception.preprocessing.playfield
        return [one for one in objects if 0 <= one.x - left < width and 0 <= one.y - top < height]


def _same(one: Symbol, other: Symbol) -> bool:
    return one.kind == other.kind and float(np.hypot(one.x - other.x, one.y - other.y)) <= NEAR
