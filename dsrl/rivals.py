"""What an encoder is measured beside: the same code without a network, and with kinds from latents alone.

Kinds from latents are clustered activation spectra, or the latent filters themselves.
"""

from collections.abc import Iterable, Sequence

from dsrl.calibration import View, follow
from dsrl.discovery import find_kinds
from dsrl.extraction import Detections
from dsrl.looks import Features
from dsrl.perception import Detector, Perception

NO_NETWORK, LATENTS, FILTERS = "no network", "kinds from latents", "kinds by filter"
"""Names of the rivals."""


def find_rivals(perception: Perception, views: Iterable[View]) -> dict[str, Perception]:
    """Return each rival by name, its kinds found on consecutive `views`, without labels.

    `NO_NETWORK` subtracts the background and compares sizes and colours. `LATENTS` detects as the encoder
    does, and compares activation spectra as Garnelo et al. 2016 do. `FILTERS` detects so too, and takes the
    filter that wins at an object for its kind, which Sherburn 2017, section 5.4 hopes for.

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
    rivals: dict[str, tuple[Detector, Sequence[Detections], Features]] = {
        NO_NETWORK: (bare, subtracted, "appearance"),
        LATENTS: (detector, encoded, "spectrum"),
        FILTERS: (detector, encoded, "filter"),
    }
    return {
        name: Perception(one, find_kinds(found, follow(found, begins, features, field), features))
        for name, (one, found, features) in rivals.items()
    }
