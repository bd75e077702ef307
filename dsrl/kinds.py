"""Types of objects: the table that belongs to an encoder and says which looks are one kind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from dsrl.colours import colour_name
from dsrl.errors import ConfigError, EncoderError, choose
from dsrl.extraction import Detections
from dsrl.files import sha256
from dsrl.looks import FEATURES, Features, Looks, nearest

FORMAT = "dsrl-kinds-1"


@dataclass(frozen=True)
class Kinds:
    """The table of types; kind 0 is the most frequent."""

    looks: Looks
    """Prototypes; of one kind the most frequent comes first."""
    kind_of_look: Int[np.ndarray, " looks"]
    """The type that each prototype belongs to."""
    shares: tuple[float, ...]
    """Share of each kind among the detections that it was found on."""
    features: Features
    """What looks are compared by."""
    names: tuple[str | None, ...]
    """Names that a person gave, by kind."""
    controlled: int | None = None
    """The kind that the actions control; None where that is not known."""
    ignored: frozenset[int] = frozenset()
    """Kinds that are no objects of their own, but scenery or parts of others (see `dsrl.fate`)."""

    def __len__(self) -> int:
        return len(self.shares)

    @property
    def labels(self) -> tuple[str, ...]:
        """What to call each kind: the name that a person gave, or else its colour, width and height.

        Where two would be called alike, the second is numbered.
        """
        first = [int(np.flatnonzero(self.kind_of_look == kind)[0]) for kind in range(len(self))]
        looks = self.looks.take(first)
        seen = [
            f"{colour_name(colour)} {width:g}x{height:g}"
            for colour, (width, height) in zip(looks.colours, looks.sizes, strict=True)
        ]
        called = [name or label for name, label in zip(self.names, seen, strict=True)]
        before = [called[:kind].count(label) for kind, label in enumerate(called)]
        return tuple(
            f"{label} #{count + 1}" if count else label for label, count in zip(called, before, strict=True)
        )

    @cached_property
    def main_sizes(self) -> Int[np.ndarray, "kinds 2"]:
        """Width and height of the most frequent look of each kind, native pixels."""
        first = [int(np.flatnonzero(self.kind_of_look == kind)[0]) for kind in range(len(self))]
        return self.looks.sizes[first].astype(int)

    @cached_property
    def _sizes(self) -> dict[tuple[int, ...], tuple[tuple[int, int], ...]]:
        """Width and height of the looks of each colour."""
        sizes: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        for colour, (width, height) in zip(self.looks.colours.tolist(), self.looks.sizes, strict=True):
            sizes.setdefault(tuple(colour), []).append((int(width), int(height)))
        return {colour: tuple(each) for colour, each in sizes.items()}

    @cached_property
    def _described(self) -> Float[np.ndarray, "looks d"]:
        """What distances to the looks are measured in."""
        return self.looks.describe(self.features)

    def sizes_of(self, red: int, green: int, blue: int) -> tuple[tuple[int, int], ...]:
        """Return width and height of each look of a colour."""
        return self._sizes.get((red, green, blue), ())

    def classify(self, detections: Detections) -> Int[np.ndarray, " n"]:
        """Return the kind of each detection: that of the nearest prototype."""
        look = nearest(Looks.of(detections).describe(self.features), self._described)
        return np.asarray(self.kind_of_look[look])

    def objects(
        self, detections: Detections, kinds: Int[np.ndarray, " n"]
    ) -> tuple[Detections, Int[np.ndarray, " m"]]:
        """Return the detections that are objects of their own, and their kinds."""
        if not self.ignored:
            return detections, kinds
        kept = ~np.isin(kinds, list(self.ignored))
        return Detections(*(column[kept] for column in detections)), kinds[kept]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        kinds = [
            {
                "name": self.names[kind],
                "share": round(share, 4),
                **({"ignored": True} if kind in self.ignored else {}),
                "looks": _rows(self.looks.take(self.kind_of_look == kind)),
            }
            for kind, share in enumerate(self.shares)
        ]
        return {
            "format": FORMAT,
            "features": self.features,
            "controlled": self.controlled,
            "kinds": kinds,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], filters: int) -> "Kinds":
        """Return what `to_json` described, for an encoder of so many latent filters.

        Raises:
            EncoderError: something is missing, of another format or for another encoder.
        """
        try:
            if values["format"] != FORMAT:
                raise ValueError(f"format {values['format']!r} is not {FORMAT!r}")
            kinds = values["kinds"]
            counts = [len(kind["looks"]) for kind in kinds]
            rows = [row for kind in kinds for row in kind["looks"]]
            looks = Looks(
                np.array([(row["width"], row["height"]) for row in rows], dtype=float).reshape(-1, 2),
                np.array([row["colour"] for row in rows], dtype=np.uint8).reshape(-1, 3),
                np.array([row["spectrum"] for row in rows], dtype=float).reshape(-1, filters),
            )
            if not kinds or not all(counts):
                raise ValueError("there must be a kind, and a look of every kind")
            if not all(np.isfinite(column).all() for column in looks) or (looks.sizes <= 0).any():
                raise ValueError("looks must be of finite numbers and positive sizes")
            return cls(
                looks,
                np.repeat(np.arange(len(kinds)), counts),
                tuple(float(kind["share"]) for kind in kinds),
                choose("features", values["features"], FEATURES),  # type: ignore[arg-type]
                tuple(kind["name"] for kind in kinds),
                _controlled(values.get("controlled"), len(kinds)),
                frozenset(index for index, kind in enumerate(kinds) if kind.get("ignored")),
            )
        except (ConfigError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise EncoderError(
                f"the table of kinds is damaged ({error!r}); restore it or make it anew with `dsrl pretrain`"
            ) from error


def sealed(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the hash of all but its names, which a person may write in."""
    kinds = [{name: value for name, value in kind.items() if name != "name"} for kind in table["kinds"]]
    controlled = [table["controlled"]] if table.get("controlled") is not None else []
    content = json.dumps([table["format"], table["features"], kinds, *controlled])
    return {**table, "sha256": sha256(content.encode())}


def unsealed(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a table whose hash is right.

    Raises:
        EncoderError: it is not.
    """
    try:
        if sealed(table)["sha256"] == table["sha256"]:
            return table
    except (KeyError, TypeError) as error:
        raise EncoderError(f"it lacks {error}; restore it or make it anew with `dsrl pretrain`") from error
    raise EncoderError("more than names has changed; restore it or make it anew with `dsrl pretrain`")


def _controlled(value: Any, count: int) -> int | None:
    if value is not None and value not in range(count):
        raise ValueError(f"the controlled kind {value!r} is none of the {count}")
    return None if value is None else int(value)


def _rows(looks: Looks) -> list[dict[str, Any]]:
    """Return one row per look, as the file has it."""
    return [
        {
            "width": float(width),
            "height": float(height),
            "colour": colour.tolist(),
            "spectrum": spectrum.round(3).tolist(),
        }
        for (width, height), colour, spectrum in zip(*looks, strict=True)
    ]
