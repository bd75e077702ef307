"""Labelled frames, for measuring an encoder; they never train one.

The file is an .npz of two arrays. `frames` is UInt8 [n, 2, height, 160, 3]: the last two emulator frames of n
agent steps. `objects` is one string of JSON: for each step a list of [category, x, y, width, height], x and y
of the left upper corner in native pixels.
"""

import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from dsrl.errors import DataError
from dsrl.preprocessing import SCREEN

FORM = (
    "give an .npz of `frames`, uint8 [n, 2, height, 160, 3], and `objects`, a string of JSON with n lists of "
    "[category, x, y, width, height]; docs/files.md describes it"
)


class Label(NamedTuple):
    """One object as the label has it."""

    category: str
    """What it is."""
    x: float
    """Left edge, native pixels."""
    y: float
    """Upper edge, native pixels."""
    width: float
    """Native pixels."""
    height: float
    """Native pixels."""

    @property
    def centre(self) -> tuple[float, float]:
        """Centre, native pixels."""
        return self.x + self.width / 2, self.y + self.height / 2


class Labelled(NamedTuple):
    """Pairs of frames and what is in them."""

    frames: UInt8[np.ndarray, "n 2 height 160 3"]
    labels: list[list[Label]]


def load_labelled(path: Path | str, exclude: tuple[str, ...] = ()) -> Labelled:
    """Return a file of labelled frames without the labels of the categories in `exclude`.

    Raises:
        DataError: the file is missing, damaged or of another format.
    """
    if not Path(path).is_file():
        raise DataError(f"{path} is missing: name an .npz file of labelled frames")
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no .npz file: {FORM}")
    try:
        with np.load(path, allow_pickle=False) as file:
            frames, objects = file["frames"], json.loads(str(file["objects"]))
        labels = [[Label(str(name), *map(float, box)) for name, *box in step] for step in objects]
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} does not hold labelled frames ({error}): {FORM}") from error
    if (
        frames.dtype != np.uint8
        or frames.ndim != 5
        or len(frames) != len(labels)
        or (frames.shape[1], *frames.shape[3:]) != (2, SCREEN[1], 3)
    ):
        raise DataError(
            f"{path} has {frames.dtype} frames {frames.shape} for {len(labels)} lists of objects: {FORM}"
        )
    return Labelled(frames, [[label for label in step if label.category not in exclude] for step in labels])
