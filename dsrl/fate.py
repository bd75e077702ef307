"""Which kinds are objects of their own, told by their fate, without labels.

What keeps its place beside another, wherever that moves, is a part of it (common fate, Wertheimer 1923). What
does not move, and is a single row of pixels or comes and goes, is scenery: waves, stripes and flashes.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from dsrl.extraction import Detections
from dsrl.kinds import Kinds

SELDOM, NEVER = 0.1, 0.02
"""Shares of its steps below which a kind seldom moves, and never."""
STAYS = 0.9
"""Share of its sightings in which what stands still was there a step before; what flickers was not."""
ALWAYS, WAYS = 0.9, 3
"""Share of the sightings of a part that it is beside its whole, in one of so many ways."""
TOUCH = 1
"""Native pixels between two boxes that touch, at most."""


def are_objects(
    frames: Sequence[Detections], tracks: Sequence[Int[np.ndarray, " n"]], kinds: Kinds
) -> Bool[np.ndarray, " kinds"]:
    """Return which kinds of consecutive frames are neither scenery nor parts; `tracks` follow objects."""
    kind = [kinds.classify(detections) for detections in frames]
    moves, stays = fates([detections.boxes for detections in frames], tracks, kind, len(kinds))
    row = (kinds.main_sizes[:, 1] == 1) & (moves < SELDOM)
    flicker = (moves < NEVER) & (stays < STAYS)
    part = are_parts([detections.boxes for detections in frames], kind, moves >= SELDOM)
    return np.asarray(~(row | flicker | part))


def fates(
    boxes: Sequence[Int[np.ndarray, "n 4"]],
    tracks: Sequence[Int[np.ndarray, " n"]],
    kinds: Sequence[Int[np.ndarray, " n"]],
    count: int,
) -> tuple[Float[np.ndarray, " kinds"], Float[np.ndarray, " kinds"]]:
    """Return the share of its steps in which each kind moved, and of its sightings that go on from a step."""
    box, track, kind = map(np.concatenate, (boxes, tracks, kinds))
    step = np.repeat(np.arange(len(boxes)), list(map(len, boxes)))
    order = np.lexsort([step, track])
    change = np.diff(box[order], axis=0, prepend=box[order[:1]])
    goes_on = (np.diff(track[order], prepend=-1) == 0) & (np.diff(step[order], prepend=-1) == 1)
    moved = goes_on & (change[:, :2] == change[:, 2:]).all(axis=1) & change.any(axis=1)
    seen, on, moves = (
        np.bincount(kind[order], weights=which, minlength=count)
        for which in (np.ones(len(order)), goes_on, moved)
    )
    return moves / np.maximum(on, 1), on / np.maximum(seen, 1)


def are_parts(
    boxes: Sequence[Int[np.ndarray, "n 4"]],
    kinds: Sequence[Int[np.ndarray, " n"]],
    moving: Bool[np.ndarray, " kinds"],
) -> Bool[np.ndarray, " kinds"]:
    """Return which of the kinds that move are all but always in the same few ways beside a larger one."""
    ways: dict[tuple[int, int], Counter[tuple[int, int]]] = defaultdict(Counter)
    seen: Counter[int] = Counter()
    for box, kind in zip(boxes, kinds, strict=True):
        seen.update(kind.tolist())
        gap = np.maximum(box[:, None, :2], box[:, :2]) - np.minimum(box[:, None, 2:], box[:, 2:])
        size = (box[:, 2:] - box[:, :2]).prod(axis=1)
        both = moving[kind][:, None] & moving[kind] & (size[:, None] < size)
        for part, whole in np.argwhere(both & (gap.max(axis=2) <= TOUCH)).tolist():
            across, down = (box[part, :2] - box[whole, :2]).tolist()
            ways[int(kind[part]), int(kind[whole])][across, down] += 1
    result = np.zeros(len(moving), dtype=bool)
    for (part, whole), places in ways.items():
        beside = sum(times for _, times in places.most_common(WAYS))
        result[part] |= part != whole and beside >= ALWAYS * seen[part]
    return result
