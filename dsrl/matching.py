"""Kinds of two encoders that are the same, so that tables learned through one go on through the other.

Spectra of two encoders cannot be compared, so kinds are compared by size and colour.
"""

from dataclasses import replace
from itertools import count

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from dsrl.errors import ConfigError
from dsrl.kinds import Kinds
from dsrl.looks import Looks, concatenate

OCTAVE = 1.0
"""Things whose widths or heights differ by a greater power of two are not of one kind."""
NEVER = 1e6
"""The distance of kinds that are not the same."""


def in_numbers_of(known: Kinds, seen: Kinds) -> Kinds:
    """Return the kinds of an encoder under the numbers and names that another one, `known`, has for them.

    What `known` has not gets numbers after its own.

    Raises:
        ConfigError: one of them tells kinds by activation spectra.
    """
    for kinds in (known, seen):
        if kinds.features != "appearance":
            raise ConfigError(
                f"kinds told by {kinds.features!r} cannot be matched with another encoder's: take encoders "
                "whose kinds.json says 'appearance', as `dsrl pretrain` makes them"
            )
    partners, unused = match(known, seen), count(len(known))
    numbers = np.array([next(unused) if one < 0 else one for one in partners], dtype=int)
    new, lost = np.flatnonzero(partners < 0), ~np.isin(known.kind_of_look, partners)
    looks = known.looks.take(lost)
    blank = looks._replace(spectra=np.zeros((len(looks.sizes), seen.looks.spectra.shape[1])))
    return replace(
        seen,
        looks=concatenate([seen.looks, blank]),
        kind_of_look=np.concatenate([numbers[seen.kind_of_look], known.kind_of_look[lost]]),
        shares=known.shares + tuple(seen.shares[kind] for kind in new),
        names=known.labels + tuple(seen.names[kind] for kind in new),
        controlled=known.controlled if seen.controlled is None else int(numbers[seen.controlled]),
        ignored=known.ignored | {int(numbers[kind]) for kind in seen.ignored},
    )


def match(known: Kinds, seen: Kinds) -> Int[np.ndarray, " seen"]:
    """Return for each kind that is seen the known one that it is, or -1; no two are the same.

    What the actions control is the same whatever it looks like; scenery is never an object. The rest are the
    pairs with the least sum of distances (Kuhn 1955).
    """
    apart = distances(known, seen)
    for row, column in np.ndindex(apart.shape):
        if (row in seen.ignored) != (column in known.ignored):
            apart[row, column] = NEVER
    if known.controlled is not None and seen.controlled is not None:
        apart[seen.controlled, :], apart[:, known.controlled] = NEVER, NEVER
        apart[seen.controlled, known.controlled] = 0.0
    rows, columns = linear_sum_assignment(apart)
    partners = np.full(len(seen), -1)
    same = apart[rows, columns] < NEVER
    partners[rows[same]] = columns[same]
    return partners


def distances(known: Kinds, seen: Kinds) -> Float[np.ndarray, "seen known"]:
    """Return the squared distance of the nearest looks of each pair of kinds."""
    found = np.full((len(seen), len(known)), NEVER)
    for row, column in np.ndindex(found.shape):
        ours, theirs = (
            kinds.looks.take(kinds.kind_of_look == kind) for kinds, kind in ((seen, row), (known, column))
        )
        found[row, column] = _nearest(ours, theirs)
    return found


def _nearest(ours: Looks, theirs: Looks) -> float:
    octaves = cdist(np.log2(ours.sizes), np.log2(theirs.sizes), "chebyshev")
    apart = cdist(ours.describe("appearance"), theirs.describe("appearance"), "sqeuclidean")
    return float(np.where(octaves <= OCTAVE, apart, NEVER).min())
