"""Small wrappers around the emulator, one step each; `dsrl.envs.factory` composes them.

Each records its constructor's arguments as plain JSON values, so that `env.spec` can be saved and made again.
"""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from ale_py.env import AtariEnv
from gymnasium.utils import RecordConstructorArgs

from dsrl import preprocessing
from dsrl.envs.observations import OBSERVATIONS, Eyes
from dsrl.envs.ram import MemoryReader
from dsrl.perception import Perception
from dsrl.symbols import Symbol

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Env = gym.Env[Any, Any]
Step = tuple[Any, float, bool, bool, dict[str, Any]]


class FramePair(gym.Wrapper[Pixels, Any, Pixels, Any], RecordConstructorArgs):
    """Repeats an action for `frameskip` frames and observes the maximum of the last two (thesis 4.1).

    At the end of an episode these are the real last two. `env` must show every frame (frameskip 1) in RGB.

    >>> from dsrl.envs.emulators import emulator
    >>> env = FramePair(emulator("Pong"), frameskip=4)
    >>> frame, _ = env.reset(seed=0)
    >>> frame.shape, len(env.pair)
    ((210, 160, 3), 2)
    """

    def __init__(self, env: Env, frameskip: int = 4) -> None:
        RecordConstructorArgs.__init__(self, frameskip=frameskip)
        super().__init__(env)
        self.frameskip = frameskip
        self.metadata = {**env.metadata, "render_fps": max(1, 60 // frameskip)}
        self.pair: tuple[Pixels, Pixels]
        """The last two frames of the emulator, the later one last."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Pixels, dict[str, Any]]:
        """Start an episode; its first frame is its own pair."""
        frame, info = self.env.reset(seed=seed, options=options)
        self.pair = (frame, frame)
        return preprocessing.max_pool(*self.pair), info

    def step(self, action: Any) -> Step:
        """Act for `frameskip` frames, or fewer when the episode ends; the reward is their sum."""
        total = 0.0
        for _ in range(self.frameskip):
            frame, reward, terminated, truncated, info = self.env.step(action)
            self.pair, total = (self.pair[1], frame), total + float(reward)
            if terminated or truncated:
                break
        return preprocessing.max_pool(*self.pair), total, terminated, truncated, info


class Crop(gym.ObservationWrapper[Pixels, Any, Pixels], RecordConstructorArgs):
    """Keeps the part of the screen inside `box`: top, left, height and width, native pixels."""

    def __init__(self, env: Env, box: Sequence[int]) -> None:
        RecordConstructorArgs.__init__(self, box=list(box))
        super().__init__(env)
        self.box = preprocessing.Box(*box)
        self.observation_space = image_space((self.box.height, self.box.width, 3))

    def observation(self, observation: Pixels) -> Pixels:
        """Crop one frame."""
        return preprocessing.crop(observation, self.box)


class Luminance(gym.ObservationWrapper[Pixels, Any, Pixels], RecordConstructorArgs):
    """Replaces red, green and blue by their luminance (thesis Eq. 4.1), one channel."""

    def __init__(self, env: Env) -> None:
        RecordConstructorArgs.__init__(self)
        super().__init__(env)
        self.observation_space = image_space((*(env.observation_space.shape or ())[:2], 1))

    def observation(self, observation: Pixels) -> Pixels:
        """Weigh the channels of one frame."""
        return preprocessing.luminance(observation)[..., None]


class Resize(gym.ObservationWrapper[Pixels, Any, Pixels], RecordConstructorArgs):
    """Resizes by area to `size`: height and width."""

    def __init__(self, env: Env, size: Sequence[int] = (84, 84)) -> None:
        RecordConstructorArgs.__init__(self, size=list(size))
        super().__init__(env)
        self.size = (size[0], size[1])
        self.observation_space = image_space((*self.size, (env.observation_space.shape or (1,))[-1]))

    def observation(self, observation: Pixels) -> Pixels:
        """Resize one frame; the axis of channels stays."""
        return preprocessing.resize(observation, self.size).reshape(*self.size, -1)


class SymbolTable(gym.Wrapper[Any, Any, Pixels, Any], RecordConstructorArgs):
    """Observes the objects that an encoder finds in the pair of frames, as one of `dsrl.envs.observations`.

    `info["symbols"]` lists them, `info["symbols_left_out"]` counts those that did not fit the observation.
    `info["appeared"]` and `info["vanished"]` list those whose tracks began in this step, and ended.
    `info["controlled"]` is the kind that the actions control, None where that is not known.
    """

    def __init__(
        self,
        env: Env,
        encoder: str,
        observation: str = "symbols",
        max_symbols: int = 64,
        kinds_of: str | None = None,
    ) -> None:
        RecordConstructorArgs.__init__(
            self, encoder=encoder, observation=observation, max_symbols=max_symbols, kinds_of=kinds_of
        )
        super().__init__(env)
        self._look_through(Perception.from_pretrained(encoder, kinds_of), observation, max_symbols)

    def _look_through(self, perception: Eyes, observation: str, max_symbols: int) -> None:
        self.perception = perception
        self.view = OBSERVATIONS[observation](perception, max_symbols)
        self.observation_space = self.view.space
        self.symbols: list[Symbol] = []
        """What was seen in the last frame."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode: tracks and changes start anew."""
        _, info = self.env.reset(seed=seed, options=options)
        self.perception.reset()
        return self._look(info)

    def step(self, action: Any) -> Step:
        """Act, then look."""
        _, reward, terminated, truncated, info = self.env.step(action)
        observation, info = self._look(info)
        return observation, float(reward), terminated, truncated, info

    def _look(self, info: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        self.symbols = sorted(self.perception(*self.env.get_wrapper_attr("pair")), key=by_track)
        observation, left_out = self.view(self.symbols)
        return observation, info | {
            "symbols": list(self.symbols),
            "symbols_left_out": left_out,
            "appeared": list(self.perception.appeared),
            "vanished": list(self.perception.vanished),
            "controlled": self.perception.controlled,
        }


class MemoryTable(SymbolTable):
    """Observes the objects in the emulator's memory, as `SymbolTable` does those that an encoder sees."""

    def __init__(self, env: Env, game: str, observation: str = "symbols", max_symbols: int = 64) -> None:
        RecordConstructorArgs.__init__(self, game=game, observation=observation, max_symbols=max_symbols)
        gym.Wrapper.__init__(self, env)
        emulator = env.unwrapped
        assert isinstance(emulator, AtariEnv)  # noqa: S101  # for the type checker: nothing else has memory
        self._look_through(MemoryReader(emulator.ale, game), observation, max_symbols)


def by_track(symbol: Symbol) -> int:
    """Order symbols by identity, which keeps rows of a table stable."""
    return symbol.track


def image_space(shape: tuple[int, ...]) -> gym.spaces.Box[np.uint8]:
    """Return the space of UInt8 images of a shape."""
    return gym.spaces.Box(low=0, high=255, shape=shape, dtype=np.uint8)
