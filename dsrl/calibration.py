"""What an encoder needs beside its weights to name objects: the static background and the table of kinds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, UInt8
from scipy.spatial.distance import cdist

from dsrl.background import Background, unpack_colours
from dsrl.control import Control
from dsrl.discovery import find_kinds
from dsrl.extraction import Detections
from dsrl.kinds import Kinds
from dsrl.landmarks import runs_on, small_parts
from dsrl.looks import RADIUS, Features, Looks, concatenate, find_prototypes, nearest
from dsrl.parts import Parts, choose
from dsrl.perception import Detector, Frame, Perception, rows_of
from dsrl.preprocessing import Box
from dsrl.scenes import Scenes
from dsrl.tracking import Tracker
from dsrl.vae import VAE


class View(NamedTuple):
    """What the emulator showed at one agent step."""

    previous: Frame
    current: Frame
    first: bool
    """The step is the first of its episode."""
    action: int = 0
    """What led to it; of no meaning in the first step."""
    chance: bool = True
    """The action was drawn at random: what an agent chooses follows what moves, and tells no control."""


def calibrate(
    vae: VAE,
    frames: UInt8[np.ndarray, "n height 160 3"],
    views: Iterable[View],
    features: Features = "appearance",
    gated: bool = True,
) -> Perception:
    """Return the perception of a trained encoder, found without labels.

    Some hundred `frames` from all over the game give the background, consecutive `views` the kinds. With
    `gated=False` it is that of the rival without a network (see `Detector`).

    Raises:
        EncoderError: nothing was detected in any view.
    """
    field, views = vae.preprocessing.playfield, list(views)
    scenes = Scenes.from_frames(frames, field).lasting([view.current for view in views], field)
    detector = Detector(vae, scenes, gated)
    found, begins, actions = [], [], []
    for view in views:
        found.append(detector(view.previous, view.current))
        begins.append(view.first)
        actions.append(view.action if view.chance else None)
    kinds = find_kinds(found, follow(found, begins, features, field), features)
    kinds = replace(kinds, controlled=find_controlled(found, begins, actions, kinds, field))
    scenes = scenes.map(lambda background: with_resembling(background, kinds))
    return Perception(Detector(vae, scenes, gated), kinds)


def with_resembling(background: Background, kinds: Kinds) -> Background:
    """Return a background whose parts that look like an object are landmarks."""
    parts = small_parts(runs_on(background.colours, background.ground), background.colours.size)
    return background.with_landmarks(choose(parts, resemble(parts, kinds)))


def find_controlled(
    frames: Sequence[Detections],
    begins: Sequence[bool],
    actions: Sequence[int | None],
    kinds: Kinds,
    field: Box,
) -> int | None:
    """Return the kind whose moves depend most on the actions; None where too little was seen to tell.

    Actions that were not drawn at random are None, and tell nothing.
    """
    control, tracker = Control(1 + max(action or 0 for action in actions)), Tracker(field)
    for detections, first, action in zip(frames, begins, actions, strict=True):
        if first:
            tracker.reset()
        tracker.update(rows_of(*kinds.objects(detections, kinds.classify(detections))))
        if not first and action is not None:
            seen = tracker.table[tracker.unseen == 0]
            control.observe(np.full(len(seen), action), seen)
    return control.controlled


def resemble(parts: Parts, kinds: Kinds) -> Bool[np.ndarray, " parts"]:
    """Return which parts look like an object: they are one, even where it never moved."""
    sizes, colours = parts.boxes[:, 2:] - parts.boxes[:, :2], unpack_colours(parts.colours)
    looks = Looks(sizes, colours, np.zeros((len(sizes), 0))).describe("appearance")
    distances = cdist(looks, kinds.looks.describe("appearance"))
    return np.asarray(distances.min(axis=1, initial=np.inf) < RADIUS)


def follow(
    frames: Sequence[Detections], begins: Sequence[bool], features: Features, field: Box
) -> list[Int[np.ndarray, " n"]]:
    """Return the track of each detection; looks take the place of types, which are not yet known."""
    described = find_prototypes(concatenate(list(map(Looks.of, frames))), features).describe(features)
    tracker, ended, tracks = Tracker(field), 0, []
    for detections, first in zip(frames, begins, strict=True):
        if first:
            ended += tracker.next_identity  # so that no two episodes share a track
            tracker.reset()
        look = nearest(Looks.of(detections).describe(features), described)
        tracks.append(ended + tracker.identities(rows_of(detections, look)))
    return tracks
