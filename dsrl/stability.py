"""How steady symbols are from step to step, measured against where the objects truly are.

A table can learn only from symbols that stay: an object at its place, under its kind, with its identity. The
truth is read from the emulator's memory, as symbols whose `track` is the object.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from dsrl.labelled import Label
from dsrl.scoring import match, near_centre
from dsrl.symbols import Symbol

BARS = {"deviation": 1.0, "drop_outs": 0.01, "kind_flips": 0.005}
"""What an object may have at most: native pixels, and shares of the steps in which there is one."""
FALSE_BAR = 1.0
"""Symbols of nothing that there may be, per 100 agent steps."""


class Moment(NamedTuple):
    """What was seen in one agent step, and what was there."""

    symbols: Sequence[Symbol]
    truth: Sequence[Symbol]
    """What the last frame shows."""
    fading: Sequence[Symbol] = ()
    """What only the frame before it shows: it may be seen or not."""
    first: bool = False
    """The step is the first of its episode."""


@dataclass
class Record:
    """What became of the objects of one name."""

    steps: int = 0
    errors: list[tuple[float, float]] = field(default_factory=list)
    """Across and down, native pixels, of each step in which one was found."""
    kind_flips: int = 0
    track_switches: int = 0

    def figures(self) -> dict[str, Any]:
        """Return the mean error, the greater standard deviation of both axes, and shares of the steps."""
        errors = np.array(self.errors or [(np.nan, np.nan)])
        return {
            "steps": self.steps,
            "offset": errors.mean(axis=0).round(3).tolist(),
            "deviation": float(errors.std(axis=0).max()),
            "drop_outs": 1 - len(self.errors) / self.steps,
            "kind_flips": self.kind_flips / self.steps,
            "track_switches": self.track_switches / self.steps,
        }


class Stability:
    """Counts, step by step, what a table would suffer from; `names` are those of the truth's kinds."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.records: dict[str, Record] = defaultdict(Record)
        self.steps = self.false = 0
        self._before: dict[int, Symbol] = {}
        """By object, the symbol that it was last seen as."""

    def add(self, moment: Moment) -> list[str]:
        """Count one step, and return in words what was wrong in it."""
        if moment.first:
            self._before = {}
        labels = [self._label(one) for one in moment.truth]
        objects = dict(zip(map(id, labels), moment.truth, strict=True))
        found = {objects[id(label)].track: seen for seen, label in match(moment.symbols, labels, near_centre)}
        faults = [fault for one in moment.truth for fault in self._compare(one, found.get(one.track))]
        self._before |= found
        self.steps += 1
        used = set(map(id, found.values()))
        return faults + self._count_false(
            [one for one in moment.symbols if id(one) not in used], moment.fading
        )

    def _compare(self, truth: Symbol, seen: Symbol | None) -> list[str]:
        """Count one object, and return what is wrong with it."""
        name = self.names[truth.kind]
        record, before = self.records[name], self._before.get(truth.track)
        record.steps += 1
        if seen is None:
            return [f"{name} is missing"]
        record.errors.append((seen.x - truth.x, seen.y - truth.y))
        flipped = before is not None and before.kind != seen.kind
        switched = before is not None and before.track != seen.track
        record.kind_flips += flipped
        record.track_switches += switched
        return [f"{name} flips its kind"] * flipped + [f"{name} switches its track"] * switched

    def _count_false(self, rest: Sequence[Symbol], fading: Sequence[Symbol]) -> list[str]:
        """Count symbols that stand for nothing, not even for what only the earlier frame shows."""
        excused = match(rest, [self._label(one) for one in fading], near_centre)
        self.false += len(rest) - len(excused)
        return ["false symbol"] * (len(rest) - len(excused))

    def _label(self, one: Symbol) -> Label:
        return Label(
            self.names[one.kind], one.x - one.width / 2, one.y - one.height / 2, one.width, one.height
        )

    def figures(self) -> dict[str, Any]:
        """Return the figures of each object, and the false symbols per 100 steps."""
        objects = {name: record.figures() for name, record in self.records.items()}
        return {"steps": self.steps, "false_per_100": 100 * self.false / self.steps, "objects": objects}


def within_bars(figures: dict[str, Any]) -> bool:
    """Return whether every object is as steady as `BARS` ask, and there are few enough false symbols."""
    steady = all(one[name] <= bar for one in figures["objects"].values() for name, bar in BARS.items())
    return bool(steady and figures["false_per_100"] <= FALSE_BAR)
