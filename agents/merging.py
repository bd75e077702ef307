"""Neighbouring cells that advise the same action, put together into regions: fewer and longer rules.

A region is a box of cells, every one of which was visited and advises the region's action. Merging is greedy:
in one direction after the other, as long as two regions fit side by side.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dsrl.agents.tables import Key


class Region(NamedTuple):
    """Cells between two corners, and what is known of them together."""

    low: Key
    """Smallest value of each field."""
    high: Key
    """Largest value, inclusive."""
    values: list[float]
    """Per action: mean over cells, weighted by the visits of the action there."""
    visits: list[int]
    """Per action, over all cells."""
    advice: int
    """The best action of those tried, in every cell."""


def advised(values: list[float], visits: list[int]) -> int | None:
    """Return the best action of those tried; None where fewer than two were, which compares nothing."""
    tried = [action for action, count in enumerate(visits) if count]
    return max(tried, key=lambda action: values[action]) if len(tried) > 1 else None


def merge(rows: Iterable[tuple[Key, list[float], list[int]]]) -> list[Region]:
    """Return the regions of a table's cells, keys all of one length; cells that compare nothing are left out.

    >>> cells = [((0, 3), [1.0, 0.0], [1, 1]), ((1, 3), [4.0, 0.0], [2, 2]), ((2, 3), [0.0, 1.0], [1, 1])]
    >>> for region in merge(cells):
    ...     print(region.low, region.high, region.values, region.visits)
    (0, 3) (1, 3) [3.0, 0.0] [3, 3]
    (2, 3) (2, 3) [0.0, 1.0] [1, 1]
    """
    regions = [
        Region(key, key, values, visits, advice)
        for key, values, visits in rows
        if (advice := advised(values, visits)) is not None
    ]
    fields = range(len(regions[0].low)) if regions else range(0)
    before = -1
    while before != len(regions):
        before = len(regions)
        for field in fields:
            regions = list(_merge_along(field, regions))
    return regions


def _merge_along(field: int, regions: list[Region]) -> Iterator[Region]:
    """Yield the regions, those that follow each other in one field and agree in the others as one."""

    def side(region: Region) -> tuple[Key, Key]:
        return region.low[:field] + region.low[field + 1 :], region.high[:field] + region.high[field + 1 :]

    ordered = sorted(regions, key=lambda region: (side(region), region.low[field]))
    current = ordered[0]
    for following in ordered[1:]:
        touches = side(current) == side(following) and current.high[field] + 1 == following.low[field]
        both = _together(current, following) if touches and current.advice == following.advice else None
        if both is not None and advised(both.values, both.visits) == both.advice:
            current = both
        else:
            yield current
            current = following
    yield current


def _together(one: Region, other: Region) -> Region:
    """Return the region of two that follow each other."""
    visits = [first + second for first, second in zip(one.visits, other.visits, strict=True)]
    parts = zip(one.values, one.visits, other.values, other.visits, visits, strict=True)
    values = [(u * n + v * m) / total if total else (u + v) / 2 for u, n, v, m, total in parts]
    return Region(one.low, other.high, values, visits, one.advice)


def span(low: float, high: float, negative: str, positive: str) -> str:
    """Return a range of places in words.

    >>> span(8, 24, "left of", "right of"), span(-12, -4, "above", "below"), span(-4, 8, "above", "below")
    ('8-24 px right of', '4-12 px above', '4 px above to 8 px below')
    """
    if low >= 0:
        return f"{low:g}-{high:g} px {positive}"
    if high <= 0:
        return f"{-high:g}-{-low:g} px {negative}"
    return f"{-low:g} px {negative} to {high:g} px {positive}"


def moving(across: tuple[int, int], down: tuple[int, int], fastest: int = 1) -> str | None:
    """Return ranges of changes across and down in words; None where both may be anything.

    -1 and 1 are slow; where `fastest` is 2, so far as the way down goes, -2 and 2 are fast.

    >>> moving((1, 1), (-2, -2), 2), moving((0, 0), (1, 2), 2), moving((0, 1), (-1, 1))
    ('moving right and fast up', 'moving down only', 'moving not left')
    """
    if across == down == (0, 0):
        return "standing still"
    ways = _way(*across, 1, "left", "right"), _way(*down, fastest, "up", "down")
    said = " and ".join(filter(None, ways))
    if (0, 0) not in (across, down):
        return f"moving {said}" if said else None
    return f"moving {said} only" if said else "moving straight"


def _way(low: int, high: int, fastest: int, negative: str, positive: str) -> str:
    """Return a range of changes along one way in words; nothing where all are in it, or none but 0."""
    if (low, high) in ((-fastest, fastest), (0, 0)):
        return ""
    if low > 0 or high < 0:
        speed = "fast " if min(abs(low), abs(high)) == 2 else ""
        return speed + (positive if low > 0 else negative)
    if high == 0 or low == 0:
        return f"not {positive if high == 0 else negative}"
    return "not fast" if low == -high else f"not fast {positive if high == 1 else negative}"
