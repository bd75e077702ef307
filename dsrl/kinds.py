"""Types of objects, found without labels: looks that follow each other on one track are one kind.

A *look* is a prototype of a detection: its size and colour, its activation spectrum, or both. Garnelo et al.
2016 compare spectra by squared distance with the known types, and so does the choice "spectrum" here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from dsrl.errors import EncoderError
from dsrl.extraction import Detections

Features = Literal["appearance", "spectrum", "both"]
FORMAT = "dsrl-kinds-1"
RADIUS = 0.5
"""Detections nearer than this to a look are that look; half an octave of size, or 20 levels of a colour."""
LEVELS = 40.0
"""Levels of a colour channel, of 255, that count as one unit of distance."""
FLOW = 0.1
"""Share of the steps out of a look that must lead to another for the two to be one kind."""
RARE = 0.002
"""Looks with a smaller share of all detections found no kind of their own."""


def describe(detections: Detections, features: Features) -> Float[np.ndarray, "n d"]:
    """Return what distances are measured in: octaves of size, units of colour, nats' worth of activation."""
    sizes = np.log2(detections.boxes[:, 2:] - detections.boxes[:, :2])
    appearance = np.concatenate([sizes, detections.colours / LEVELS], axis=1)
    spectrum = detections.spectra / 2
    chosen = {"appearance": [appearance], "spectrum": [spectrum], "both": [appearance, spectrum]}[features]
    return np.concatenate(chosen, axis=1)


def columns(features: Features, filters: int) -> int:
    """Return the number of columns that `describe` has for an encoder of so many latent filters."""
    return {"appearance": 5, "spectrum": filters, "both": 5 + filters}[features]


