"""Types of objects, found without labels: looks that follow each other on one track are one kind.

A *look* is a prototype of a detection: its size and colour, its activation spectrum, or both. Garnelo et al.
2016 compare spectra by squared distance with the known types, and so does the choice "spectrum" here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.csgraph import connected_components

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
    columns = {"appearance": [appearance], "spectrum": [spectrum], "both": [appearance, spectrum]}[features]
    return np.concatenate(columns, axis=1)


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
        described = describe(detections, self.features)
        distances = np.square(described[:, None] - self.looks).sum(axis=2)  # [n, looks]
        return np.asarray(self.kind_of_look[distances.argmin(axis=1)])

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
    def from_json(cls, values: Mapping[str, Any]) -> "Kinds":
        """Return what `to_json` described.

        Raises:
            EncoderError: something is missing or of another format.
        """
        try:
            if values["format"] != FORMAT:
                raise ValueError(f"format {values['format']!r} is not {FORMAT!r}")
            looks = [np.array(kind["looks"], dtype=float) for kind in values["kinds"]]
            return cls(
                np.concatenate(looks),
                np.repeat(np.arange(len(looks)), [len(look) for look in looks]),
                tuple(float(kind["share"]) for kind in values["kinds"]),
                values["features"],
                tuple(kind["name"] for kind in values["kinds"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError(
                f"the table of kinds is damaged ({error!r}); restore it or make it anew with `dsrl pretrain`"
            ) from error


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

    Raises:
        EncoderError: nothing was detected in any frame.
    """
    described = np.concatenate([describe(frame, features) for frame in frames])
    if not len(described):
        raise EncoderError("no object was detected in any frame: the posterior may have collapsed, lower beta")
    looks = find_looks(described)
    nearest = np.array([np.square(looks - row).sum(axis=1).argmin() for row in described])
    counts = np.bincount(nearest, minlength=len(looks))
    flow = _flow(nearest, tracks, len(looks))
    kept = counts >= max(2.0, RARE * len(nearest))
    kept[counts.argmax()] = True
    group = connected_components(flow[np.ix_(kept, kept)], directed=False)[1]
    sizes = np.bincount(group, weights=counts[kept])
    order = np.argsort(-sizes, kind="stable")
    rank = np.argsort(order)
    sorted_looks = np.argsort(rank[group], kind="stable")
    shares = tuple((sizes[order] / sizes.sum()).tolist())
    return Kinds(looks[kept][sorted_looks], rank[group][sorted_looks], shares, features)


def _flow(
    nearest: Int[np.ndarray, " n"], tracks: Sequence[Int[np.ndarray, " n"]], count: int
) -> Float[np.ndarray, "looks looks"]:
    """Return which looks an object often passes between from one frame to the next."""
    steps: Counter[tuple[int, int]] = Counter()
    before: dict[int, int] = {}
    start = 0
    for ids in tracks:
        now = dict(zip(ids.tolist(), nearest[start : start + len(ids)].tolist(), strict=True))
        steps.update((before[track], look) for track, look in now.items() if track in before)
        before, start = now, start + len(ids)
    flow = np.zeros((count, count))
    for (source, target), times in steps.items():
        flow[source, target] = times
    return np.asarray(flow >= FLOW * np.maximum(flow.sum(axis=1, keepdims=True), 10.0))
