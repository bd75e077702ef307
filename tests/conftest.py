import struct
from collections import namedtuple

import numpy as np
import pytest
import torch
from hypothesis import settings

from dsrl.preprocessing import SCREEN, Preprocessing
from dsrl.symbols import Symbol
from dsrl.vae import VAE

settings.register_profile("compiled", deadline=None)  # the first call of a compiled loop compiles it
settings.load_profile("compiled")

Posterior = namedtuple("Posterior", "mean log_var")


class ScriptedKinds(tuple):
    ignored = frozenset()

    @property
    def labels(self):
        return tuple(self)


class ScriptedPerception:
    """Sees two symbols, later tracks first, that move one pixel right and down each time it looks.

    It tells that both appear at its first look, and the one of track 7 vanishes at each later one.
    """

    kinds = ScriptedKinds(("ball", "paddle", "wall"))
    controlled = 1
    screen = SCREEN

    def __init__(self):
        self.reset()

    @classmethod
    def from_pretrained(cls, name, kinds_of=None):
        return cls()

    def reset(self):
        self.looks = 0
        self.pairs = []

    def __call__(self, previous, current):
        self.looks += 1
        self.pairs.append((previous, current))
        self.posterior = Posterior(np.full((2, 3, 4), self.looks, dtype=np.float32), None)
        symbols = [
            Symbol(1, 80.0 + self.looks, 105.0, 4, 16, track=7, dx=1.0),
            Symbol(0, 40.0, 52.5 + self.looks, 2, 4, track=3, dy=1.0),
        ]
        self.appeared, self.vanished = (symbols, []) if self.looks == 1 else ([], symbols[:1])
        return symbols


@pytest.fixture
def scripted(monkeypatch):
    """Let every environment made in this test see what `ScriptedPerception` says."""
    monkeypatch.setattr("dsrl.envs.wrappers.Perception", ScriptedPerception)
    monkeypatch.setattr("dsrl.envs.vector.Perception", ScriptedPerception)
    return ScriptedPerception


@torch.no_grad()
def encoder_of_luminance(playfield, still, contrast):
    """Return a VAE whose first filter has the mean (luminance - still luminance) / contrast of its cell.

    The other filters, and all log-variances, are those of the prior everywhere.
    """
    vae = VAE(Preprocessing(playfield))
    for weights in vae.encoder.parameters():
        weights.zero_()
    first, second, heads = (layer for layer in vae.encoder if isinstance(layer, torch.nn.Conv2d))
    first.weight[0, 0, 1:3, 1:3] = 1 / 4
    second.weight[0, 0, 1, 1] = heads.weight[0, 0] = 1
    vae.mean_frame[:] = torch.from_numpy(vae.preprocessing(still))
    vae.contrast.fill_(contrast)
    return vae.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def luminance_vae():
    """Give an encoder with weights set by hand, so that its posterior is known."""
    return encoder_of_luminance


def digits(folder):
    """Fill a folder with random images in the files of MNIST."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for name, count in (("train", 50), ("t10k", 10)):
        header = struct.pack(">HBB3i", 0, 8, 3, count, 28, 28)
        pixels = random.integers(0, 256, count * 28 * 28, dtype=np.uint8).tobytes()
        (folder / f"{name}-images-idx3-ubyte").write_bytes(header + pixels)


@pytest.fixture(scope="session")
def write_digits():
    """Give the function that makes a small MNIST."""
    return digits
