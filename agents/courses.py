"""Where others will come level with the controlled object, on its own axis, and in how many steps.

The axis is that along which the actions move the controlled object: across for the paddle of Breakout, up and
down for that of Pong. What comes nearer on the other axis comes level with it after a while, if it goes on as
it does; that place tells where to be much earlier than the present place does. A course is coded as a cell of
`relations.fine_code`: columns are places along the axis, rows are agent steps.
"""

import numpy as np
from numba import njit

from dsrl.agents.merging import moving, span
from dsrl.agents.relations import ABSENT, HEIGHT, STILL, WIDTH, Code, exchanged, fine_code
from dsrl.agents.tables import Key

HORIZON = 25
"""Agent steps beyond which a course says nothing."""
STEPS = 2
"""Agent steps that a row of `passing_code` lasts."""
SIDES = (("left of", "right of"), ("above", "below"))
"""What is on either side of an object, by axis."""


@njit(cache=True)
def course_code(gap: float, speed: float, offset: float, drift: float, mine_dx: float, mine_dy: float) -> int:
    """Return the code of the cell of a course; `ABSENT` for what does not come level within `HORIZON`.

    `gap` and `speed` are the other's place and change on the axis across the way, native pixels and native
    pixels per agent step; `offset` and `drift` those along it.
    """
    if gap * speed >= 0 or abs(speed) <= STILL or abs(gap) >= HORIZON * abs(speed):
        return ABSENT
    steps = -gap / speed
    return fine_code(offset + drift * steps, HEIGHT * steps, drift, 0.0, mine_dx, mine_dy)


@njit(cache=True)
def bounced(place: float, least: float, greatest: float) -> float:
    """Return where a place comes to lie between two walls that it bounces off, up to four times.

    >>> bounced(25.0, 0.0, 20.0), bounced(45.0, 0.0, 20.0), bounced(45.0, np.nan, np.nan)
    (15.0, 5.0, 45.0)
    """
    for _ in range(4):
        if place < least:
            place = 2 * least - place
        elif place > greatest:
            place = 2 * greatest - place
    return place


@njit(cache=True)
def passing_code(gap: float, speed: float, place: float) -> int:
    """Return the code of the cell of a course seen from where the controlled object will come to rest.

    `place` is the other's, along the axis and relative to that, once it comes level. What has passed is told
    by how long ago, and on which side it is: what was returned goes away just as what was missed does.
    """
    if gap == 0.0 or abs(speed) <= STILL or abs(gap) >= HORIZON * abs(speed):
        return ABSENT
    rows = abs(gap / speed) / STEPS
    if gap * speed > 0:
        return fine_code(0.0, -HEIGHT * (1 + rows), 0.0, np.sign(gap), 0.0, 0.0)
    return fine_code(place, HEIGHT * rows, 0.0, 0.0, 0.0, 0.0)


def course_image(code: Code, across: bool, down: bool, axis: int) -> Code:
    """Return the code of what a course is in a mirror: its place along the axis is on the other side.

    >>> from dsrl.agents.relations import fields
    >>> code = course_code(-20.0, 10.0, 4.0, 3.0, 0.0, 5.0)
    >>> fields(code), fields(int(course_image(code, across=True, down=False, axis=0)))
    ((1, 2, 1, 0, 0, 1), (-2, 2, -1, 0, 0, 1))
    """
    return exchanged(code, ((across, down)[axis], False), (across, down))


def course_words(low: Key, high: Key, me: str, other: str, axis: int) -> str:
    """Return courses between two corners, of cells as `relations.fields` has them, in words.

    What is not told may be anything; empty corners are those of what does not come level.

    >>> from dsrl.agents.relations import fields
    >>> cell = fields(course_code(-20.0, 10.0, 4.0, 3.0, 0.0, 0.0))
    >>> course_words(cell, cell, "paddle", "ball", axis=0)
    'ball level with paddle in 2-3 steps, 8-16 px right of it, moving right, while paddle is standing still'
    >>> course_words((-2, 1, 0, 0, -1, -1), (0, 3, 1, 0, 1, 1), "player", "ball", axis=1)
    'ball level with player in 1-4 steps, 16 px above to 8 px below it, moving not up'
    """
    if not low:
        return f"no {other} coming level with {me}"
    first, steps, drift, _, mine_across, mine_down = zip(low, high, strict=True)
    place = span(first[0] * WIDTH, (first[1] + 1) * WIDTH, *SIDES[axis])
    free = (-1, 1)
    theirs = moving(drift, free) if axis == 0 else moving(free, drift)
    own = moving(mine_across, mine_down)
    said = f"{other} level with {me} in {steps[0]}-{steps[1] + 1} steps, {place} it"
    return said + (f", {theirs}" if theirs else "") + (f", while {me} is {own}" if own else "")


def passing_words(low: Key, high: Key, me: str, other: str, axis: int) -> str:
    """Return courses between two corners, of cells that have the codes of `passing_code`, in words.

    >>> from dsrl.agents.relations import fields
    >>> cells = [fields(passing_code(gap, 10.0, 4.0)) for gap in (-30.0, 10.0)]
    >>> for cell in cells:
    ...     print(passing_words(cell, cell, "paddle", "ball", axis=1))
    ball level with paddle in 2-4 steps, 0-8 px below where it will rest
    ball right of paddle, level with it 0-2 steps ago
    """
    if not low:
        return f"no {other} coming level with {me}"
    columns, rows, _, sides, *_ = zip(low, high, strict=True)
    if rows[0] >= 0:
        place = span(columns[0] * WIDTH, (columns[1] + 1) * WIDTH, *SIDES[axis])
        steps = f"in {rows[0] * STEPS}-{(rows[1] + 1) * STEPS} steps"
        return f"{other} level with {me} {steps}, {place} where it will rest"
    steps = f"{max(0, -(rows[1] + 2) * STEPS)}-{-(rows[0] + 1) * STEPS} steps ago"
    before, behind = SIDES[1 - axis]
    side = {(-1, -1): before, (1, 1): behind}.get(sides, "beside")
    return f"{other} {side} {me}, level with it {steps}" + (" or soon" if rows[1] >= 0 else "")
