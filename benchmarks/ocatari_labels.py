"""Labels frames of a game by OCAtari (Delfosse et al. 2024), for `dsrl score` to measure an encoder on.

OCAtari needs numpy below 2, so this runs in an environment of its own and imports nothing of dsrl:

    python3 -m venv ocatari && ocatari/bin/pip install ocatari ale-py
    ocatari/bin/python benchmarks/ocatari_labels.py Seaquest --out seaquest.npz

The game is played at random. Labels are read from the emulator's memory and are not perfect: look at some.
The format is that of docs/files.md: `frames`, UInt8 [n, 2, height, 160, 3], and `objects`, a string of JSON.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

FRAMESKIP = 4
"""Emulator frames per agent step; the last two are kept."""


def boxes(objects: list[Any], screen: tuple[int, int]) -> list[list[Any]]:
    """Return [category, x, y, width, height] of each object on the screen that is no part of the display."""
    found = []
    for one in objects:
        if not one or one.category == "NoObject" or getattr(one, "hud", False):
            continue
        x, y, width, height = one.xywh
        if np.isfinite([x, y, width, height]).all() and min(width, height) > 0:
            inside = x + width > 0 and y + height > 0 and x < screen[1] and y < screen[0]
            found += [[one.category, int(x), int(y), int(width), int(height)]] if inside else []
    return found


def play(game: str, every: int, sticky: float, seed: int) -> Iterator[tuple[Any, list[list[Any]]]]:
    """Yield the last two frames of each step that is a multiple of `every`, with the objects in them."""
    from ocatari.core import OCAtari  # the environment of this script has it, that of dsrl has not

    settings = {"frameskip": 1, "repeat_action_probability": sticky, "create_buffer_stacks": []}
    env = OCAtari(f"ALE/{game}-v5", mode="ram", hud=False, obs_mode="ori", **settings)
    env.reset(seed=seed)
    ale, random = env._ale, np.random.default_rng(seed)
    actions = ale.getMinimalActionSet()
    step = 0
    while True:
        action = actions[random.integers(len(actions))]
        for _ in range(FRAMESKIP - 1):
            ale.act(action)
        previous = ale.getScreenRGB()
        ale.act(action)
        if ale.game_over():
            env.reset()
            continue
        env.detect_objects()  # each step, since some labels depend on those before
        step += 1
        if step % every == 0:
            yield (previous, ale.getScreenRGB()), boxes(env.objects, ale.getScreenDims())


def main() -> None:
    """Play, label and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("game", help="name of the game, for example Seaquest")
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    parser.add_argument("--frames", type=int, default=500, help="labelled frames (500)")
    parser.add_argument("--every", type=int, default=20, help="agent steps between them (20)")
    parser.add_argument("--sticky", type=float, default=0.25, help="probability of repeated actions (0.25)")
    parser.add_argument("--seed", type=int, default=1, help="of the emulator and the actions (1)")
    options = parser.parse_args()
    steps = play(options.game, options.every, options.sticky, options.seed)
    frames, objects = zip(*(next(steps) for _ in range(options.frames)), strict=True)
    with options.out.open("wb") as file:
        np.savez_compressed(file, frames=np.array(frames, dtype=np.uint8), objects=json.dumps(objects))
    print(options.game, dict(Counter(one[0] for step in objects for one in step).most_common()))


if __name__ == "__main__":
    main()
