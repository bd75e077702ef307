"""Looks: prototypes of detections by size, colour and activation spectrum, and how far apart they are.

Garnelo et al. 2016 compare activation spectra by squared distance with those of the known types, and so does
the choice "spectrum" here. Where filters compete, the one that wins may name the type by itself: that is the
choice "filter" (Sherburn 2017, section 5.4). Shapes: n looks, k latent filters.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt8
from numba import njit

from dsrl.extraction import Detections

Features = Literal["appearance", "spectrum", "both", "filter"]
FEATURES = ["appearance", "spectrum", "both", "filter"]
RADIUS = 0.5
"""Detections nearer than this to a look are that look; half an octave of size, or 20 levels of a colour."""
LEVELS = 40.0
"""Levels of a colour channel, of 255, that count as one unit of distance."""
SPECTRAL = 2.0
"""Activation of a filter, in standard deviations of the prior, that counts as one unit of distance."""


class Looks(NamedTuple):
    """What some objects look like."""

    sizes: Float[np.ndarray, "n 2"]
    """Width and height, native pixels."""
    colours: UInt8[np.ndarray, "n 3"]
    """Red, green and blue."""
    spectra: Float[np.ndarray, "n k"]
    """Activation of each latent filter over the object."""

    @classmethod
    def of(cls, detections: Detections) -> "Looks":
        """Return what the objects of a frame look like."""
        sizes = (detections.boxes[:, 2:] - detections.boxes[:, :2]).astype(float)
        return cls(sizes, detections.colours, detections.spectra)

    def take(self, which: Any) -> "Looks":
        """Return some of them."""
        return Looks(self.sizes[which], self.colours[which], self.spectra[which])

    def describe(self, features: Features) -> Float[np.ndarray, "n d"]:
        """Return what distances are measured in: octaves of size and units of colour, of activation, or both.

        By filter it is 1 for the one that wins, 0 for the others.

        >>> Looks(np.array([[4, 16]]), np.array([[200, 80, 40]]), np.array([[1.0]])).describe("both").tolist()
        [[2.0, 4.0, 5.0, 2.0, 1.0, 0.5]]
        """
        if features == "filter":
            return np.asarray(np.eye(self.spectra.shape[1])[winners(self.spectra)])
        parts = []
        if features != "spectrum":
            parts += [np.log2(self.sizes), self.colours / LEVELS]
        if features != "appearance":
            parts += [self.spectra / SPECTRAL]
        return np.concatenate(parts, axis=1)


def winners(spectra: Float[np.ndarray, "n k"]) -> Int[np.ndarray, " n"]:
    """Return the filter of each look whose mean is farthest from that of the prior, on either side.

    >>> winners(np.array([[0.5, -3.0, 2.0], [1.0, 0.0, 0.0]])).tolist()
    [1, 0]
    """
    return np.asarray(np.abs(spectra).argmax(axis=1))


def concatenate(several: Sequence[Looks]) -> Looks:
    """Return all of them as one."""
    return Looks(*map(np.concatenate, zip(*several, strict=True)))


@njit(cache=True)
def nearest(
    described: Float[np.ndarray, "n d"], prototypes: Float[np.ndarray, "m d"]
) -> Int[np.ndarray, " n"]:
    """Return the nearest prototype of each look, by squared distance; both as `Looks.describe` tells them."""
    found = np.zeros(len(described), np.int64)
    for index in range(len(described)):
        least = np.inf
        for number in range(len(prototypes)):
            distance = 0.0
            for one, other in zip(described[index], prototypes[number]):  # noqa: B905  # numba has no `strict`
                distance += (one - other) ** 2
            if distance < least:
                found[index], least = number, distance
    return found


def find_prototypes(looks: Looks, features: Features) -> Looks:
    """Return prototypes such that each look is near one; the most frequent come first.

    Sequential leader clustering (Hartigan 1975), which needs no number of clusters.
    """
    described = looks.describe(features)
    _, first, counts = np.unique(described.round(3), axis=0, return_index=True, return_counts=True)
    leaders: list[int] = []
    for candidate in first[np.argsort(-counts, kind="stable")]:
        if not (np.square(described[leaders] - described[candidate]).sum(axis=1) < RADIUS**2).any():
            leaders.append(int(candidate))
    return looks.take(leaders)