@dataclass(frozen=True)
class Kinds:
    """The table of types that belongs to an encoder."""

    looks: Float[np.ndarray, "looks d"]
    """Prototypes, in the units of `describe`."""
    kind_of_look: Int[np.ndarray, " looks"]
    """The type that each look belongs to; 0 is the most frequent type."""
    shares: tuple[float, ...]
    """Share of each kind among the detections that it was found on."""
    features: Features = "appearance"
    """What a look consists of."""
    names: tuple[str | None, ...] = field(default=())
    """Names that a person gave, by kind."""

    def __len__(self) -> int:
        return len(self.shares)

    def classify(self, detections: Detections) -> Int[np.ndarray, " n"]:
        """Return the kind of the nearest look of each detection, by squared distance."""
        return np.asarray(self.kind_of_look[nearest(describe(detections, self.features), self.looks)])

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        kinds = [
            {
                "name": self.names[kind] if self.names else None,
                "share": round(share, 4),
                "looks": self.looks[self.kind_of_look == kind].round(4).tolist(),
            }
            for kind, share in enumerate(self.shares)
        ]
        return {"format": FORMAT, "features": self.features, "kinds": kinds}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], filters: int) -> "Kinds":
        """Return what `to_json` described, for an encoder of so many latent filters.

        Raises:
            EncoderError: something is missing, of another format or of another encoder.
        """
        try:
            if values["format"] != FORMAT:
                raise ValueError(f"format {values['format']!r} is not {FORMAT!r}")
            each = [np.array(kind["looks"], dtype=float) for kind in values["kinds"]]
            looks = np.concatenate(each)
            width = columns(values["features"], filters)
            if looks.shape[1:] != (width,) or not np.isfinite(looks).all():
                raise ValueError(f"looks are not rows of {width} numbers")
            return cls(
                looks,
                np.repeat(np.arange(len(each)), [len(one) for one in each]),
                tuple(float(kind["share"]) for kind in values["kinds"]),
                values["features"],
                tuple(kind["name"] for kind in values["kinds"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError(
                f"the table of kinds is damaged ({error!r}); restore it or make it anew with `dsrl pretrain`"
            ) from error


def nearest(
    described: Float[np.ndarray, "n d"], looks: Float[np.ndarray, "looks d"]
) -> Int[np.ndarray, " n"]:
    """Return the nearest look of each detection, by squared distance."""
    return np.asarray(cdist(described, looks, "sqeuclidean").argmin(axis=1))


def find_looks(described: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "looks d"]:
    """Return prototypes such that each detection is near one; the most frequent detections come first.

    Sequential leader clustering (Hartigan 1975), which needs no number of clusters.
    """
    distinct, counts = np.unique(described.round(3), axis=0, return_counts=True)
    looks = np.empty((0, described.shape[1]))
    for candidate in distinct[np.argsort(-counts, kind="stable")]:
        if not (np.square(looks - candidate).sum(axis=1) < RADIUS**2).any():
            looks = np.concatenate([looks, candidate[None]])
    return looks


def find_kinds(
    frames: Sequence[Detections], tracks: Sequence[Int[np.ndarray, " n"]], features: Features = "appearance"
) -> Kinds:
    """Return the types among the detections of consecutive frames, whose objects are followed by `tracks`.

    Each look joins a single other look at most: two objects that now and then melt into one must not become
    one kind through the look that they then have.

    Raises:
        EncoderError: nothing was detected in any frame.
    """
    described = np.concatenate([describe(frame, features) for frame in frames])
    if not len(described):
        raise EncoderError(
            "no object was detected in any frame: the posterior may have collapsed, lower beta"
        )
    looks = find_looks(described)
    look = nearest(described, looks)  # of each detection
    counts = np.bincount(look, minlength=len(looks))
    kept = counts >= max(2.0, RARE * len(look))
    kept[counts.argmax()] = True
    dominant, following = dominates(look, tracks, len(looks)), follows(look, tracks, len(looks))
    every = np.arange(len(looks))
    same = np.zeros((len(looks), len(looks)), dtype=bool)
    same[every, np.where(dominant != every, dominant, following)] = True
    kind = connected_components(same[np.ix_(kept, kept)], directed=False)[1]
    return _most_frequent_first(looks[kept], kind, counts[kept], features)


def _most_frequent_first(
    looks: Float[np.ndarray, "looks d"],
    kind: Int[np.ndarray, " looks"],
    counts: Int[np.ndarray, " looks"],
    features: Features,
) -> Kinds:
    sizes = np.bincount(kind, weights=counts)
    order = np.argsort(-sizes, kind="stable")
    rank = np.argsort(order)[kind]
    rows = np.argsort(rank, kind="stable")
    return Kinds(looks[rows], rank[rows], tuple((sizes[order] / sizes.sum()).tolist()), features)


def follows(
    look: Int[np.ndarray, " n"], tracks: Sequence[Int[np.ndarray, " n"]], count: int
) -> Int[np.ndarray, " looks"]:
    """Return the look that each look mostly changes into, where objects often do; else the look itself."""
    passes = np.zeros((count, count))
    before: dict[int, int] = {}
    start = 0
    for ids in tracks:
        now = dict(zip(ids.tolist(), look[start : start + len(ids)].tolist(), strict=True))
        for track in now.keys() & before.keys():
            passes[before[track], now[track]] += 1
        before, start = now, start + len(ids)
    enough = FLOW * np.maximum(passes.sum(axis=1), 10.0)
    np.fill_diagonal(passes, 0)
    return np.where(passes.max(axis=1) >= enough, passes.argmax(axis=1), np.arange(count))


def dominates(
    look: Int[np.ndarray, " n"], tracks: Sequence[Int[np.ndarray, " n"]], count: int
) -> Int[np.ndarray, " looks"]:
    """Return the look that objects seen with a look mostly have: a paddle cut by the edge is a paddle."""
    track = np.unique(np.concatenate(tracks), return_inverse=True)[1]
    steps = np.zeros((track.max() + 1, count))
    np.add.at(steps, (track, look), 1)
    within = np.zeros((count, count))
    np.add.at(within, (look, steps.argmax(axis=1)[track]), 1)
    return np.asarray(within.argmax(axis=1))
