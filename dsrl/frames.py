"""Collected frames as the network sees them: preprocessed once and kept in memory, a byte per pixel."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor, distributed

from dsrl.errors import DataError
from dsrl.preprocessing import Preprocessing
from dsrl.shards import Shards, in_validation


class Frames(NamedTuple):
    """What a VAE is trained on, and frames of other episodes to judge it by."""

    train: UInt8[Tensor, "n c h w"]
    validation: UInt8[Tensor, "n2 c h w"]


class Draws:
    """Batches drawn with replacement, those of a step a function of seed, step and device alone.

    So a training of any length is one epoch, and goes on with the right batches when it is resumed.

    >>> draws = Draws(torch.arange(9), steps=2, batch=4, seed=0)
    >>> [len(x) for (x,) in draws], draws.state_dict()
    ([4, 4], {'step': 2})
    """

    def __init__(self, frames: Tensor, steps: int, batch: int, seed: int) -> None:
        self.frames, self.steps, self.batch, self.seed = frames, steps, batch, seed
        self.step = 0

    def __len__(self) -> int:
        """Return the number of batches of the whole training."""
        return self.steps

    def __iter__(self) -> Iterator[tuple[Tensor]]:
        """Yield the batches that are left."""
        device = distributed.get_rank() if distributed.is_initialized() else 0
        for step in range(self.step, self.steps):
            self.step = step + 1
            random = np.random.default_rng([self.seed, step, device])
            yield (self.frames[torch.from_numpy(random.integers(len(self.frames), size=self.batch))],)

    def state_dict(self) -> dict[str, int]:
        """Return what a checkpoint keeps."""
        return {"step": self.step}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on after the step that a checkpoint was made at."""
        self.step = state["step"]


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
    return Frames(*(_stack(side, preprocessing) for side in sides))


def _stack(frames: list[np.ndarray], preprocessing: Preprocessing) -> UInt8[Tensor, "n c h w"]:
    """Return preprocessed frames as one tensor, channels first."""
    stacked = torch.from_numpy(np.stack(frames))
    if preprocessing.channels == 1:
        return stacked.unsqueeze(1)
    return stacked.movedim(-1, 1).contiguous()
