"""From the emulator's frames to the network's input: thesis (Sherburn 2017) 4.1, as pure array functions.

Shapes: a frame is UInt8 [height, 160, 3], rows from the top; x is UInt8 [84, 84], or [84, 84, 3] in colour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from jaxtyping import UInt8
from numba import njit

from dsrl.errors import ConfigError, choose

SCREEN = (210, 160)
"""Height and width of the screen of most games, native pixels; a few are higher, up to 250."""

BT709 = (2126, 7152, 722)
"""Weights of red, green and blue in the luminance, in ten-thousandths."""


class Box(NamedTuple):
    """A rectangle of the screen, native pixels."""

    top: int
    left: int
    height: int
    width: int


WHOLE_SCREEN = Box(0, 0, *SCREEN)


def max_pool(
    previous: UInt8[np.ndarray, "*batch h w 3"], current: UInt8[np.ndarray, "*batch h w 3"]
) -> UInt8[np.ndarray, "*batch h w 3"]:
    """Return the per-channel maximum of two frames, so that no sprite flickers (thesis 4.1)."""
    return np.asarray(np.maximum(previous, current), dtype=np.uint8)


def luminance(frame: UInt8[np.ndarray, "*batch h w 3"]) -> UInt8[np.ndarray, "*batch h w"]:
    """Return Y = 0.2126 R + 0.7152 G + 0.0722 B, halves rounded up (thesis Eq. 4.1, BT.709).

    >>> luminance(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)).tolist()
    [[54, 182, 18]]
    """
    image = frame.reshape(-1, *frame.shape[-2:])  # a batch is an image of many rows
    return np.asarray(_weigh(*cv2.split(image)).reshape(frame.shape[:-1]))


@njit(cache=True)
def _weigh(
    red: UInt8[np.ndarray, "h w"], green: UInt8[np.ndarray, "h w"], blue: UInt8[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w"]:
    """Return the luminance of an image in one pass; of channels apart, many pixels are weighed at once."""
    weighed = np.empty(red.shape, np.uint8)
    r, g, b = np.uint32(BT709[0]), np.uint32(BT709[1]), np.uint32(BT709[2])  # of 32 bits, eight at a time
    for row in range(len(red)):
        for column in range(red.shape[1]):
            total = r * red[row, column] + g * green[row, column] + b * blue[row, column]
            weighed[row, column] = (total + np.uint32(5_000)) // np.uint32(10_000)
    return weighed


def crop(frame: UInt8[np.ndarray, "h w *c"], box: Box) -> UInt8[np.ndarray, "h2 w2 *c"]:
    """Return the part of a frame inside `box`, a view.

    >>> crop(np.zeros((210, 160, 3), dtype=np.uint8), Box(34, 0, 160, 160)).shape
    (160, 160, 3)
    """
    return frame[box.top : box.top + box.height, box.left : box.left + box.width]


def resize(
    frame: UInt8[np.ndarray, "h w *c"], size: tuple[int, int] = (84, 84)
) -> UInt8[np.ndarray, "h2 w2 *c"]:
    """Return the frame at `size` (height, width), each pixel the mean of the area that it covers."""
    return np.asarray(cv2.resize(frame, size[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)


@dataclass(frozen=True)
class Preprocessing:
    """What stands between a frame and the network: crop to the playfield, luminance, area-resize.

    >>> Preprocessing(Box(34, 0, 160, 160))(np.zeros((210, 160, 3), dtype=np.uint8)).shape
    (84, 84)
    """

    playfield: Box
    """The part of the screen where the game is played."""
    size: tuple[int, int] = (84, 84)
    """Height and width of x."""
    colour: Literal["luminance", "rgb", "grey"] = "luminance"
    """One channel of luminance, or red, green and blue as they are (thesis 5.3), or images grey already."""
    screen: tuple[int, int] = SCREEN
    """Height and width of the whole frame, native pixels."""

    def __post_init__(self) -> None:
        """Check the values, which may come from a file.

        Raises:
            ConfigError: a box off the screen, an empty size or an unknown colour.
        """
        choose("colour", self.colour, ["luminance", "rgb", "grey"])
        top, left, height, width = self.playfield
        if (
            min(top, left) < 0
            or min(height, width) < 1
            or top + height > self.screen[0]
            or left + width > self.screen[1]
        ):
            raise ConfigError(
                f"playfield {tuple(self.playfield)} (top, left, height, width) is not inside {self.screen}"
            )
        if len(self.size) != 2 or min(self.size) < 1:
            raise ConfigError(f"size {self.size} must be two positive numbers, height and width")

    @property
    def channels(self) -> int:
        """Number of channels of x: 1 or 3."""
        return 3 if self.colour == "rgb" else 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of x."""
        return (*self.size, 3) if self.colour == "rgb" else self.size

    def __call__(self, frame: UInt8[np.ndarray, "height 160 3"]) -> UInt8[np.ndarray, "h w *c"]:
        """Return x, the network's input, for a frame."""
        field = crop(frame, self.playfield)  # first, because it leaves less to weigh
        return resize(luminance(field) if self.colour == "luminance" else field, self.size)

    def native(self, column: float, row: float) -> tuple[float, float]:
        """Return the place (x, y) on the screen, native pixels, of a place in x.

        Both count from the outer edge of the first pixel: the centre of the first pixel is at 0.5.

        >>> Preprocessing(Box(34, 0, 168, 160)).native(column=42.0, row=42.0)
        (80.0, 118.0)
        """
        top, left, height, width = self.playfield
        return left + column * width / self.size[1], top + row * height / self.size[0]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, for a configuration file."""
        lists = {name: list(getattr(self, name)) for name in ("playfield", "size", "screen")}
        return {**lists, "colour": self.colour}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """Return what `to_json` described.

        Raises:
            ConfigError: a value is missing, unknown or out of range.
        """
        try:
            box = Box(*map(int, values["playfield"]))
            size = tuple(map(int, values.get("size", (84, 84))))
            screen = tuple(map(int, values.get("screen", SCREEN)))
            return cls(**{**values, "playfield": box, "size": size, "screen": screen})
        except ConfigError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(
                f"preprocessing {values!r} is not {{playfield, size, colour, screen}}: {error!r}"
            ) from error
