"""Collected frames as PNG files, one folder per episode: episode-00012/000345.png, and back."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from dsrl.errors import DataError
from dsrl.pictures import read_screen, write_screen
from dsrl.shards import Shards


def write_png_folder(shards: Shards, folder: Path | str) -> int:
    """Write every frame as a PNG file, which is lossless; return how many."""
    for rows in shards.split("all"):
        for frame, episode, step in zip(*rows, strict=True):
            write_screen(Path(folder) / f"episode-{episode:05d}" / f"{step:06d}.png", frame)
    return len(shards)


def read_png_folder(folder: Path | str) -> Iterator[tuple[UInt8[np.ndarray, "height 160 3"], int, int]]:
    """Yield (frame, episode, step): a folder with PNG files in it is an episode.

    Raises:
        DataError: no PNG file, one that cannot be read, or one that is not 160 wide.
    """
    files = sorted(Path(folder).rglob("*.png"))
    if not files:
        raise DataError(
            f"{folder} holds no PNG files: give the folder that --export-png made, or one like it"
        )
    folders = list(dict.fromkeys(file.parent for file in files))
    numbers = [re.fullmatch(r"episode-(\d+)", path.name) for path in folders]
    named = all(numbers) and len({path.name for path in folders}) == len(folders)
    for order, (path, number) in enumerate(zip(folders, numbers, strict=True)):
        episode = int(number[1]) if named and number else order
        for index, file in enumerate(sorted(path.glob("*.png"))):
            yield read_screen(file), episode, int(file.stem) if file.stem.isdecimal() else index
