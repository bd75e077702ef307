"""What an encoder is measured beside: the same code without a network, and with kinds from latents alone."""

from collections.abc import Iterable

from dsrl.calibration import View, follow
from dsrl.discovery import find_kinds
from dsrl.looks import Features
from dsrl.perception import Detector, Perception

NO_NETWORK, LATENTS = "no network", "kinds from latents"
"""Names of the rivals."""


def find_rivals(perception: Perception, views: Iterable[View]) -> dict[str, Perception]:
    """Return each rival by name, its kinds found on consecutive `views`, without labels.

    `NO_NETWORK` subtracts the background and compares sizes and colours. `LATENTS` detects as the encoder
    does, and compares activation spectra as Garnelo et al. 2016 do.

    Raises:
        EncoderError: one of them detects nothing in any view.
    """
    detector = perception.detector
    bare = Detector(detector.vae, detector.scenes, gated=False)
    watched = [
        (view.first, bare(view.previous, view.current), detector(view.previous, view.current))
        for view in views
    ]
    field = perception.preprocessing.playfield
    begins, subtracted, encoded = zip(*watched, strict=True)
    rivals: dict[str, tuple[Detector, Features]] = {
        NO_NETWORK: (bare, "appearance"),
        LATENTS: (detector, "spectrum"),
    }
    return {
        name: Perception(one, find_kinds(found, follow(found, begins, features, field), features))
        for (name, (one, features)), found in zip(rivals.items(), (subtracted, encoded), strict=True)
    }
