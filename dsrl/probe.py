"""How much of the objects' places a latent code holds: a linear probe, and the map of divergence by itself.

Both measure a trained encoder against labelled frames; neither trains or chooses one.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Float
from sklearn.linear_model import RidgeCV

from dsrl.extraction import THRESHOLD
from dsrl.inspection import Frames, divergences, filter_images
from dsrl.labelled import Label, Labelled
from dsrl.preprocessing import Preprocessing, max_pool
from dsrl.symbols import Symbol
from dsrl.vae import VAE

PENALTIES = np.logspace(0, 5, 6)
"""Of the ridge regression; one is chosen by leave-one-out error on the frames that are fitted."""
FEWEST = 20
"""Frames with a single object of a category that a probe is fitted to and judged by, at least."""


class Probe(NamedTuple):
    """How well places follow from the latent code by a linear map, on frames that it was not fitted to."""

    error: float
    """Mean distance from the true centre, native pixels."""
    chance: float
    """The same for who always says the mean place."""
    frames: int
    """Frames that this was judged by."""

    @property
    def share(self) -> float:
        """Share of the distance that the latent code explains, 1 for all of it.

        >>> Probe(error=5.0, chance=20.0, frames=100).share
        0.75
        """
        return 1 - self.error / self.chance if self.chance else 0.0


def preprocessed(labelled: Labelled, preprocessing: Preprocessing) -> Frames:
    """Return labelled frames as the network sees them."""
    x = torch.from_numpy(np.stack([preprocessing(max_pool(*pair)) for pair in labelled.frames]))
    return x.unsqueeze(1) if preprocessing.channels == 1 else x.movedim(-1, 1).contiguous()


def linear_probe(vae: VAE, labelled: Labelled) -> dict[str, Probe]:
    """Return the probe of each category that is alone of its kind in enough frames (Alain & Bengio 2017).

    The first half of the frames fits it, by ridge regression on the posterior means; the second half judges.
    """
    codes = filter_images(vae, preprocessed(labelled, vae.preprocessing)).reshape(len(labelled.frames), -1)
    found = {}
    for category in sorted({label.category for step in labelled.labels for label in step}):
        rows, centres = _alone(labelled.labels, category)
        fitted = rows < len(codes) // 2
        if min(fitted.sum(), (~fitted).sum()) >= FEWEST:
            found[category] = _probe(codes[rows], centres, fitted)
    return found


def _alone(labels: Sequence[Sequence[Label]], category: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the frames with one object of a category, and where its centre is."""
    lone = [
        (row, label.centre)
        for row, step in enumerate(labels)
        if Counter(label.category for label in step)[category] == 1
        for label in step
        if label.category == category
    ]
    rows, centres = zip(*lone, strict=True) if lone else ((), ())
    return np.array(rows, dtype=int), np.array(centres, dtype=float).reshape(-1, 2)


def _probe(codes: np.ndarray, centres: np.ndarray, fitted: np.ndarray) -> Probe:
    told = RidgeCV(PENALTIES).fit(codes[fitted], centres[fitted]).predict(codes[~fitted])
    true = centres[~fitted]
    distances = [
        np.linalg.norm(true - guess, axis=1).mean() for guess in (told, centres[fitted].mean(axis=0))
    ]
    return Probe(float(distances[0]), float(distances[1]), len(true))


def latent_symbols(vae: VAE, labelled: Labelled, threshold: float = THRESHOLD) -> list[list[Symbol]]:
    """Return the objects that the divergence alone shows: each island of occupied cells is one.

    Nothing but the latent map is used, so the places are as coarse as its cells: what the thesis asks for.
    """
    nats = divergences(vae, preprocessed(labelled, vae.preprocessing)).sum(axis=1)  # [n, m, w]
    return [islands(step, vae.preprocessing, threshold) for step in nats]


def islands(
    nats: Float[np.ndarray, "m w"], preprocessing: Preprocessing, threshold: float = THRESHOLD
) -> list[Symbol]:
    """Return each island of latent cells over a threshold as a symbol, native pixels."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((nats > threshold).astype(np.uint8))
    scale = np.array(preprocessing.size) / nats.shape  # rows, columns of x per cell
    found = []
    for left, top, width, height, _ in stats[1:count].tolist():
        x0, y0 = preprocessing.native(left * scale[1], top * scale[0])
        x1, y1 = preprocessing.native((left + width) * scale[1], (top + height) * scale[0])
        found.append(Symbol(0, (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0))
    return found
