"""One cell of a study: trained, measured and drawn in a folder of its own, in a process of its own."""

import contextlib
import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dsrl.calibration import calibrate
from dsrl.datasets import load
from dsrl.errors import EncoderError
from dsrl.figures import spread
from dsrl.files import write_bytes, write_json
from dsrl.inspection import Frames, explained, reconstruct
from dsrl.labelled import Labelled, load_labelled
from dsrl.measurement import see
from dsrl.objectives import Hyperparameters
from dsrl.perception import Perception
from dsrl.preprocessing import Box, Preprocessing
from dsrl.scoring import any_kind, near_box
from dsrl.scripts.examine import describe, draw, locate
from dsrl.scripts.pretrain import Pretrain, name_kinds
from dsrl.scripts.pretrain import main as pretrain
from dsrl.scripts.rounds import Play, sample, views
from dsrl.shards import Shards
from dsrl.studies import METHODS, Cell, Size
from dsrl.training import Training
from dsrl.vae import VAE
from dsrl.weights import CONFIG, KINDS

RESULT = "result.json"
DRAWN = "drawn.npz"
"""Some held-out frames, and what is drawn from their latent codes; uint8 [n, c, h, w] each."""
BLIND = "The encoder finds no object in play: there are no symbols."
CURVES = {"reconstruction": "train/reconstruction", "rate": "train/rate"}
"""What is kept of the curves in TensorBoard."""


class Setting(NamedTuple):
    """What all cells of a study share."""

    out: Path
    """Folder of the study."""
    data: Path
    """Folder that holds a folder of frames for each game."""
    size: Size
    figures: tuple[str, ...]
    labelled: Path | None
    """Folder that holds GAME.npz with labelled frames for each game."""
    exclude: tuple[str, ...]

    def folder(self, cell: Cell) -> Path:
        """Return where a cell goes."""
        return self.out / "cells" / cell.name

    def truth(self, game: str) -> Labelled | None:
        """Return the labelled frames of a game, if there are any."""
        return load_labelled(self.labelled / f"{game}.npz", self.exclude) if self.labelled else None


def configure(cell: Cell, setting: Setting) -> Pretrain:
    """Return the command that trains a cell."""
    method, size, folder = METHODS[cell.method], setting.size, setting.folder(cell)
    return Pretrain(
        data=setting.data / cell.game,
        out=folder / "encoder",
        run=folder / "run",
        watch=size.watch,
        network=cell.network,
        filters=method.filters,
        batch_norm=cell.batch_norm,
        colour=method.colour,
        objective=method.objective,
        hyperparameters=Hyperparameters(
            beta=cell.beta,
            reconstruction=cell.reconstruction,
            steps=size.steps,
            regulariser=method.regulariser,
        ),
        training=Training(batch=size.batch, seed=cell.seed, accelerator="cpu", progress_bar=False),
    )


def measure(cell: Cell, setting: Setting, drawn: bool) -> None:
    """Train a cell unless its weights are there, measure it, draw its figures, and write its result last."""
    torch.set_num_threads(1)
    folder, started = setting.folder(cell), time.process_time()
    folder.mkdir(parents=True, exist_ok=True)
    with into(folder / "log.txt"):
        config = configure(cell, setting)
        train(config)
        vae = VAE.from_pretrained(folder / "encoder")
        frames = load(setting.data / cell.game, METHODS[cell.method].colour).frames.validation
        looked = spread(frames, setting.size.looked)
        result = {**asdict(cell), "name": cell.name, "command": config.command}
        result |= judge(vae, looked) | {"curve": read_curves(folder / "run")}
        result |= {"note": None if (folder / "encoder" / KINDS).is_file() else BLIND}
        if truth := setting.truth(cell.game):
            result |= localise(folder / "encoder", vae, truth)
        if drawn:
            draw(vae, looked, setting.figures, folder / "figures")
        keep_drawn(vae, spread(looked), folder / DRAWN)
    write_json(folder / RESULT, result | {"seconds": round(time.process_time() - started, 1)})
    shutil.rmtree(folder / "run" / "checkpoints", ignore_errors=True)


@contextlib.contextmanager
def into(path: Path) -> Iterator[None]:
    """Let what is printed go to the end of a file."""
    with path.open("a") as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        yield


def keep_drawn(vae: VAE, frames: Frames, path: Path) -> None:
    """Write frames and what is drawn of them, so that a report can put methods side by side."""
    file = io.BytesIO()
    drawn = np.rint(255 * reconstruct(vae, frames)).astype(np.uint8)
    np.savez_compressed(file, frames=frames.numpy(), drawn=drawn)
    write_bytes(path, file.getvalue())


def train(config: Pretrain) -> None:
    """Train or go on training, and find kinds; an encoder that finds no object is left without them."""
    folder, begun = Path(str(config.out)), Path(str(config.run)) / "checkpoints" / "last.ckpt"
    weights = folder / CONFIG
    try:
        if not weights.is_file():
            pretrain(Pretrain(**{**vars(config), "resume": begun.is_file()}))
        elif not (folder / KINDS).is_file():
            name_kinds(VAE.from_pretrained(folder), folder, [Play(Shards(str(config.data)))], config.watch)
    except EncoderError:
        if not weights.is_file():
            raise


def judge(vae: VAE, frames: Frames) -> dict[str, Any]:
    """Return distortion, rate and what else frames alone can tell."""
    return {**describe(vae, frames), **vae.config["metrics"], "explained": explained(vae, frames)}


def localise(folder: Path, vae: VAE, truth: Labelled) -> dict[str, Any]:
    """Return how well the latent code and the symbols tell places, on labelled frames."""
    found = locate(vae, truth)
    shares = [probe["share"] for probe in found["probes"].values()]
    sees = (folder / KINDS).is_file()
    return {
        **found,
        "probe": float(np.mean(shares)) if shares else None,
        "symbols_f1": score(Perception.from_pretrained(folder), truth) if sees else 0.0,
    }


def score(perception: Perception, truth: Labelled) -> float:
    """Return the F1 of symbols of any kind, right within 5 px of a label's box."""
    return any_kind([one.symbols for one in see(perception, truth)], truth.labels, near_box).f1


def measure_rival(game: str, setting: Setting, truth: Labelled) -> float:
    """Return the F1 of background subtraction by the same code without an encoder."""
    shards = Shards(setting.data / game)
    untrained = VAE(Preprocessing(Box(*shards.source.playfield), screen=shards.source.screen))
    plays = [Play(shards)]
    with into(setting.out / "log.txt"):
        return score(
            calibrate(untrained, sample(plays), views(plays, setting.size.watch), gated=False), truth
        )


def read_curves(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the curves of a training, (step, nats per frame), from what it left for TensorBoard."""
    events = EventAccumulator(str(run))
    events.Reload()
    there = events.Tags()["scalars"]
    return {
        name: [(event.step, event.value) for event in events.Scalars(tag)]
        for name, tag in CURVES.items()
        if tag in there
    }
