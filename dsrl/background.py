"""What never moves: the most frequent colour of each pixel, in native pixels.

A colour is packed into one integer, red first, so that colours compare in one operation.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Int32, UInt8
from scipy import stats

from dsrl.errors import DataError, EncoderError
from dsrl.parts import find_parts
from dsrl.pictures import read_screen, write_screen
from dsrl.preprocessing import SCREEN, Box, crop

BACKGROUND, LANDMARKS = "background.png", "landmarks.png"
"""The files in a folder of weights."""
LANDMARK = 42
"""The greatest side of a landmark, native pixels; what is larger is scenery."""
GONE = 0.01
"""Share of the frames in which a pixel must be bare ground to be gone at times."""


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
    """The static picture of a playfield, its main colour, and the objects that merely stand still on it."""

    colours: Int32[np.ndarray, "h w"]
    """Packed colour of each pixel of the playfield."""
    ground: int
    """The most frequent of them: what shows where something was removed, such as a broken brick."""
    landmarks: Bool[np.ndarray, "h w"]
    """Where small things stand still that can go, such as a shield: they are objects, not background."""

    @classmethod
    def from_frames(cls, frames: UInt8[np.ndarray, "n 210 160 3"], playfield: Box) -> "Background":
        """Return the most frequent colour of each pixel over some hundred frames."""
        packed = pack_colours(np.stack([crop(frame, playfield) for frame in frames]))
        background = cls.from_colours(stats.mode(packed, axis=0).mode.astype(np.int32))
        bare = (packed == background.ground).mean(axis=0) > GONE
        return replace(background, landmarks=_find_landmarks(background, bare))

    @classmethod
    def from_colours(cls, colours: Int32[np.ndarray, "h w"]) -> "Background":
        """Return the background with these colours and no landmarks; its ground is found."""
        return cls(colours, int(stats.mode(colours, axis=None).mode), np.zeros(colours.shape, dtype=bool))

    def figure(self, colours: Int32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
        """Return where a playfield shows an object: a landmark, or neither the background nor bare ground.

        A lasting change of the background is thus no object where it uncovers the ground.
        """
        return np.asarray(((colours != self.colours) | self.landmarks) & (colours != self.ground))

    def save(self, folder: Path, playfield: Box) -> None:
        """Write PNGs of the whole screen, black outside the playfield; landmarks are white on black."""
        for file, colours in (BACKGROUND, self.colours), (LANDMARKS, self.landmarks * 0xFFFFFF):
            screen = np.zeros((*SCREEN, 3), dtype=np.uint8)
            crop(screen, playfield)[:] = unpack_colours(colours)
            write_screen(folder / file, screen)

    @classmethod
    def load(cls, folder: Path, playfield: Box) -> "Background":
        """Read what `save` wrote.

        Raises:
            EncoderError: a file is missing or is no PNG of a screen.
        """
        try:
            screens = read_screen(folder / BACKGROUND), read_screen(folder / LANDMARKS)
        except DataError as error:
            raise EncoderError(f"{error}, or make it anew with `dsrl pretrain`") from error
        colours, landmarks = (pack_colours(crop(screen, playfield)) for screen in screens)
        return replace(cls.from_colours(colours), landmarks=landmarks > 0)


def _find_landmarks(background: Background, bare: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the boxes of small things of one colour that were gone, at least in part, in some frames."""
    landmarks = np.zeros(bare.shape, dtype=bool)
    standing = background.colours != background.ground
    for left, top, right, bottom in find_parts(background.colours, standing).boxes:
        box = slice(top, bottom), slice(left, right)
        small = max(right - left, bottom - top) <= LANDMARK
        landmarks[box] |= small and bare[box][standing[box]].mean() > 0.5
    return landmarks
