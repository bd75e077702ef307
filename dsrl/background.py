"""What never moves: the most frequent colour of each pixel, in native pixels.

A colour is packed into one integer, red first, so that colours compare in one operation.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Int32, UInt8
from scipy import stats

from dsrl.errors import DataError, EncoderError
from dsrl.pictures import read_screen, write_screen
from dsrl.preprocessing import SCREEN, Box, crop


def pack_colours(frame: UInt8[np.ndarray, "*batch h w 3"]) -> Int32[np.ndarray, "*batch h w"]:
    """Return one integer per pixel, 0xRRGGBB.

    >>> [hex(colour) for colour in pack_colours(np.array([[[1, 2, 255]]], dtype=np.uint8)).ravel()]
    ['0x102ff']
    """
    rows = frame.reshape(-1, *frame.shape[-2:])
    padded = cv2.cvtColor(rows, cv2.COLOR_RGB2BGRA)  # a twelfth of the time that shifting takes
    return padded.view(np.int32).reshape(frame.shape[:-1]) & 0xFFFFFF


def unpack_colours(colours: Int32[np.ndarray, "*batch"]) -> UInt8[np.ndarray, "*batch 3"]:
    """Return red, green and blue: the inverse of `pack_colours`."""
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)


@dataclass(frozen=True)
class Background:
    """The static picture of a playfield, and the colour that most of it has."""

    colours: Int32[np.ndarray, "h w"]
    """Packed colour of each pixel of the playfield."""
    ground: int
    """The most frequent of them: what shows where something was removed, such as a broken brick."""

    @classmethod
    def from_frames(cls, frames: UInt8[np.ndarray, "n 210 160 3"], playfield: Box) -> "Background":
        """Return the most frequent colour of each pixel over some hundred frames."""
        colours = stats.mode(
            pack_colours(np.stack([crop(frame, playfield) for frame in frames])), axis=0
        ).mode
        return cls.from_colours(colours.astype(np.int32))

    @classmethod
    def from_colours(cls, colours: Int32[np.ndarray, "h w"]) -> "Background":
        """Return the background with these colours; its ground is found."""
        return cls(colours, int(stats.mode(colours, axis=None).mode))

    def figure(self, colours: Int32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
        """Return where a playfield shows an object: neither the background nor bare ground.

        A lasting change of the background is thus no object where it uncovers the ground.
        """
        return np.asarray((colours != self.colours) & (colours != self.ground))

    def save(self, path: Path, playfield: Box) -> None:
        """Write the background as a PNG of the whole screen, black outside the playfield."""
        screen = np.zeros((*SCREEN, 3), dtype=np.uint8)
        crop(screen, playfield)[:] = unpack_colours(self.colours)
        write_screen(path, screen)

    @classmethod
    def load(cls, path: Path, playfield: Box) -> "Background":
        """Read what `save` wrote.

        Raises:
            EncoderError: the file is missing or is no PNG of a screen.
        """
        try:
            screen = read_screen(path)
        except DataError as error:
            raise EncoderError(f"{error}, or make it anew with `dsrl pretrain`") from error
        return cls.from_colours(pack_colours(crop(screen, playfield)))
