"""Frames as the network sees them: preprocessed once and kept in memory, a byte per pixel."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor


class Frames(NamedTuple):
    """What a VAE is trained on, and frames of other episodes to judge it by."""

    train: UInt8[Tensor, "n c h w"]
    validation: UInt8[Tensor, "n2 c h w"]


class Draws:
    """Batches of shuffled epochs, one after the other; a batch is a function of seed, step and device alone.

    So a training that is resumed goes on with the right batches. Each of `devices` has batches of its own.

    >>> draws = Draws(torch.arange(5), batch=4, seed=0)
    >>> epochs = torch.cat([draws[step] for step in range(5)]).tolist()
    >>> [sorted(epochs[start : start + 5]) for start in (0, 5, 10, 15)] == [[0, 1, 2, 3, 4]] * 4
    True
    """

    def __init__(self, frames: Tensor, batch: int, seed: int, device: int = 0, devices: int = 1) -> None:
        self.frames, self.batch, self.seed = frames, batch, seed
        self.device, self.devices = device, devices
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def __getitem__(self, step: int) -> Tensor:
        """Return the batch of a step."""
        start = (step * self.devices + self.device) * self.batch
        return self.frames[self._indices(start, start + self.batch)]

    def _indices(self, start: int, stop: int) -> Int64[Tensor, " batch"]:
        """Return the frames in places start to stop of all epochs in a row."""
        epoch, offset = divmod(start, len(self.frames))
        here = self._shuffled(epoch)[offset : offset + stop - start]
        if len(here) == stop - start:
            return here
        return torch.cat([here, self._indices(start + len(here), stop)])

    def _shuffled(self, epoch: int) -> Int64[Tensor, " n"]:
        """Return the order of the frames in an epoch."""
        if epoch != self._epoch:
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.frames))
            self._epoch, self._order = epoch, torch.from_numpy(order).to(self.frames.device)
        return self._order


def stack(images: UInt8[np.ndarray, "n h w *c"]) -> UInt8[Tensor, "n c h w"]:
    """Return images as one tensor, channels first.

    >>> [tuple(stack(np.zeros((5, 84, 84, *c), dtype=np.uint8)).shape) for c in ((), (3,))]
    [(5, 1, 84, 84), (5, 3, 84, 84)]
    """
    stacked = torch.from_numpy(np.array(images))
    return stacked.unsqueeze(1) if stacked.ndim == 3 else stacked.movedim(-1, 1).contiguous()
