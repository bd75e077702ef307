"""Whole screens as PNG files, which lose nothing."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from dsrl.errors import DataError
from dsrl.files import write_bytes
from dsrl.preprocessing import SCREEN


def write_screen(path: Path | str, screen: UInt8[np.ndarray, "height 160 3"]) -> None:
    """Write red, green and blue of each pixel, in one step."""
    write_bytes(path, cv2.imencode(".png", cv2.cvtColor(screen, cv2.COLOR_RGB2BGR))[1].tobytes())


def read_screen(path: Path | str) -> UInt8[np.ndarray, "height 160 3"]:
    """Return red, green and blue of each pixel.

    Raises:
        DataError: the file is missing, damaged, or not a picture of a whole screen.
    """
    try:
        content = np.frombuffer(Path(path).read_bytes(), dtype=np.uint8)
        picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except OSError as error:
        raise DataError(f"{path} is missing or cannot be read; restore it") from error
    if picture is None or picture.shape[1:] != (SCREEN[1], 3):
        raise DataError(f"{path} is not a PNG of a whole screen, 160 wide; restore it")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
