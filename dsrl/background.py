"""What never moves: the most frequent colour of each pixel, in native pixels.

A colour is packed into one integer, red first, so that colours compare in one operation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Bool, Int, Int32, UInt8
from scipy import stats

from dsrl.landmarks import find_landmarks, pixels_of, union
from dsrl.parts import Parts
from dsrl.preprocessing import SCREEN, Box, crop
from dsrl.runs import NOTHING, Scenery, shown_in, unpack

BACKGROUND, LANDMARKS = "background.png", "landmarks.png"
"""The files in a folder of weights."""


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
    return np.asarray(unpack(np.ravel(colours)).reshape(*colours.shape, 3))


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
    def from_frames(cls, frames: UInt8[np.ndarray, "n height 160 3"], playfield: Box) -> "Background":
        """Return the most frequent colour of each pixel over some hundred frames."""
        packed = pack_colours(np.stack([crop(frame, playfield) for frame in frames]))
        background = cls.from_colours(stats.mode(packed, axis=0).mode.astype(np.int32))
        landmarks = find_landmarks(packed, background.colours, background.ground)
        return replace(background, landmarks=landmarks)

    @classmethod
    def from_colours(cls, colours: Int32[np.ndarray, "h w"]) -> "Background":
        """Return the background with these colours and no landmarks; its ground is found."""
        return cls(colours, int(stats.mode(colours, axis=None).mode), np.zeros(colours.shape, dtype=bool))

    def with_landmarks(self, parts: Parts) -> "Background":
        """Return the same background with these parts of its picture among the landmarks."""
        masks = [self.landmarks, *pixels_of(parts, self.colours)]
        return replace(self, landmarks=union(self.colours, masks))

    @cached_property
    def scenery(self) -> Scenery:
        """What is no object: the background and, unless it is a landmark, bare ground.

        A lasting change of the background is thus no object where it uncovers the ground. Landmarks, and what
        is within 4 pixels of them, where the rest of one may be, are always looked at.
        """
        around = cv2.dilate(self.landmarks.view(np.uint8), np.ones((9, 9), np.uint8)).view(bool)
        still = unpack_colours(self.colours).reshape(len(self.colours), -1)
        ignored = np.where(self.landmarks, NOTHING, self.colours).astype(np.int32)
        return Scenery(still, np.any(self.landmarks, axis=1), ignored, self.ground, around)

    def mask(
        self,
        frame: UInt8[np.ndarray, "height 160 3"],
        playfield: Box,
        box: Int[np.ndarray, "4"],
        colour: UInt8[np.ndarray, "3"],
    ) -> Bool[np.ndarray, "across down"]:
        """Return where a frame shows a figure of this colour in a box: left, top, right and bottom."""
        return np.asarray(shown_in(box, frame, colour, self.scenery.ignored, playfield.top, playfield.left))

    def pictures(
        self, playfield: Box, screen: tuple[int, int] = SCREEN
    ) -> Iterator[UInt8[np.ndarray, "height 160 3"]]:
        """Yield the whole screen, black outside the playfield, and that with landmarks white on black."""
        for colours in self.colours, self.landmarks * 0xFFFFFF:
            picture = np.zeros((*screen, 3), dtype=np.uint8)
            crop(picture, playfield)[:] = unpack_colours(colours)
            yield picture

    @classmethod
    def from_pictures(
        cls,
        picture: UInt8[np.ndarray, "height 160 3"],
        landmarks: UInt8[np.ndarray, "height 160 3"],
        playfield: Box,
    ) -> "Background":
        """Return what `pictures` drew."""
        colours, white = (pack_colours(crop(one, playfield)) for one in (picture, landmarks))
        return replace(cls.from_colours(colours), landmarks=white > 0)
