"""Data to train on: told by their files, split in two, and asked for where they are missing."""

import gzip
import struct

import numpy as np
import pytest
import torch
from scipy.io import savemat

from dsrl.datasets import load
from dsrl.errors import ConfigError, DataError
from dsrl.shards import ShardWriter, Source

DIGITS = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)


def idx(images: np.ndarray) -> bytes:
    """Images as an IDX file: zeros, type and number of axes, sizes big-endian, bytes."""
    return struct.pack(">HBB3i", 0, 8, images.ndim, *images.shape) + images.tobytes()


def write_mnist(folder, train=DIGITS, test=DIGITS[:3], suffix=""):
    folder.mkdir(exist_ok=True)
    for name, images in (("train", train), ("t10k", test)):
        content = gzip.compress(idx(images)) if suffix else idx(images)
        (folder / f"{name}-images-idx3-ubyte{suffix}").write_bytes(content)
    return folder


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_mnist_is_read_from_its_idx_files(tmp_path, suffix):
    name, (train, validation), preprocessing = load(write_mnist(tmp_path, suffix=suffix))
    assert name == "MNIST"
    np.testing.assert_array_equal(train[:, 0].numpy(), DIGITS)
    np.testing.assert_array_equal(validation[:, 0].numpy(), DIGITS[:3])
    np.testing.assert_array_equal(preprocessing(DIGITS[0]), DIGITS[0])


def test_frey_faces_are_read_from_their_matrix_and_the_end_of_the_film_is_held_out(tmp_path):
    faces = np.random.default_rng(0).integers(0, 256, (25, 28, 20), dtype=np.uint8)
    savemat(tmp_path / "frey_rawface.mat", {"ff": faces.reshape(25, 560).T})
    name, (train, validation), preprocessing = load(tmp_path)
    assert (name, preprocessing.size) == ("FreyFaces", (28, 20))
    np.testing.assert_array_equal(torch.cat([train, validation])[:, 0].numpy(), faces)
    assert len(validation) == 3


@pytest.mark.parametrize("colour", ["luminance", "rgb"])
def test_frames_of_a_game_are_seen_in_its_playfield(tmp_path, colour):
    with ShardWriter(tmp_path / "frames", Source("Breakout", (32, 8, 164, 144))) as writer:
        for episode in (0, 1):
            writer.add(np.full((210, 160, 3), 100, dtype=np.uint8), episode, step=0)
    name, (train, validation), preprocessing = load(tmp_path / "frames", colour)
    assert (name, tuple(preprocessing.playfield)) == ("Breakout", (32, 8, 164, 144))
    assert train.shape == validation.shape == (1, preprocessing.channels, 84, 84)


def test_data_that_are_missing_are_asked_for_by_their_address(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"holds no data .*dsrl collect.*yann\.lecun.*roweis") as error:
            load(folder)
        assert str(folder) in str(error.value)


def test_one_file_that_is_missing_is_named(tmp_path):
    (write_mnist(tmp_path) / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte is missing: .*yann\.lecun"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (idx(DIGITS)[:-1], "cut short or damaged"),
        (idx(DIGITS)[:9], "cut short or damaged"),
        (b"", "cut short or damaged"),
        (idx(DIGITS).replace(b"\x08\x03", b"\x0d\x03", 1), "does not hold images of bytes"),
    ],
)
def test_a_damaged_idx_file_is_named(tmp_path, content, told):
    (write_mnist(tmp_path) / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=f"train-images-idx3-ubyte (is )?{told}"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a matrix" * 40])
def test_a_damaged_matrix_is_named(tmp_path, content):
    (tmp_path / "frey_rawface.mat").write_bytes(content)
    with pytest.raises(DataError, match=r"frey_rawface\.mat is damaged"):
        load(tmp_path)


def test_grey_images_have_no_colour(tmp_path):
    with pytest.raises(ConfigError, match="MNIST is grey"):
        load(write_mnist(tmp_path), "rgb")
