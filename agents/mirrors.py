"""Games that are the same in a mirror: each step tells of another one there, which was not made.

A mirror exchanges left and right on the screen, or up and down, or both; what an action does in it another
one does outside, which is called alike but for the side (Zinkevich & Balch 2001: symmetries of decision
processes). Which mirrors a game has is found from how actions move the controlled object.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from dsrl.agents.backoff_table import BackoffTable, Reflection
from dsrl.agents.courses import course_image
from dsrl.agents.relations import CODES, MIDDLE, Code, image
from dsrl.agents.speaker import Relation
from dsrl.control import ALIKE

SIDES = ("LEFT|RIGHT", "UP|DOWN", "LEFT|RIGHT|UP|DOWN")
"""What may be exchanged in the names of actions."""
OPPOSITE = {"LEFT": "RIGHT", "RIGHT": "LEFT", "UP": "DOWN", "DOWN": "UP"}
MATCH = 0.5
"""Moves in a mirror are those of the exchanged actions if these are so much nearer than the same actions'."""

Swap = Int64[np.ndarray, " actions"]
"""The action that does in a mirror what each does outside."""


class Mirror(NamedTuple):
    """What is exchanged on the screen, and among the actions."""

    across: bool
    """Left and right."""
    down: bool
    """Up and down."""
    swap: Swap

    def code(self, code: Code, about: Relation, axis: int) -> Code:
        """Return what a code of a relation is in the mirror; the controlled object moves along `axis`."""
        if about.kind == MIDDLE:
            return code  # no mirror need stand in the middle of the screen
        if about.course:
            return course_image(code, self.across, self.down, axis)
        return image(code, self.across, self.down)


def swaps(names: Sequence[str]) -> list[Swap]:
    """Return the ways to exchange sides in the names of actions that give the same names.

    >>> [swap.tolist() for swap in swaps(["NOOP", "UP", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE"])]
    [[0, 1, 3, 2, 5, 4]]
    """
    number = {name: number for number, name in enumerate(names)}
    found = {
        tuple(number.get(re.sub(sides, lambda side: OPPOSITE[side[0]], name), -1) for name in names)
        for sides in SIDES
    }
    return [np.array(swap) for swap in sorted(found - {tuple(number.values())}) if min(swap) >= 0]


def find_mirrors(moves: Float64[np.ndarray, "2 actions 3"], candidates: Sequence[Swap]) -> list[Mirror]:
    """Return the mirrors in which exchanged actions move the controlled object as they do outside.

    `moves` are the shares of moves back, of none and of moves on, along each axis. Only what the actions move
    along an axis can show a mirror there.

    >>> stay, left, right = [0.0, 1.0, 0.0], [0.9, 0.1, 0.0], [0.0, 0.2, 0.8]
    >>> across, down = [stay, left, right], [stay] * 3
    >>> find_mirrors(np.array([across, down]), swaps(["NOOP", "LEFT", "RIGHT"]))
    [Mirror(across=True, down=False, swap=array([0, 2, 1]))]
    """
    found = []
    for across, down in _exchanges(moves):
        seen = np.stack([moves[0, :, ::-1] if across else moves[0], moves[1, :, ::-1] if down else moves[1]])
        apart = [_distance(seen, moves[:, swap]) for swap in candidates]
        if apart and min(apart) < MATCH * _distance(seen, moves):
            found.append(Mirror(across, down, candidates[int(np.argmin(apart))]))
    return found


class Images:
    """What each finest cell of a table is in each mirror: looked up once, since it never changes."""

    def __init__(self) -> None:
        self.known: dict[tuple[bool, bool], Int64[np.ndarray, " c"]] = {}
        """The numbers of images, by what is exchanged."""

    def reflections(
        self, mirrors: Sequence[Mirror], table: BackoffTable, relations: Sequence[Relation], axis: int
    ) -> list[Reflection]:
        """Return the mirrors as a table sees them, in which images that are new get cells of their own."""
        for _ in range(2):  # the image in one mirror has images in the others, which are there by then
            for mirror in mirrors:
                seen = self.known.get(mirror[:2], np.zeros(0, dtype=np.int64))
                keys = _turned(table.fine.keys[len(seen) :], mirror, relations, axis)
                self.known[mirror[:2]] = np.concatenate((seen, table.number(keys)))
        return [Reflection(self.known[mirror[:2]], mirror.swap) for mirror in mirrors]


def _turned(
    keys: Int64[np.ndarray, " n"], mirror: Mirror, relations: Sequence[Relation], axis: int
) -> Int64[np.ndarray, " n"]:
    """Return the keys of the images of cells."""
    relation, code = np.divmod(keys, CODES)
    for number in np.unique(relation).tolist():
        here = relation == number
        code[here] = mirror.code(code[here], relations[number], axis)
    return relation * CODES + code


def _exchanges(moves: Float64[np.ndarray, "2 actions 3"]) -> Iterator[tuple[bool, bool]]:
    """Yield what may be exchanged: the sides of axes along which actions move the object to one of them."""
    lopsided = [bool(_distance(one[None], one[None, :, ::-1]) > ALIKE) for one in moves]
    for across, down in ((True, False), (False, True), (True, True)):
        if (lopsided[0] or not across) and (lopsided[1] or not down):
            yield across, down


def _distance(
    these: Float64[np.ndarray, "axes actions 3"], those: Float64[np.ndarray, "axes actions 3"]
) -> float:
    """Return the mean distance of the distributions of an action, on the axis on which it is greater."""
    return float(np.abs(these - those).sum(axis=2).max(axis=0).mean())
