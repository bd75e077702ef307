"""A frame as the learner takes it in: rows of numbers, and the cell of each relation; compiled loops."""

import numpy as np
from jaxtyping import Float64, Int64
from numba import njit

from dsrl.agents.courses import bounced, course_code, passing_code
from dsrl.agents.relations import ABSENT, MIDDLE, fine_code, own_code
from dsrl.agents.whereabouts import NOWHERE, cell_of
from dsrl.symbols import DX, DY, KIND, TRACK, Rows, X, Y

UNKNOWN = -2
"""The row of the controlled object before it was looked for."""
NOTHING: Int64[np.ndarray, " 0"] = np.zeros(0, dtype=np.int64)
"""What is seen before."""
AS_IT_IS: Float64[np.ndarray, " 0 3"] = np.zeros((0, 3))
"""The rest of an object that is seen where it is."""
ANYWHERE: Float64[np.ndarray, " 0 2 2"] = np.zeros((0, 2, 2))
"""The extents of kinds of which none was seen."""


class Scene:
    """The objects of a frame, a row of numbers each; what was found in them is kept."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.me = UNKNOWN
        """Row of the controlled object, -1 where it is not there."""
        self.codes: Int64[np.ndarray, " relations"] = NOTHING
        """Of each relation, once they were looked up."""
        self.strange = False
        """Whether there is an object, beside the controlled one, of a kind that has no relation yet."""


@njit(cache=True)
def controlled_row(rows: Rows, kind: int, information: Float64[np.ndarray, "h w"]) -> int:
    """Return the row of the controlled object, or -1: the oldest of its kind where it may well be.

    `information` says of each cell of the screen how much the actions tell about moves there; an object in a
    cell with less than half of what the best has is another one.
    """
    best = 0.0
    for row in range(len(rows)):
        if rows[row, KIND] == kind:
            best = max(best, information[cell_of(rows[row, X], rows[row, Y])])
    found = -1
    for row in range(len(rows)):
        likely = rows[row, KIND] == kind and 2 * information[cell_of(rows[row, X], rows[row, Y])] >= best
        if likely and (found < 0 or rows[row, TRACK] < rows[found, TRACK]):
            found = row
    return found


def oldest_row(rows: Rows, kind: int) -> int:
    """Return the row of the oldest object of a kind, or -1."""
    return int(controlled_row(rows, kind, NOWHERE))


@njit(cache=True, inline="always")
def nearest_rows(rows: Rows, me: int, kinds: int) -> Int64[np.ndarray, " kinds"]:
    """Return the row of the object of each kind that will be nearest to that of `me`, or -1."""
    found, least = np.full(kinds, -1), np.full(kinds, np.inf)
    for row in range(len(rows)):
        kind = int(rows[row, KIND])
        if row != me and kind < kinds:
            across, down = ahead(rows, row, me)
            if across * across + down * down < least[kind]:
                found[kind], least[kind] = row, across * across + down * down
    return found


@njit(cache=True)
def ahead(rows: Rows, row: int, me: int) -> tuple[float, float]:
    """Return how far right of and below `me` another will be a step ahead, if it goes on as it does."""
    return rows[row, X] + rows[row, DX] - rows[me, X], rows[row, Y] + rows[row, DY] - rows[me, Y]


@njit(cache=True)
def see(
    rows: Rows,
    kind: int,
    information: Float64[np.ndarray, "h w"],
    axis: int,
    relation_of: Int64[np.ndarray, " kinds"],
    relations: int,
    rest: Float64[np.ndarray, "n 3"],
    extents: Float64[np.ndarray, "kinds 2 2"],
) -> tuple[int, bool, Int64[np.ndarray, " relations"]]:
    """Return the row of the controlled object, or -1, whether it sees a strange one, and what `look` does.

    With the `rest` of a `Momentum` it is seen where it will come to rest, and so are courses.
    """
    me = controlled_row(rows, kind, information)
    if me < 0:
        return me, False, np.full(relations, ABSENT)
    seen = at_rest(rows, me, rest) if len(rest) else rows
    codes = look(seen, me, axis, relation_of, relations, len(rest) > 0, extents)
    return me, strangers(rows, me, relation_of), codes


@njit(cache=True)
def at_rest(rows: Rows, me: int, rest: Float64[np.ndarray, "2 3"]) -> Rows:
    """Return rows in which the controlled object, row `me`, stands where it will come to rest.

    It is not taken beyond the places that `rest` has.
    """
    seen = rows.copy()
    for axis in range(2):
        moves, least, greatest = rest[axis]
        place, move = rows[me, X + axis], rows[me, DX + axis]
        seen[me, X + axis] = min(max(place + moves * move, min(place, least)), max(place, greatest))
        seen[me, DX + axis] = 0.0
    return seen


@njit(cache=True)
def strangers(rows: Rows, me: int, relation_of: Int64[np.ndarray, " kinds"]) -> bool:
    """Return whether a kind is there that has no relation yet, the middle of the screen included."""
    for row in range(len(rows)):
        place = MIDDLE + 1 if row == me else int(rows[row, KIND]) + 1
        if place >= len(relation_of) or relation_of[place] < 0:
            return True
    return False


@njit(cache=True, inline="always")
def look(
    rows: Rows,
    me: int,
    axis: int,
    relation_of: Int64[np.ndarray, " kinds"],
    relations: int,
    resting: bool,
    extents: Float64[np.ndarray, "kinds 2 2"],
) -> Int64[np.ndarray, " relations"]:
    """Return the code of each relation, seen from the controlled object, row `me`, which moves along `axis`.

    `relation_of` has the relation of the middle of the screen, then that of the place of each kind, which
    that of its course follows; -1 for none.
    """
    codes = np.full(relations, ABSENT)
    dx, dy = rows[me, DX], rows[me, DY]
    if relation_of[0] >= 0:
        codes[relation_of[0]] = own_code(rows[me, X], rows[me, Y])
    for kind, row in enumerate(nearest_rows(rows, me, len(relation_of) - 1)):
        relation = relation_of[kind + 1]
        if row >= 0 and relation >= 0:
            across, down = ahead(rows, row, me)
            codes[relation] = fine_code(across, down, rows[row, DX], rows[row, DY], dx, dy)
            codes[relation + 1] = (
                passing_from(rows, me, row, axis, extents) if resting else course_from(rows, me, row, axis)
            )
    return codes


@njit(cache=True, inline="always")
def course_from(rows: Rows, me: int, row: int, axis: int) -> int:
    """Return the code of the course of another, seen from `me`, which moves along `axis`."""
    along, across = (X, Y) if axis == 0 else (Y, X)
    speed, drift = (rows[row, DY], rows[row, DX]) if axis == 0 else (rows[row, DX], rows[row, DY])
    gap, offset = rows[row, across] - rows[me, across], rows[row, along] - rows[me, along]
    return course_code(gap, speed, offset, drift, rows[me, DX], rows[me, DY])


@njit(cache=True, inline="always")
def passing_from(rows: Rows, me: int, row: int, axis: int, extents: Float64[np.ndarray, "kinds 2 2"]) -> int:
    """Return the code of the course of another as `passing_code` has it; it bounces where its kind ends."""
    along, across = (X, Y) if axis == 0 else (Y, X)
    speed, drift = (rows[row, DY], rows[row, DX]) if axis == 0 else (rows[row, DX], rows[row, DY])
    gap, kind, place = rows[row, across] - rows[me, across], int(rows[row, KIND]), rows[row, along]
    if gap * speed < 0:
        place -= drift * gap / speed
        if kind < len(extents):
            place = bounced(place, extents[kind, axis, 0], extents[kind, axis, 1])
    return passing_code(gap, speed, place - rows[me, along])
