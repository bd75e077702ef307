"""Symbols drawn on frames, and play recorded as a GIF."""

import io
from collections.abc import Sequence
from typing import Any

import cv2
import gymnasium as gym
import numpy as np
from jaxtyping import UInt8
from PIL import Image
from stable_baselines3.common.type_aliases import PolicyPredictor

from dsrl.colours import NAMED
from dsrl.symbols import Symbol

Frame = UInt8[np.ndarray, "height width 3"]

COLOURS = ((255, 64, 64), (64, 224, 64), (96, 160, 255), (255, 224, 32), (255, 96, 255), (32, 224, 224))
"""Red, green and blue of the boxes of kinds that are not called by a colour, over and over."""
FONT = (cv2.FONT_HERSHEY_PLAIN, 0.7)
"""Face and scale of the names."""


def draw(frame: Frame, symbols: Sequence[Symbol], kinds: Sequence[str] = (), scale: int = 2) -> Frame:
    """Return the frame, enlarged, with a box around each symbol and a name beside the first of each kind."""
    size = (frame.shape[1] * scale, frame.shape[0] * scale)
    canvas = cv2.resize(frame, size, interpolation=cv2.INTER_NEAREST)
    told = set()
    for symbol in symbols:
        name = kinds[symbol.kind] if symbol.kind < len(kinds) else str(symbol.kind)
        colour = NAMED.get(name.partition(" ")[0], COLOURS[symbol.kind % len(COLOURS)])
        left, top = (scale * np.array([symbol.x - symbol.width / 2, symbol.y - symbol.height / 2])).round()
        right, bottom = (left + scale * symbol.width, top + scale * symbol.height)
        corner = (int(left) - 1, int(top) - 1)
        cv2.rectangle(canvas, corner, (int(right), int(bottom)), colour, 1)
        if symbol.kind not in told:
            told.add(symbol.kind)
            _write(canvas, name, corner, colour)
    return np.asarray(canvas, dtype=np.uint8)


def _write(canvas: Frame, name: str, corner: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Write a name above a box, moved as far as it takes to be inside the picture."""
    (width, height), _ = cv2.getTextSize(name, *FONT, 1)
    left = max(0, min(corner[0], canvas.shape[1] - width))
    cv2.putText(canvas, name, (left, max(height, corner[1] - 2)), *FONT, colour, 1)


def record(
    player: PolicyPredictor,
    env_id: str,
    steps: int,
    seed: int,
    kinds: Sequence[str] = (),
    **keywords: Any,
) -> list[Frame]:
    """Return the frames of up to `steps` agent steps of one episode, with symbols drawn on them."""
    env = gym.make(env_id, render_mode="rgb_array", **keywords)
    observation, info = env.reset(seed=seed)
    frames = []
    for _ in range(steps):
        frames.append(draw(np.asarray(env.render()), info["symbols"], kinds))
        action, _ = player.predict(observation)
        observation, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            break
    env.close()
    return frames


def gif(frames: Sequence[Frame], frames_per_second: int = 15) -> bytes:
    """Return an animation that repeats for ever."""
    images = [Image.fromarray(frame).quantize(64) for frame in frames]
    file = io.BytesIO()
    duration = round(1000 / frames_per_second)
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=duration, loop=0)
    return file.getvalue()
