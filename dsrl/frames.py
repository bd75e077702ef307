"""Collected frames as the network sees them: preprocessed once and kept in memory, a byte per pixel."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from dsrl.errors import DataError
from dsrl.preprocessing import Preprocessing
from dsrl.shards import Shards, in_validation


class Frames(NamedTuple):
    """What a VAE is trained on, and frames of other episodes to judge it by."""

    train: UInt8[Tensor, "n c h w"]
    validation: UInt8[Tensor, "n2 c h w"]


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
