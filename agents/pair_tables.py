"""A Q table per ordered pair of kinds, as the learners of 2016 and 2018 keep them: read, saved, restored."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dsrl.agents.merging import Region, merge, moving, span
from dsrl.agents.rules import Names, Rule, rule
from dsrl.agents.sight import oldest_row
from dsrl.agents.tables import Key, QTable
from dsrl.interactions import Interaction
from dsrl.symbols import Rows

Kinds = tuple[int, int]


class Pair(NamedTuple):
    """An interaction and the table entry that it falls into."""

    interaction: Interaction
    key: Key


class PairTables:
    """The tables of a learner, by the kinds of the two objects, each made when it is first needed."""

    def __init__(self, n_actions: int, cell: float) -> None:
        self.n_actions, self.cell = n_actions, cell
        self.tables: dict[Kinds, QTable] = {}

    def own_row(self, rows: Rows, kind: int) -> int:
        """Return the row of the oldest object of a kind, or -1."""
        return oldest_row(rows, kind)

    def _values(self, pair: Pair) -> list[float]:
        return self._table(pair).values(pair.key)

    def _table(self, pair: Pair) -> QTable:
        table = self.tables.get(pair.interaction.kinds)
        if table is None:
            table = self.tables[pair.interaction.kinds] = QTable(self.n_actions)
        return table

    def rules(self, names: Names, min_visits: int) -> list[Rule]:
        """Return regions of cells, each with at least `min_visits`, as sentences."""
        found = [
            rule(self.region_words(kinds, region, names), region.values, region.visits, names.actions)
            for kinds, table in self.tables.items()
            for region in merge((key, cell.values, cell.visits) for key, cell in table)
            if sum(region.visits) >= min_visits
        ]
        return sorted((one for one in found if one), key=lambda one: (-one.strength, one.situation))

    def region_words(self, kinds: Kinds, region: Region, names: Names) -> str:
        """Return the cells of a region in words; what is not told may be anything."""
        if region.low == region.high:
            return self.words(kinds, region.low, names)
        columns, rows, across, down = zip(region.low, region.high, strict=True)
        places = [
            span((low - 0.5) * self.cell, (high + 0.5) * self.cell, *ways)
            for (low, high), ways in [(columns, ("left of", "right of")), (rows, ("above", "below"))]
        ]
        motion = {"standing still": "moving together"}.get(how := moving(across, down) or "", how)
        first, second = names.kind(kinds[0]), names.kind(kinds[1])
        return f"{second} {' and '.join(places)} {first}" + (f", {motion}" if motion else "")

    def words(self, kinds: Kinds, key: Key, names: Names) -> str:
        """Return a cell in words, the second object seen from the first.

        >>> tables = PairTables(n_actions=2, cell=8.0)
        >>> tables.words((0, 1), (-2, 0, 1, -1), Names(actions=[], kinds=["paddle", "ball"]))
        'ball 12-20 px left of paddle, moving right and up'
        """
        column, row, horizontal, vertical = key
        parts = [self._apart(column, "left of", "right of"), self._apart(row, "above", "below")]
        place = " and ".join(part for part in parts if part) or "at"
        motion = [("left", "", "right")[horizontal + 1], ("up", "", "down")[vertical + 1]]
        moving = " and ".join(word for word in motion if word)
        first, second = names.kind(kinds[0]), names.kind(kinds[1])
        return f"{second} {place} {first}, {f'moving {moving}' if moving else 'moving together'}"

    def _apart(self, steps: int, negative: str, positive: str) -> str:
        near, far = (abs(steps) - 0.5) * self.cell, (abs(steps) + 0.5) * self.cell
        return f"{near:g}-{far:g} px {negative if steps < 0 else positive}" if steps else ""

    def measures(self) -> dict[str, float]:
        """Return the number of tables and of visited cells."""
        return {"tables": len(self.tables), "cells": sum(map(len, self.tables.values()))}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of every table, as `<kind>-<kind>.<array>`."""
        return {
            f"{first}-{second}.{name}": array
            for (first, second), table in self.tables.items()
            for name, array in table.arrays().items()
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Read the tables back, in the order in which they were first met."""
        self.tables = {}
        for name in arrays:
            pair, _, array = name.partition(".")
            if array == "keys":
                first, second = map(int, pair.split("-"))
                parts = {part: arrays[f"{pair}.{part}"] for part in ("keys", "values", "visits")}
                self.tables[first, second] = QTable.from_arrays(parts)
