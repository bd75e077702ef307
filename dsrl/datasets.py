"""What a VAE is trained on: frames of any game, MNIST or Frey faces, each a folder that its files tell.

Nothing is downloaded: an error says where data that are missing come from.
"""

import gzip
import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import UInt8
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from dsrl.errors import ConfigError, DataError
from dsrl.frames import Frames, stack
from dsrl.preprocessing import Box, Preprocessing
from dsrl.shards import Shards, in_validation

Colour = Literal["luminance", "rgb"]

IDX_IMAGES = bytes([0, 0, 8, 3])  # two zeros, unsigned bytes, three axes
MNIST_FILES = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
FREY_FILE = "frey_rawface.mat"
FREY_SHAPE = (28, 20)
ORIGINS = (
    "frames of a game are made by `dsrl collect`, MNIST (train-images-idx3-ubyte and t10k-images-idx3-ubyte, "
    "as they are or with .gz) is at https://yann.lecun.com/exdb/mnist and, mirrored, at "
    "https://ossci-datasets.s3.amazonaws.com/mnist, Frey faces (frey_rawface.mat) are at "
    "https://cs.nyu.edu/~roweis/data.html"
)


class Dataset(NamedTuple):
    """Frames to train on and to judge by, and how they became what the network sees."""

    name: str
    """Of the game, as in ALE, or of the collection of images."""
    frames: Frames
    preprocessing: Preprocessing


def load(folder: Path, colour: Colour = "luminance") -> Dataset:
    """Return the data of a folder; `colour` is how frames of a game are seen.

    Raises:
        DataError: nothing that is known is there, or a file of it is missing or damaged.
        ConfigError: images that are grey are to be seen in colour.
    """
    for pattern, reads in READERS.items():
        if any(folder.glob(pattern)):
            return reads(folder, colour)
    raise DataError(f"{folder} holds no data to train on: {ORIGINS}")


def load_game(folder: Path, colour: Colour) -> Dataset:
    """Return the frames that `dsrl collect` left, preprocessed; whole episodes are held out.

    Raises:
        DataError: a shard is missing or damaged, or one side of the split has no frame.
    """
    shards = Shards(folder)
    preprocessing = Preprocessing(Box(*shards.source.playfield), colour=colour, screen=shards.source.screen)
    return Dataset(shards.source.game, load_frames(shards, preprocessing), preprocessing)


def load_frames(shards: Shards, preprocessing: Preprocessing) -> Frames:
    """Return every frame of a folder, preprocessed and split by episode.

    Raises:
        DataError: a shard is missing or damaged, or one side of the split has no frame.
    """
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for rows in shards.split("all"):
        for frame, held_out in zip(rows.frames, in_validation(rows.episode), strict=True):
            sides[int(held_out)].append(preprocessing(frame))
    if not all(sides):
        raise DataError(
            f"{shards.folder} has {len(sides[0])} frames to train on and {len(sides[1])} to validate with: "
            "collect more episodes"
        )
    return Frames(*(stack(np.stack(side)) for side in sides))


def load_mnist(folder: Path, colour: Colour) -> Dataset:
    """Return the digits of LeCun et al. 1998: 60,000 to train on, the test set of 10,000 to judge by."""
    train, validation = (read_idx(folder, name) for name in MNIST_FILES)
    return _grey("MNIST", train, validation, colour)


def load_frey(folder: Path, colour: Colour) -> Dataset:
    """Return the Frey faces of Roweis: 1,965 frames of a film; its last tenth is held out.

    Neighbours in the film are nearly the same, so that a random tenth would be known from the training.
    """
    path = folder / FREY_FILE
    try:
        pixels = loadmat(path)["ff"]  # uint8 [560, n], a column per frame
        faces = np.ascontiguousarray(pixels.T.reshape(-1, *FREY_SHAPE).astype(np.uint8))
    except (MatReadError, OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is damaged ({error}): {ORIGINS}") from error
    held_out = math.ceil(len(faces) / 10)
    return _grey("FreyFaces", faces[:-held_out], faces[-held_out:], colour)


def read_idx(folder: Path, name: str) -> UInt8[np.ndarray, "n h w"]:
    """Return the images of an IDX file, compressed or not.

    Raises:
        DataError: it is missing, cut short or of another kind.
    """
    plain, compressed = folder / name, folder / f"{name}.gz"
    if not (plain.is_file() or compressed.is_file()):
        raise DataError(f"{plain} is missing: {ORIGINS}")
    try:
        content = plain.read_bytes() if plain.is_file() else gzip.decompress(compressed.read_bytes())
        shape = np.frombuffer(content, dtype=">i4", count=3, offset=len(IDX_IMAGES))
        images = np.frombuffer(content, dtype=np.uint8, offset=len(IDX_IMAGES) + shape.nbytes).reshape(shape)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{plain} is cut short or damaged ({error}): {ORIGINS}") from error
    if not content.startswith(IDX_IMAGES):
        raise DataError(f"{plain} does not hold images of bytes in the IDX format: {ORIGINS}")
    return images


def _grey(
    name: str, train: UInt8[np.ndarray, "n h w"], validation: UInt8[np.ndarray, "n2 h w"], colour: Colour
) -> Dataset:
    """Return images that the network sees as they are."""
    if colour == "rgb":
        raise ConfigError(f"colour is 'rgb', but {name} is grey: leave colour out")
    height, width = train.shape[1:]
    preprocessing = Preprocessing(Box(0, 0, height, width), size=(height, width), colour="grey")
    return Dataset(name, Frames(stack(train), stack(validation)), preprocessing)


READERS: dict[str, Callable[[Path, Colour], Dataset]] = {
    "manifest.json": load_game,
    "*-images-idx3-ubyte*": load_mnist,
    FREY_FILE: load_frey,
}
"""Who reads a folder, by a file that is in it."""
