"""What the back-off learner's relations are called, and which of their cells say something."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dsrl.agents.courses import course_words, passing_words
from dsrl.agents.merging import Region, merge
from dsrl.agents.relations import MIDDLE, key_of, own_words, region_words, words
from dsrl.agents.rules import Names
from dsrl.agents.tables import Key


class Relation(NamedTuple):
    """What a tree of cells is about."""

    kind: int
    course: bool
    """Whether it tells where the other will come level, not where it is."""


class Speaker(NamedTuple):
    """Puts relations to the controlled kind, which moves along an axis, into words."""

    controlled: int
    axis: int
    resting: bool = False
    """Whether it is seen where it will come to rest; how it moves is then not told."""

    def words(self, about: Relation, low: Key, high: Key, names: Names) -> str:
        """Return the cells of a relation between two corners in words."""
        me = names.kind(self.controlled)
        here = f"where {me} will rest" if self.resting and low else me
        if about.kind == MIDDLE:
            return own_words(low, high, here)
        other = f"other {me}" if about.kind == self.controlled else names.kind(about.kind)
        if about.course:
            say = passing_words if self.resting else course_words
            return say(low, high, me, other, self.axis)
        if self.resting:
            return region_words(low and (*low[:4], -1, -1), high and (*high[:4], 1, 1), here, other)
        return words(low, me, other) if low == high else region_words(low, high, me, other)

    def regions(
        self, rows: Iterable[tuple[int, list[float], list[int]]], about: Relation
    ) -> Iterator[Region]:
        """Yield what is known where the other is there, and where it is not; to be alone says nothing."""
        cells = [(key_of(code), values, visits) for code, values, visits in rows]
        yield from merge(cell for cell in cells if cell[0])
        if about.kind not in (MIDDLE, self.controlled):
            yield from merge(cell for cell in cells if not cell[0])
