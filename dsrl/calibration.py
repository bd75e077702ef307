"""What an encoder needs beside its weights to name objects: the static background and the table of kinds."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8

from dsrl.background import Background
from dsrl.extraction import Detections
from dsrl.kinds import Features, find_kinds
from dsrl.perception import Detector, Frame, Perception, symbols
from dsrl.tracking import Tracker
from dsrl.vae import VAE


class View(NamedTuple):
    """What the emulator showed at one agent step."""

    previous: Frame
    current: Frame
    first: bool
    """The step is the first of its episode."""


def calibrate(
    vae: VAE,
    frames: UInt8[np.ndarray, "n 210 160 3"],
    views: Iterable[View],
    features: Features = "appearance",
) -> Perception:
    """Return the perception of a trained encoder, found without labels.

    Some hundred `frames` from all over the game give the background, consecutive `views` the kinds.

    Raises:
        EncoderError: nothing was detected in any view.
    """
    detector = Detector(vae, Background.from_frames(frames, vae.preprocessing.playfield))
    found, tracks = follow(detector, views)
    return Perception(detector, find_kinds(found, tracks, features))


def follow(detector: Detector, views: Iterable[View]) -> tuple[list[Detections], list[Int[np.ndarray, " n"]]]:
    """Return the detections of each view and the track of each; types are not yet known, so places decide."""
    found, tracks = [], []
    tracker, ended = Tracker(), 0
    for view in views:
        if view.first:
            ended += tracker.next_identity  # so that no two episodes share a track
            tracker.reset()
        detections = detector(view.previous, view.current)
        found.append(detections)
        tracks.append(ended + tracker.identities(symbols(detections, np.zeros(len(detections.nats), int))))
    return found, tracks
