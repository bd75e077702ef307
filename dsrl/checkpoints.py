"""The whole state of a training in one file, so that one that was killed goes on as if it had not been."""

import io
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dsrl.errors import EncoderError
from dsrl.files import write_bytes


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a state in one step."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_bytes(path, buffer.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Return a state; tensors come to the CPU, and no code is run.

    Raises:
        EncoderError: the file is not a checkpoint, or is damaged.
    """
    try:
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise EncoderError(
            f"{path} is damaged or no checkpoint ({error}): put best.ckpt in its place, or train anew"
        ) from error


def noise_state(device: torch.device) -> dict[str, Tensor]:
    """Return the state of the generators that noise is drawn from; a training has no other randomness.

    >>> state = noise_state(torch.device("cpu"))
    >>> noise = torch.randn(3)
    >>> restore_noise(state)
    >>> torch.equal(noise, torch.randn(3))
    True
    """
    return {name: _generators(name).get_rng_state() for name in {"cpu", device.type}}


def restore_noise(state: dict[str, Tensor]) -> None:
    """Let noise go on from a state."""
    for name, values in state.items():
        _generators(name).set_rng_state(values)


def _generators(device: str) -> Any:
    """Return the module that keeps a kind of device's generator."""
    return torch if device == "cpu" else getattr(torch, device)
