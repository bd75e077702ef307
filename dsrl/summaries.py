"""What the trainings of a study come to, as tables and curves; a result is a cell with its measures.

Means are over seeds. Rates and distortions are in nats per frame.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from dsrl.studies import METHODS, Part

Result = Mapping[str, Any]
Points = list[tuple[float, float]]


class Measure(NamedTuple):
    """A column: what it is called, what it says, and how it is written."""

    name: str
    title: str
    meaning: str
    digits: int
    share: bool = False
    """Between 0 and 1, the more the better."""


MEASURES = [
    Measure(
        "explained", "drawn", "share of the variance of grey levels that reconstructions explain", 2, True
    ),
    Measure("rate", "rate", "divergence from the prior, nats per frame", 1),
    Measure("latent_f1", "F1 map", "F1 of the islands of divergence alone, within 5 px of a box", 2, True),
    Measure("symbols_f1", "F1 symbols", "F1 of the symbols of any kind, within 5 px of a box", 2, True),
    Measure("probe", "probe", "share of the distance to places that a linear probe explains", 2, True),
]
"""What methods are compared by."""
DISTORTION = Measure("distortion", "distortion", "reconstruction term of held-out frames, nats per frame", 1)


class Entry(NamedTuple):
    """One figure of a table."""

    text: str
    share: float | None = None
    """Where it lies between 0 and 1, for a bar behind it."""


class Table(NamedTuple):
    """Rows under columns that stand in groups."""

    caption: str
    heads: tuple[str, ...]
    """Titles of the first columns, which name the rows."""
    groups: tuple[str, ...]
    """Titles over the other columns, each over as many of them."""
    columns: tuple[Measure, ...]
    """Of each group."""
    rows: list[tuple[tuple[str, ...], list[Entry]]]


def mean(results: Iterable[Result], name: str) -> float | None:
    """Return the mean of a measure, or None where nobody measured it."""
    values = [float(one[name]) for one in results if one.get(name) is not None]
    return float(np.mean(values)) if values else None


def entry(value: float | None, measure: Measure) -> Entry:
    """Return a figure as it is shown."""
    if value is None:
        return Entry("-")
    digits = measure.digits if abs(value) < 1000 else 0
    return Entry(f"{value:,.{digits}f}", min(max(value, 0.0), 1.0) if measure.share else None)


def tabulate(
    results: Sequence[Result],
    keys: Mapping[str, str],
    group: str,
    measures: Sequence[Measure],
) -> Table:
    """Return a row for each combination of `keys` (field to title), a group of columns for each `group`."""
    columns = tuple(one for one in measures if any(result.get(one.name) is not None for result in results))
    groups = tuple(dict.fromkeys(str(result[group]) for result in results))
    names = dict.fromkeys(tuple(result[key] for key in keys) for result in results)
    rows = []
    for name in names:
        mine = [one for one in results if tuple(one[key] for key in keys) == name]
        figures = [
            entry(mean([one for one in mine if str(one[group]) == title], column.name), column)
            for title in groups
            for column in columns
        ]
        rows.append((tuple(f"{part:g}" if isinstance(part, float) else str(part) for part in name), figures))
    caption = "; ".join(f"{column.title}: {column.meaning}" for column in columns)
    return Table(caption, tuple(keys.values()), groups, columns, rows)


def compare_methods(results: Sequence[Result]) -> Table:
    """Return what each method comes to on each game."""
    known = [{**one, "section": METHODS[one["method"]].section} for one in results]
    keys = {"method": "method", "section": "thesis", "network": "network", "beta": "beta"}
    return tabulate(known, keys, "game", MEASURES)


def compare_betas(results: Sequence[Result]) -> Table:
    """Return distortion and rate at each beta of each game."""
    measures = [DISTORTION, *MEASURES[1:4]]
    rising = sorted(results, key=itemgetter("beta"))
    return tabulate(rising, {"beta": "beta"}, "game", measures)


def compare_norms(results: Sequence[Result]) -> Table:
    """Return what each place of batch normalisation comes to."""
    measures = [DISTORTION, *MEASURES[:4]]
    keys = {"batch_norm": "batch normalisation"}
    return tabulate(results, keys, "game", measures)


def over_beta(results: Sequence[Result], name: str) -> Points:
    """Return a measure at each beta, from the least."""
    betas = sorted({float(one["beta"]) for one in results})
    return [
        (beta, value)
        for beta in betas
        if (value := mean([one for one in results if one["beta"] == beta], name)) is not None
    ]


def breaks(points: Points, rising: bool) -> list[tuple[float, float]]:
    """Return each pair of neighbouring x between which a curve does not go the way that it should.

    Less than a hundredth of the whole range counts for nothing: two trainings that have collapsed alike.

    >>> breaks([(1, 5.0), (2, 6.0), (4, 5.5), (8, 5.495)], rising=True)
    [(2, 4)]
    """
    sign = 1 if rising else -1
    values = [y for _, y in points]
    nothing = (max(values) - min(values)) / 100
    return [(x0, x1) for (x0, y0), (x1, y1) in pairwise(points) if sign * (y1 - y0) < -nothing]


class Price(NamedTuple):
    """What a nat of the code is worth between two neighbouring betas."""

    low: float
    high: float
    nats: float
    """Of distortion, more for each nat of rate less; infinite where rate does not fall."""


def prices(results: Sequence[Result]) -> list[Price]:
    """Return what each step of beta pays: on the best curve the price lies between the two betas.

    The loss D + beta * R is least where -dD/dR = beta (Alemi et al. 2018). A price under both betas says
    that the code of the lower one carried nats that drew nothing: its training was too short.
    """
    rates, distortions = (over_beta(results, name) for name in ("rate", "distortion"))
    return [
        Price(low, high, (d1 - d0) / (r0 - r1) if r0 > r1 else float("inf"))
        for ((low, r0), (high, r1)), ((_, d0), (_, d1)) in zip(
            pairwise(rates), pairwise(distortions), strict=True
        )
    ]


def tell_curve(game: str, results: Sequence[Result]) -> str:
    """Return in words how distortion and rate of a game go with beta, and what a nat is worth."""
    told = []
    for name, rising, verb in (("distortion", True, "rises"), ("rate", False, "falls")):
        points = over_beta(results, name)
        ends = f"{verb} from {points[0][1]:,.1f} to {points[-1][1]:,.1f} nats"
        wrong = " and ".join(f"from beta {low:g} to {high:g}" for low, high in breaks(points, rising))
        told.append(f"{name} {ends}" + (f", but not {wrong}" if wrong else ", at every step"))
    worth = [
        f"{price.nats:.2g} (beta {price.low:g} to {price.high:g})"
        for price in prices(results)
        if 0 < price.nats < float("inf")
    ]
    told_worth = f" A nat of code less costs so many nats of distortion: {', '.join(worth)}." if worth else ""
    return f"{game}: {'; '.join(told)}.{told_worth}"


def games_of(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Return the results of each game."""
    games = dict.fromkeys(str(one["game"]) for one in results)
    return [(game, [one for one in results if one["game"] == game]) for game in games]


