"""What the controlled object sees: the nearest object of each kind, in cells that nest from coarse to fine.

Places are relative to the controlled object, in native pixels, of where the other will be an agent step ahead
("soon") if it goes on as it does; changes are native pixels per agent step. The middle of the screen is seen
like an object, but dimly, so that the controlled one's own place is a relation as well, and leaves to the
others what they can tell. A cell is known by its code, a number made of its column, row and motions.
"""

from typing import Any

import numpy as np
from numba import njit

from dsrl.agents.merging import moving, span
from dsrl.agents.tables import Key

LEVELS = 3
WIDTH, HEIGHT = 8, 4
"""Size of the finest cells, native pixels; twice as large in the middle level, four times in the coarse."""
STILL, FAST = 0.9, 5.0
"""Changes up to the first count as none, beyond the second as fast."""

MIDDLE = -1
"""The kind of the middle of the screen."""
MIDDLE_X, MIDDLE_Y = 80.0, 105.0
"""Its place, native pixels."""
DIM = 4
"""How much larger the cells are in which it is seen."""
ABSENT = 0
"""The code, at every level, of a relation whose other object is not there."""

COLUMNS, ROWS = 48, 112
"""Finest cells across and down that places can lie in: the screen and back; what is beyond is at the edge."""
CODES = 1 + COLUMNS * ROWS * 3 * 5 * 3 * 3
"""Codes that there are at the finest level."""
Code = Any
"""An int, or an array of them."""


@njit(cache=True)
def direction(change: float) -> int:
    """Return -1 for left or up, 1 for right or down, 0 for hardly any change."""
    return int(change > STILL) - int(change < -STILL)


