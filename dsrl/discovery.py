"""Finds the kinds of objects, without labels: looks that belong to the same objects are one kind.

Where looks are told by the filter that wins, each filter is a kind as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Int
from scipy.sparse.csgraph import connected_components

from dsrl.errors import EncoderError
from dsrl.extraction import Detections
from dsrl.fate import are_objects
from dsrl.kinds import Kinds
from dsrl.looks import Features, Looks, concatenate, find_prototypes, nearest

FLOW = 0.1
"""Share of the steps out of a look that must lead to another for the two to be one kind."""
PIECE = 100
"""Steps of a track that are looked at as one."""
RARE = 0.002
"""Looks with a smaller share of all detections found no kind of their own."""


def find_kinds(
    frames: Sequence[Detections], tracks: Sequence[Int[np.ndarray, " n"]], features: Features = "appearance"
) -> Kinds:
    """Return the types among the detections of consecutive frames, whose objects are followed by `tracks`.

    Raises:
        EncoderError: nothing was detected in any frame.
    """
    looks = concatenate(list(map(Looks.of, frames)))
    if not len(looks.sizes):
        raise EncoderError(
            "no object was detected in any frame: the posterior may have collapsed, lower beta"
        )
    prototypes = find_prototypes(looks, features)
    look = nearest(looks.describe(features), prototypes.describe(features))
    counts = np.bincount(look, minlength=len(prototypes.sizes))
    kept = counts >= max(2.0, RARE * len(look))
    kept[counts.argmax()] = True
    every = np.arange(int(kept.sum()))
    kind = every if features == "filter" else join_looks(look, tracks, len(counts), kept)
    kinds = _most_frequent_first(prototypes.take(kept), kind, counts[kept], features)
    return replace(kinds, ignored=frozenset(np.flatnonzero(~are_objects(frames, tracks, kinds)).tolist()))


def join_looks(
    look: Int[np.ndarray, " n"],
    tracks: Sequence[Int[np.ndarray, " n"]],
    count: int,
    kept: Bool[np.ndarray, " looks"],
) -> Int[np.ndarray, " kept"]:
    """Return a type for each of the kept looks.

    Each look joins a single other one at most: two objects that now and then melt into one must not become
    one kind through the look that they then have.
    """
    every, dominant = np.arange(count), dominates(look, tracks, count)
    joined = np.zeros((count, count), dtype=bool)
    joined[every, np.where(dominant != every, dominant, follows(look, tracks, count))] = True
    return np.asarray(connected_components(joined[np.ix_(kept, kept)], directed=False)[1])


def _most_frequent_first(
    looks: Looks, kind: Int[np.ndarray, " looks"], counts: Int[np.ndarray, " looks"], features: Features
) -> Kinds:
    sizes = np.bincount(kind, weights=counts)
    order = np.argsort(-sizes, kind="stable")
    rank = np.argsort(order)[kind]
    rows = np.argsort(rank, kind="stable")
    shares = tuple((sizes[order] / sizes.sum()).tolist())
    return Kinds(looks.take(rows), rank[rows], shares, features, (None,) * len(shares))


def follows(
    look: Int[np.ndarray, " n"], tracks: Sequence[Int[np.ndarray, " n"]], count: int
) -> Int[np.ndarray, " looks"]:
    """Return the look that each look mostly changes into, where objects often do; else the look itself."""
    passes = np.zeros((count, count))
    before: dict[int, int] = {}
    start = 0
    for ids in tracks:
        now = dict(zip(ids.tolist(), look[start : start + len(ids)].tolist(), strict=True))
        for track in now.keys() & before.keys():
            passes[before[track], now[track]] += 1
        before, start = now, start + len(ids)
    enough = FLOW * np.maximum(passes.sum(axis=1), 10.0)
    np.fill_diagonal(passes, 0)
    return np.where(passes.max(axis=1) >= enough, passes.argmax(axis=1), np.arange(count))


def dominates(
    look: Int[np.ndarray, " n"], tracks: Sequence[Int[np.ndarray, " n"]], count: int
) -> Int[np.ndarray, " looks"]:
    """Return the look that objects seen with a look mostly have then: a paddle cut by the edge is a paddle.

    Tracks are looked at piece by piece, since two objects that meet may go on in each other's track.
    """
    piece = pieces(np.concatenate(tracks))
    steps = np.zeros((piece.max() + 1, count))
    np.add.at(steps, (piece, look), 1)
    within = np.zeros((count, count))
    np.add.at(within, (look, steps.argmax(axis=1)[piece]), 1)
    return np.asarray(within.argmax(axis=1))


def pieces(tracks: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return the piece of `PIECE` steps of its track that each detection is in.

    >>> pieces(np.array([7, 8] * 101)).tolist() == [0, 2] * 100 + [1, 3]
    True
    """
    order = np.argsort(tracks, kind="stable")
    lengths = np.unique(tracks, return_counts=True)[1]
    age = np.zeros_like(tracks)
    age[order] = np.arange(len(tracks)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.asarray(np.unique([tracks, age // PIECE], axis=1, return_inverse=True)[1]).ravel()
