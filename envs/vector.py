"""Batched environments: what `gymnasium.make_vec` calls; for games, on ALE's own threaded AtariVectorEnv.

The emulator's threads hand out the maximum of the last two frames, not the pair, so symbols are located on
the maximum: compared with the single environment, a moving object is stretched by its way in one frame (up
to 3 px). A finished environment starts again at its next step (gymnasium's NEXT_STEP mode).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array
from jaxtyping import UInt8

from dsrl.envs.emulators import vector_emulator
from dsrl.envs.factory import Options, parse
from dsrl.envs.observations import OBSERVATIONS
from dsrl.envs.ram import RAM
from dsrl.envs.wrappers import by_track, image_space
from dsrl.errors import ConfigError
from dsrl.perception import Perception
from dsrl.preprocessing import Preprocessing
from dsrl.symbols import Symbol

Frames = UInt8[np.ndarray, "envs height 160 3"]


class VectorPixels:
    """The observation "pixels" for several environments."""

    def __init__(self, preprocessing: Preprocessing) -> None:
        self.preprocessing = preprocessing
        self.space = image_space((*preprocessing.size, preprocessing.channels))

    def __call__(self, frames: Frames, started: np.ndarray[Any, Any]) -> tuple[Any, dict[str, Any]]:
        """Return x of each environment, and no infos."""
        return np.stack([self.preprocessing(frame).reshape(self.space.shape) for frame in frames]), {}


class VectorSymbols:
    """The observations made of symbols for several environments; each has its own tracks."""

    def __init__(self, options: Options, num_envs: int) -> None:
        self.perceptions = [
            Perception.from_pretrained(options.weights, options.kinds_of) for _ in range(num_envs)
        ]
        maker = OBSERVATIONS[options.observation]
        self.views = [maker(perception, options.max_symbols) for perception in self.perceptions]
        self.space = self.views[0].space
        self.symbols: list[list[Symbol]] = [[] for _ in range(num_envs)]

    def __call__(self, frames: Frames, started: np.ndarray[Any, Any]) -> tuple[Any, dict[str, Any]]:
        """Return the batched observations, and the infos of the single environment as arrays."""
        seen = []
        for index, (perception, view, frame) in enumerate(
            zip(self.perceptions, self.views, frames, strict=True)
        ):
            if started[index]:
                perception.reset()
            self.symbols[index] = sorted(perception(frame, frame), key=by_track)
            seen.append(view(self.symbols[index]))
        observations, left_out = zip(*seen, strict=True)
        empty: Any = create_empty_array(self.space, len(seen))
        return concatenate(self.space, observations, empty), self._infos(left_out)

    def _infos(self, left_out: tuple[int, ...]) -> dict[str, Any]:
        """Return one array per info, and under the same name with a line before it where it holds."""
        infos: dict[str, Any] = {
            "symbols": _lists(self.symbols),
            "appeared": _lists([perception.appeared for perception in self.perceptions]),
            "vanished": _lists([perception.vanished for perception in self.perceptions]),
            "controlled": np.array([perception.controlled for perception in self.perceptions], dtype=object),
            "symbols_left_out": np.array(left_out, dtype=np.int64),
        }
        return infos | {f"_{name}": np.ones(len(left_out), dtype=bool) for name in infos}


def _lists(several: Sequence[Sequence[Symbol]]) -> np.ndarray[Any, Any]:
    """Return an array of fresh lists, even where all are equally long."""
    array = np.empty(len(several), dtype=object)
    array[:] = [list(symbols) for symbols in several]
    return array


class DSRLVectorEnv(VectorEnv[Any, Any, Any]):
    """Several emulators of one game at once, observed like the single environment."""

    def __init__(self, options: Options, num_envs: int) -> None:
        for name in ("render_mode", "mode", "difficulty"):
            if getattr(options, name) is not None:
                raise ConfigError(
                    f"{name} is for single environments: leave it out of make_vec, or use gym.make"
                )
        if options.encoder == RAM:
            raise ConfigError("the threaded emulators keep their memory: encoder='ram' is for gym.make")
        self.emulators = vector_emulator(
            options.game, num_envs, options.frameskip, options.repeat_action_probability
        )
        self.view = (
            VectorPixels(options.preprocessing)
            if options.observation == "pixels"
            else VectorSymbols(options, num_envs)
        )
        self.num_envs = num_envs
        self.metadata = {"autoreset_mode": self.emulators.metadata["autoreset_mode"]}
        self.single_observation_space: spaces.Space[Any] = self.view.space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.single_action_space = self.emulators.single_action_space
        self.action_space = self.emulators.action_space
        self._done = np.ones(num_envs, dtype=bool)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start every episode, or those of `options["reset_mask"]`."""
        started = np.asarray((options or {}).get("reset_mask", np.ones(self.num_envs, dtype=bool)))
        frames, infos = self.emulators.reset(seed=seed, options=options)
        self._done = self._done & ~started
        observations, found = self.view(frames[:, 0], started)
        return observations, {**infos, **found}

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Act in every environment; one that had finished ignores its action and starts again."""
        frames, rewards, terminated, truncated, infos = self.emulators.step(
            np.asarray(actions, dtype=np.int64)
        )
        observations, found = self.view(frames[:, 0], started=self._done)
        self._done = terminated | truncated
        return observations, rewards.astype(np.float64), terminated, truncated, {**infos, **found}

    def close_extras(self, **keywords: Any) -> None:
        """Stop the emulators."""
        self.emulators.close(**keywords)


def make_vector_env(num_envs: int = 1, **keywords: Any) -> DSRLVectorEnv:
    """Return `num_envs` environments; the keywords are those of the single one, without render_mode.

    Raises:
        ConfigError: a keyword or value is wrong.
        EncoderError: the encoder cannot be loaded.
    """
    if not isinstance(num_envs, int) or num_envs < 1:
        raise ConfigError(f"num_envs={num_envs!r} must be a whole number, at least 1")
    return DSRLVectorEnv(parse(keywords), num_envs)