@njit(cache=True)
def fine_code(x: float, y: float, dx: float, dy: float, mine_dx: float, mine_dy: float) -> int:
    """Return the code of the finest cell of a place and its change, and of the controlled object's change."""
    column = min(max(int(x // WIDTH) + COLUMNS // 2, 0), COLUMNS - 1)
    row = min(max(int(y // HEIGHT) + ROWS // 2, 0), ROWS - 1)
    down = direction(dy) + int(dy > FAST) - int(dy < -FAST)
    moving = (direction(dx) + 1) * 5 + down + 2
    mine = (direction(mine_dx) + 1) * 3 + direction(mine_dy) + 1
    return 1 + ((column * ROWS + row) * 15 + moving) * 9 + mine


@njit(cache=True)
def own_code(x: float, y: float) -> int:
    """Return the code of the cell of the controlled object's own place: where the middle of the screen is.

    >>> fields(own_code(100.0, 105.0))  # 20 px to the left
    (-1, 0, 0, 0, 0, 0)
    """
    return fine_code((MIDDLE_X - x) / DIM, (MIDDLE_Y - y) / DIM, 0.0, 0.0, 0.0, 0.0)


def fields(code: int) -> tuple[int, int, int, int, int, int]:
    """Return column, row, motion across and down (2 is fast), and the controlled object's, of a finest cell.

    >>> fields(fine_code(-10.0, -10.0, 3.0, -6.0, 4.0, 0.0))
    (-2, -3, 1, -2, 1, 0)
    """
    place, moving, mine = (code - 1) // 135, (code - 1) // 9 % 15, (code - 1) % 9
    column, row = place // ROWS - COLUMNS // 2, place % ROWS - ROWS // 2
    return column, row, moving // 5 - 1, moving % 5 - 2, mine // 3 - 1, mine % 3 - 1


def image(code: Code, across: bool, down: bool) -> Code:
    """Return the code of what a finest cell is in a mirror that exchanges left and right, or up and down.

    >>> fields(int(image(fine_code(-10.0, -10.0, 3.0, -6.0, 4.0, 0.0), across=True, down=False)))
    (1, -3, -1, -2, -1, 0)
    """
    return exchanged(code, (across, down), (across, down))


def exchanged(code: Code, theirs: tuple[bool, bool], mine: tuple[bool, bool]) -> Code:
    """Return a code with left and right, and up and down, exchanged in its place and motion, and in mine."""
    digits, sizes = code - 1, (COLUMNS, ROWS, 3, 5, 3, 3)
    sides, seen, unit = (*theirs, *theirs, *mine), 1, 1
    for size, exchange in zip(reversed(sizes), reversed(sides), strict=True):
        digits, digit = np.divmod(digits, size)
        seen, unit = seen + unit * (size - 1 - digit if exchange else digit), unit * size
    return (code > ABSENT) * seen


@njit(cache=True)
def middle_code(code: Code) -> Code:
    """Return the code of the middle cell around a finest one: of fast motion and its own it knows no more."""
    place, moving = (code - 1) // 135, (code - 1) // 9 % 15
    corner = place // ROWS // 2 * ROWS + place % ROWS // 2
    down = np.sign(moving % 5 - 2)
    return (code > ABSENT) * (1 + corner * 9 + moving // 5 * 3 + down + 1)


@njit(cache=True)
def coarse_code(middle: Code) -> Code:
    """Return the code of the coarse cell around a middle one, which tells only motion across apart."""
    place, across = (middle - 1) // 9, (middle - 1) % 9 // 3
    corner = place // ROWS // 2 * ROWS + place % ROWS // 2
    return (middle > ABSENT) * (1 + corner * 3 + across)


def key_of(code: int) -> Key:
    """Return what a finest cell is known by among its neighbours: its fields, or nothing when absent."""
    return () if code == ABSENT else fields(code)


def words(cell: Key, me: str, other: str) -> str:
    """Return a finest cell, its fields or nothing, in words.

    >>> words(fields(fine_code(-10.0, -10.0, 3.0, -6.0, 4.0, 0.0)), me="paddle", other="ball")
    'ball soon 8-16 px left of and 8-12 px above paddle, moving right and fast up, while paddle moves right'
    """
    if not cell:
        return f"no {other} beside {me}"
    column, row, across, down, mine_across, mine_down = cell
    place = f"{_apart(column, WIDTH, 'left', 'right')} of and {_apart(row, HEIGHT, 'above', 'below')} {me}"
    speed = "fast " if abs(down) > 1 else ""
    motion = _motion(across, down, speed)
    mine = _motion(mine_across, mine_down)
    theirs = f", moving {motion}" if motion else ""
    soon = " soon" if motion else ""
    return f"{other}{soon} {place}{theirs}" + (f", while {me} moves {mine}" if mine else "")


def region_words(low: Key, high: Key, me: str, other: str) -> str:
    """Return finest cells between two corners in words; what is not told may be anything.

    >>> region_words((-2, -3, 0, -2, -1, -1), (0, -3, 1, -2, 1, 1), me="paddle", other="ball")
    'ball soon 16 px left of to 8 px right of and 8-12 px above paddle, moving not left and fast up'
    """
    if not low:
        return words(low, me, other)
    places = list(zip(low, high, strict=True))
    across = span(places[0][0] * WIDTH, (places[0][1] + 1) * WIDTH, "left of", "right of")
    down = span(places[1][0] * HEIGHT, (places[1][1] + 1) * HEIGHT, "above", "below")
    theirs, own = moving(places[2], places[3], fastest=2), moving(places[4], places[5])
    soon = " soon" if any(any(field) for field in places[2:4]) else ""
    place = f"{other}{soon} {across} and {down} {me}"
    return place + (f", {theirs}" if theirs else "") + (f", while {me} is {own}" if own else "")


def own_words(low: Key, high: Key, me: str) -> str:
    """Return own places between two corners in words.

    >>> here = fields(own_code(100.0, 105.0))
    >>> own_words(here, here, me="paddle")
    'middle of the screen 0-32 px left of and 0-16 px below paddle'
    """
    if not low:
        return f"no {me}"
    across = span(low[0] * WIDTH * DIM, (high[0] + 1) * WIDTH * DIM, "left of", "right of")
    down = span(low[1] * HEIGHT * DIM, (high[1] + 1) * HEIGHT * DIM, "above", "below")
    return f"middle of the screen {across} and {down} {me}"


def _apart(cell: int, side: int, negative: str, positive: str) -> str:
    near, far = (cell * side, (cell + 1) * side) if cell >= 0 else (-(cell + 1) * side, -cell * side)
    return f"{near}-{far} px {positive if cell >= 0 else negative}"


def _motion(across: int, down: int, speed: str = "") -> str:
    horizontal, vertical = ("", "right", "left")[across], ("", "down", "down", "up", "up")[down]
    return " and ".join(word for word in (horizontal, vertical and speed + vertical) if word)