def answer(parts: Sequence[tuple[str, Sequence[Result]]], rivals: Mapping[str, float]) -> list[str]:
    """Return in words what the labels say of each comparison of methods; nothing without labels."""
    told = []
    for title, results in parts:
        measured = [one for one in results if one.get("latent_f1") is not None]
        rows = [
            (f"{method} ({network})", mean(mine, "latent_f1") or 0.0, mean(mine, "symbols_f1") or 0.0)
            for method, network in dict.fromkeys((one["method"], one["network"]) for one in measured)
            if (mine := [one for one in measured if (one["method"], one["network"]) == (method, network)])
        ]
        if rows:
            by_map, by_symbols = (max(rows, key=itemgetter(at)) for at in (1, 2))
            told.append(
                f"{title}: the divergence alone tells places best with {by_map[0]}, F1 {by_map[1]:.2f}; "
                f"symbols are best with {by_symbols[0]}, F1 {by_symbols[2]:.2f} (means over games and betas)."
            )
    if rivals:
        figures = ", ".join(f"{game} {f1:.2f}" for game, f1 in rivals.items())
        told.append(f"Background subtraction by the same code, without any encoder: F1 {figures}.")
    return told


def training_curves(
    part: Part, results: Sequence[Result], value: str, line: str
) -> dict[str, dict[str, Points]]:
    """Return for each game the lines of a curve over the steps, named by the field `line` of their cells."""
    panels: dict[str, dict[str, Points]] = {}
    for one in results:
        if one["seed"] == part.cells[0].seed:
            points = [(step, figure) for step, figure in one["curve"].get(value, [])]
            panels.setdefault(one["game"], {})[f"{one[line]:g}" if line == "beta" else one[line]] = points
    return panels
