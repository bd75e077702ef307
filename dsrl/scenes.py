"""The scenes of a game, such as rooms: each has a background of its own, and a frame shows the nearest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int32, UInt8
from scipy import stats

from dsrl.background import BACKGROUND, LANDMARKS, Background, pack_colours
from dsrl.errors import DataError, EncoderError
from dsrl.pictures import read_screen, write_screen
from dsrl.preprocessing import SCREEN, Box, crop

FAR = 0.08
"""Share of its pixels that a playfield of another scene has otherwise; 36 aliens that move are half of it."""
SELDOM = 0.01
"""Share of the frames that a scene has at least."""


@dataclass(frozen=True)
class Scenes:
    """The backgrounds of a game, one at least."""

    backgrounds: tuple[Background, ...]

    @classmethod
    def from_frames(cls, frames: UInt8[np.ndarray, "n height 160 3"], playfield: Box) -> "Scenes":
        """Return the scenes of some hundred frames from all over a game, without labels."""
        packed = pack_colours(np.stack([crop(frame, playfield) for frame in frames]))
        pictures = find_pictures(packed)
        scene = np.argmin([_otherwise(packed, picture) for picture in pictures], axis=0)
        counts = np.bincount(scene)
        kept = np.flatnonzero(counts >= min(SELDOM * len(frames), counts.max()))
        return cls(tuple(Background.from_frames(frames[scene == one], playfield) for one in kept))

    def shown(self, frame: UInt8[np.ndarray, "height 160 3"], playfield: Box) -> Background:
        """Return the background of the scene that a frame is nearest to."""
        return self.backgrounds[self._nearest(frame, playfield)]

    def _nearest(self, frame: UInt8[np.ndarray, "height 160 3"], playfield: Box) -> int:
        if len(self.backgrounds) == 1:
            return 0
        packed = pack_colours(crop(frame, playfield))
        return int(np.argmin([(packed != background.colours).sum() for background in self.backgrounds]))

    def lasting(self, frames: Iterable[UInt8[np.ndarray, "height 160 3"]], playfield: Box) -> "Scenes":
        """Return the scenes that last: most of the consecutive frames that show one follow another that does.

        Flashes do not, nor does what a moving picture resembles now and then. Rooms that none of the frames
        shows stay.
        """
        shown = np.array([self._nearest(frame, playfield) for frame in frames])
        seen, again = (
            np.bincount(which, minlength=len(self.backgrounds))
            for which in (shown, shown[1:][shown[1:] == shown[:-1]])
        )
        lasts = (seen == 0) | (2 * again >= seen)
        lasts[seen.argmax()] = True
        return Scenes(tuple(compress(self.backgrounds, lasts)))

    def map(self, change: Callable[[Background], Background]) -> "Scenes":
        """Return the scenes with each background changed."""
        return Scenes(tuple(map(change, self.backgrounds)))

    def save(self, folder: Path, playfield: Box, screen: tuple[int, int] = SCREEN) -> None:
        """Write PNGs of whole screens, one scene below the other and black outside the playfield.

        Landmarks are white on black.
        """
        backgrounds, landmarks = zip(
            *(one.pictures(playfield, screen) for one in self.backgrounds), strict=True
        )
        write_screen(folder / BACKGROUND, np.concatenate(backgrounds))
        write_screen(folder / LANDMARKS, np.concatenate(landmarks))

    @classmethod
    def load(cls, folder: Path, playfield: Box, screen: tuple[int, int] = SCREEN) -> "Scenes":
        """Read what `save` wrote.

        Raises:
            EncoderError: a file is missing or is no PNG of screens.
        """
        try:
            both = [read_screen(folder / file) for file in (BACKGROUND, LANDMARKS)]
            if both[0].shape != both[1].shape or len(both[0]) % screen[0] or not len(both[0]):
                raise DataError(f"{folder} has pictures that are not of screens of {screen} (height, width)")
        except DataError as error:
            raise EncoderError(f"{error}, or make it anew with `dsrl pretrain`") from error
        pictures, landmarks = (picture.reshape(-1, *screen, 3) for picture in both)
        pairs = zip(pictures, landmarks, strict=True)
        return cls(tuple(Background.from_pictures(*pair, playfield) for pair in pairs))


def find_pictures(frames: Int32[np.ndarray, "n h w"]) -> list[Int32[np.ndarray, "h w"]]:
    """Return the most frequent colour of each pixel over all frames, and over each group far from that.

    Frames of a group are alike among themselves. Where a scene scrolls they are not, and there is no group.
    """
    pictures = [_mode(frames)]
    least = max(2.0, SELDOM * len(frames))
    rest = frames[_otherwise(frames, pictures[0]) > FAR]
    while len(rest) >= least:
        alike = _otherwise(rest, rest[0]) < FAR / 2
        if alike.sum() < least:
            rest = rest[1:]
            continue
        pictures.append(_mode(rest[alike]))
        rest = rest[(_otherwise(rest, pictures[-1]) > FAR) & ~alike]
    return pictures


def _mode(frames: Int32[np.ndarray, "n h w"]) -> Int32[np.ndarray, "h w"]:
    return np.asarray(stats.mode(frames, axis=0).mode, dtype=np.int32)


def _otherwise(
    frames: Int32[np.ndarray, "n h w"], picture: Int32[np.ndarray, "h w"]
) -> Float[np.ndarray, " n"]:
    """Return the share of the pixels of each frame that have not the colour of a picture."""
    return np.asarray((frames != picture).mean(axis=(1, 2)))
