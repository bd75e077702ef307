from collections import namedtuple

import numpy as np
import pytest

from dsrl.symbols import Symbol

Posterior = namedtuple("Posterior", "mean log_var")


class ScriptedKinds(tuple):
    @property
    def labels(self):
        return tuple(self)


class ScriptedPerception:
    """Sees two symbols, later tracks first, that move one pixel right and down each time it looks."""

    kinds = ScriptedKinds(("ball", "paddle", "wall"))

    def __init__(self):
        self.reset()

    @classmethod
    def from_pretrained(cls, name):
        return cls()

    def reset(self):
        self.looks = 0
        self.pairs = []

    def __call__(self, previous, current):
        self.looks += 1
        self.pairs.append((previous, current))
        self.posterior = Posterior(np.full((2, 3, 4), self.looks, dtype=np.float32), None)
        return [
            Symbol(1, 80.0 + self.looks, 105.0, 4, 16, track=7, dx=1.0),
            Symbol(0, 40.0, 52.5 + self.looks, 2, 4, track=3, dy=1.0),
        ]


@pytest.fixture
def scripted(monkeypatch):
    """Let every environment made in this test see what `ScriptedPerception` says."""
    monkeypatch.setattr("dsrl.envs.wrappers.Perception", ScriptedPerception)
    monkeypatch.setattr("dsrl.envs.vector.Perception", ScriptedPerception)
    return ScriptedPerception
