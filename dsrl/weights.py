"""Folders of weights in the Hugging Face layout: model.safetensors, config.json and README.md.

`config.json` holds the network, the preprocessing, the objective, how the weights were made, what they
measure and the hash of `model.safetensors`, since safetensors loads a flipped bit in silence. Calibration
adds `kinds.json`, `background.png`, `landmarks.png` and `overlay.png`.
"""

import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from dsrl.background import BACKGROUND, LANDMARKS
from dsrl.card import card
from dsrl.errors import DataError, EncoderError
from dsrl.files import read_json, sha256, write_bytes, write_json

FORMAT = "dsrl-vae-1"
MODEL, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
KINDS, OVERLAY = "kinds.json", "overlay.png"
CALIBRATED = KINDS, BACKGROUND, LANDMARKS, OVERLAY
LAYOUT = {MODEL, CONFIG, CARD, *CALIBRATED}


def shipped() -> dict[str, Path]:
    """Return the folder of each encoder that comes with the package, by name."""
    folders = Path(str(files("dsrl.pretrained"))).iterdir()
    return {folder.name: folder for folder in sorted(folders) if (folder / CONFIG).is_file()}


def locate(name_or_folder: str | Path) -> Path:
    """Return the folder of a shipped name, or the folder itself.

    Raises:
        EncoderError: it is neither.
    """
    known = shipped()
    if str(name_or_folder) in known:
        return known[str(name_or_folder)]
    if (folder := Path(name_or_folder)).is_dir():
        return folder
    raise EncoderError(
        f"{name_or_folder} is neither a folder nor a shipped encoder: choose one of "
        f"{', '.join(known) or 'none (none is shipped)'}, or make weights with `dsrl pretrain`"
    )


def load(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the configuration and the tensors of a folder, once their hash is verified.

    Raises:
        EncoderError: a file is missing, cut short, changed or of another format.
    """
    remedy = "restore the folder or make it anew with `dsrl pretrain`"
    try:
        config = read_json(folder / CONFIG)
        content = (folder / MODEL).read_bytes()
    except (DataError, OSError) as error:
        raise EncoderError(f"weights cannot be read: {error}; {remedy}") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise EncoderError(f"{folder / CONFIG} is not of format {FORMAT!r}; {remedy}")
    if config.get("sha256") != sha256(content):
        raise EncoderError(f"{folder / MODEL} is damaged: its hash is not the one in {CONFIG}; {remedy}")
    try:
        tensors = safetensors.torch.load(content)
    except SafetensorError as error:
        raise EncoderError(f"{folder / MODEL} is not a safetensors file ({error}); {remedy}") from error
    _require_finite(tensors, folder / MODEL)
    return config, tensors


def save(folder: Path | str, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> None:
    """Write a folder of weights whole, then put it in place of the one that may be there.

    What was calibrated belongs to its weights: it stays when they are the same, and goes when they are not.

    Raises:
        EncoderError: the folder holds something else than weights, or a tensor is not finite.
    """
    folder = Path(folder)
    require_weights_or_nothing(folder)
    _require_finite(tensors, folder / MODEL)
    content = safetensors.torch.save({name: tensor.contiguous().cpu() for name, tensor in tensors.items()})
    complete = dict(config) | {"format": FORMAT, "sha256": sha256(content)}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        new = Path(beside) / "new"
        write_bytes(new / MODEL, content)
        write_json(new / CONFIG, complete)
        write_bytes(new / CARD, card(complete).encode())
        for calibrated in CALIBRATED if _same_weights(folder, content) else ():
            if (folder / calibrated).is_file():
                shutil.copyfile(folder / calibrated, new / calibrated)
        _swap(new, folder, Path(beside) / "old")


def annotate(folder: Path, **entries: Any) -> None:
    """Add entries to the configuration of a folder, and to its card; the weights stay.

    Raises:
        EncoderError: the folder is damaged.
    """
    config = load(folder)[0] | entries
    write_json(folder / CONFIG, config)
    write_bytes(folder / CARD, card(config).encode())


def _swap(new: Path, folder: Path, old: Path) -> None:
    """Rename `new` to `folder`, and what was there to `old`; undo it when the second step fails."""
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise


def _same_weights(folder: Path, content: bytes) -> bool:
    """Return whether the folder already holds exactly these weights."""
    return (folder / MODEL).is_file() and (folder / MODEL).read_bytes() == content


def require_weights_or_nothing(folder: Path) -> None:
    """Refuse a folder that weights cannot be written to without loss.

    Raises:
        EncoderError: it holds something that is not weights.
    """
    if folder.is_file() or (folder.is_dir() and {entry.name for entry in folder.iterdir()} - LAYOUT):
        raise EncoderError(f"{folder} holds something else than weights: choose another folder to write to")


def _require_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise when a weight is infinite or not a number."""
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise EncoderError(f"{name} of {path} is not finite: pretrain anew at a lower learning rate")
