"""What the controlled object sees: the nearest object of each kind, in cells that nest from coarse to fine.

Places are relative to the controlled object, in native pixels; changes are native pixels per agent step.
"""

from collections.abc import Sequence
from math import floor

from dsrl.agents.merging import moving, span
from dsrl.agents.tables import Key
from dsrl.symbols import Symbol

SIDES = ((32, 16), (16, 8), (8, 4))
"""Width and height of a cell, level by level; half as large from one to the next, so that cells nest."""
LEVELS = len(SIDES)
STILL, FAST = 0.9, 5.0
"""Changes up to the first count as none, beyond the second as fast."""


def nearest_of_each_kind(
    symbols: Sequence[Symbol], controlled: int
) -> tuple[Symbol | None, dict[int, Symbol]]:
    """Return the controlled object, the oldest of its kind, and the object of each kind nearest to it.

    >>> paddle, near, far = Symbol(0, 80, 190, 16, 4), Symbol(1, 70, 180, 2, 4), Symbol(1, 9, 9, 2, 4)
    >>> nearest_of_each_kind([far, paddle, near], controlled=0) == (paddle, {1: near})
    True
    """
    me = min(
        (symbol for symbol in symbols if symbol.kind == controlled), key=lambda one: one.track, default=None
    )
    if me is None:
        return None, {}
    nearest: dict[int, Symbol] = {}
    for symbol in sorted(symbols, key=lambda one: -((one.x - me.x) ** 2 + (one.y - me.y) ** 2)):
        if symbol is not me:
            nearest[symbol.kind] = symbol  # nearer ones come later
    return me, nearest


def cells(me: Symbol, other: Symbol) -> tuple[Key, ...]:
    """Return the cell of each level, coarse to fine; finer levels also tell motions apart.

    >>> cells(Symbol(0, 80, 190, 16, 4, dx=4), Symbol(1, 70, 180, 2, 4, dx=3, dy=-6))
    ((-1, -1, 1), (-1, -2, 1, -1), (-2, -3, 1, -2, 1, 0))
    """
    x, y = other.x - me.x, other.y - me.y
    across, down = direction(other.dx), direction(other.dy)
    coarse, middle, fine = ((floor(x / width), floor(y / height)) for width, height in SIDES)
    return (
        (*coarse, across),
        (*middle, across, down),
        (*fine, across, down * (1 + (abs(other.dy) > FAST)), direction(me.dx), direction(me.dy)),
    )


def direction(change: float) -> int:
    """Return -1 for left or up, 1 for right or down, 0 for hardly any change."""
    return (change > STILL) - (change < -STILL)


def words(key: Key, me: str, other: str) -> str:
    """Return a finest cell in words; the empty one is that of an absent object.

    >>> words((-2, -3, 1, -2, 1, 0), me="paddle", other="ball")
    'ball 8-16 px left of and 8-12 px above paddle, moving right and fast up, while paddle moves right'
    """
    if not key:
        return f"no {other} beside {me}"
    column, row, across, down, mine_across, mine_down = key
    width, height = SIDES[-1]
    place = f"{_apart(column, width, 'left', 'right')} of and {_apart(row, height, 'above', 'below')} {me}"
    speed = "fast " if abs(down) > 1 else ""
    motion = _motion(across, down, speed)
    mine = _motion(mine_across, mine_down)
    moving = f", moving {motion}" if motion else ""
    return f"{other} {place}{moving}" + (f", while {me} moves {mine}" if mine else "")


def region_words(low: Key, high: Key, me: str, other: str) -> str:
    """Return finest cells between two corners in words; what is not told may be anything.

    >>> region_words((-2, -3, 0, -2, -1, -1), (0, -3, 1, -2, 1, 1), me="paddle", other="ball")
    'ball 16 px left of to 8 px right of and 8-12 px above paddle, moving not left and fast up'
    """
    if not low:
        return words(low, me, other)
    (width, height), places = SIDES[-1], list(zip(low, high, strict=True))
    across = span(places[0][0] * width, (places[0][1] + 1) * width, "left of", "right of")
    down = span(places[1][0] * height, (places[1][1] + 1) * height, "above", "below")
    theirs, own = moving(places[2], places[3], fastest=2), moving(places[4], places[5])
    place = f"{other} {across} and {down} {me}"
    return place + (f", {theirs}" if theirs else "") + (f", while {me} is {own}" if own else "")


def _apart(cell: int, side: int, negative: str, positive: str) -> str:
    near, far = (cell * side, (cell + 1) * side) if cell >= 0 else (-(cell + 1) * side, -cell * side)
    return f"{near}-{far} px {positive if cell >= 0 else negative}"


def _motion(across: int, down: int, speed: str = "") -> str:
    horizontal, vertical = ("", "right", "left")[across], ("", "down", "down", "up", "up")[down]
    return " and ".join(word for word in (horizontal, vertical and speed + vertical) if word)
