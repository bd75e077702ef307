"""The neural back end, whole: from two frames of the emulator to the table of objects."""

from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt8
from numba import njit

from dsrl.contact import separate
from dsrl.errors import DataError, EncoderError
from dsrl.extraction import ANYWHERE, Detections, Latent, extract
from dsrl.files import read_json, write_json
from dsrl.inference import FrameEncoder
from dsrl.kinds import Kinds, sealed, unsealed
from dsrl.matching import in_numbers_of
from dsrl.preprocessing import max_pool
from dsrl.scenes import Scenes
from dsrl.symbols import COLUMNS, CONFIDENCE, HEIGHT, KIND, TRACK, WIDTH, Rows, Symbol, X, Y
from dsrl.tracking import Tracker, Watcher
from dsrl.vae import VAE
from dsrl.weights import KINDS, locate

Frame = UInt8[np.ndarray, "height 160 3"]


class Detector:
    """Finds objects, without type or identity: the encoder says whether, native pixels say where.

    With `gated=False` the encoder has no say: what remains is background subtraction by the same code, the
    rival without a network that every encoder is measured beside.
    """

    def __init__(self, vae: VAE, scenes: Scenes, gated: bool = True) -> None:
        self.vae, self.scenes, self.gated = vae, scenes, gated
        self.preprocessing, self.encode = vae.preprocessing, FrameEncoder(vae)
        self.background = scenes.backgrounds[0]
        """The background of the scene that the last frame showed."""
        self.posterior: Latent
        """The posterior of the last frame."""

    def __call__(self, previous: Frame, current: Frame) -> Detections:
        """Return the objects in the last two frames of the emulator.

        Raises:
            EncoderError: the frames are not of the size that the encoder was made for.
        """
        if current.shape[:2] != self.preprocessing.screen:
            raise EncoderError(
                f"the encoder sees screens of {self.preprocessing.screen}, and the frame is "
                f"{current.shape[:2]} (height, width): take the encoder of this game"
            )
        frame = max_pool(previous, current)
        self.posterior = self.encode(self.preprocessing(frame)) if self.gated else ANYWHERE
        self.background = self.scenes.shown(current, self.preprocessing.playfield)
        return extract(self.posterior, previous, current, self.background, self.preprocessing.playfield)


class Perception(Watcher):
    """Sees frames one after the other and says which objects there are, of which type, and where."""

    def __init__(self, detector: Detector, kinds: Kinds) -> None:
        self.detector, self.kinds = detector, kinds
        self.preprocessing = detector.preprocessing
        self.tracker = Tracker(self.preprocessing.playfield)

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path, kinds_of: str | Path | None = None) -> "Perception":
        """Return the perception of a shipped name or a folder of weights.

        With `kinds_of`, its kinds have the numbers and names that this other encoder has for them (see
        `dsrl.matching`): what an agent learned through that one it knows through this one.

        Raises:
            EncoderError: a folder is missing or damaged, or its kinds were never calibrated.
            ConfigError: the kinds of the two encoders cannot be compared.
        """
        folder = locate(name_or_folder)
        vae = VAE.from_pretrained(folder)
        scenes = Scenes.load(folder, vae.preprocessing.playfield, vae.preprocessing.screen)
        kinds = _kinds(folder, vae.latent_shape[0])
        if kinds_of is not None:
            other = locate(kinds_of)
            kinds = in_numbers_of(_kinds(other, VAE.from_pretrained(other).latent_shape[0]), kinds)
        return cls(Detector(vae, scenes), kinds)

    def save_pretrained(self, folder: Path) -> None:
        """Write scenes and kinds beside the weights that the folder already holds."""
        self.detector.scenes.save(folder, self.preprocessing.playfield, self.preprocessing.screen)
        write_json(folder / KINDS, sealed(self.kinds.to_json()))

    @property
    def posterior(self) -> Latent:
        """The posterior of the last frame."""
        return self.detector.posterior

    @property
    def controlled(self) -> int | None:
        """The kind that the actions control; None where that is not known."""
        return self.kinds.controlled

    @property
    def screen(self) -> tuple[int, int]:
        """Height and width of the screen, native pixels."""
        return self.preprocessing.screen

    def __call__(self, previous: Frame, current: Frame) -> list[Symbol]:
        """Return the objects in the last two frames of the emulator, in native pixels, ordered by track.

        What is not seen but expected (see `Tracker`) is among them.
        """
        return self.tracker.update(rows_of(*self.detect(previous, current)))

    def detect(self, previous: Frame, current: Frame) -> tuple[Detections, Int[np.ndarray, " n"]]:
        """Return the objects without identity, and the kind of each; those that touch are apart."""
        return self.tell_apart(self.detector(previous, current), current)

    def tell_apart(self, found: Detections, current: Frame) -> tuple[Detections, Int[np.ndarray, " n"]]:
        """Return what was found in the current frame as objects, and the kind of each."""
        kinds = self.kinds.classify(found)
        mask = partial(self.detector.background.mask, current, self.preprocessing.playfield)
        apart = separate(found, self.kinds, kinds, mask)
        return self.kinds.objects(apart, kinds if apart is found else self.kinds.classify(apart))


def _kinds(folder: Path, filters: int) -> Kinds:
    """Return the kinds that an encoder of so many filters has."""
    try:
        return Kinds.from_json(unsealed(read_json(folder / KINDS)), filters)
    except (DataError, EncoderError) as error:
        raise EncoderError(f"{folder / KINDS} cannot be used: {error}") from error


@njit(cache=True)
def rows_of(detections: Detections, kinds: Int[np.ndarray, " n"]) -> Rows:
    """Return detections of these kinds as rows of symbols: centre, size and confidence in native pixels."""
    rows = np.zeros((len(kinds), len(COLUMNS)))
    for row, box, centre, nats, kind in zip(  # noqa: B905  # numba has no `strict`
        rows, detections.boxes, detections.centres, detections.nats, kinds
    ):
        row[KIND], row[X], row[Y], row[TRACK] = kind, centre[0], centre[1], -1
        row[WIDTH], row[HEIGHT] = box[2] - box[0], box[3] - box[1]
        row[CONFIDENCE] = -np.expm1(-max(nats, 0.0))
    return rows
