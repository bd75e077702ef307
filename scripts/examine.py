"""`dsrl examine`: draws what a trained encoder has learned, and measures its latent code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from dsrl.datasets import load
from dsrl.diagnosis import measure
from dsrl.errors import ConfigError, choose
from dsrl.figures import FIGURES, spread
from dsrl.files import write_bytes, write_json
from dsrl.inspection import Frames, reconstruction_of, statistics, wins
from dsrl.labelled import Labelled, load_labelled
from dsrl.probe import latent_symbols, linear_probe
from dsrl.scoring import any_kind, near_box
from dsrl.scripts.command import run
from dsrl.threads import one_thread
from dsrl.vae import VAE


@dataclass(frozen=True)
class Examine:
    """Draw the figures of a trained encoder and measure its latent code."""

    encoder: str
    """Name of shipped weights, or a folder."""
    data: Path
    """Folder of frames; those held out for validation are looked at."""
    out: Path | None = None
    """Folder of the figures; by default runs/examine-ENCODER."""
    figures: tuple[str, ...] = tuple(FIGURES)
    """Which figures to draw; by default all."""
    frames: int = 10_000
    """Frames to look at, at most."""
    all_frames: bool = False
    """Look at the frames that train an encoder too."""
    labelled: Path | None = None
    """File of labelled frames, to measure how well the latent code tells places."""
    exclude: tuple[str, ...] = ()
    """Categories of the labels that do not count."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: a figure is unknown, or there is no frame to look at.
        """
        for name in self.figures:
            choose("figure", name, list(FIGURES))
        if self.frames < 1:
            raise ConfigError(f"frames is {self.frames}: look at one at least")

    @property
    def folder(self) -> Path:
        """Where the figures go."""
        return self.out or Path("runs") / f"examine-{Path(self.encoder).name}"


def main(config: Examine) -> Path:
    """Draw, measure, print the measures and return the folder."""
    vae = VAE.from_pretrained(config.encoder)
    frames = read_frames(config, vae)
    with one_thread():
        draw(vae, frames, config.figures, config.folder)
        measures = describe(vae, frames)
        if config.labelled:
            measures |= locate(vae, load_labelled(config.labelled, config.exclude))
    write_json(config.folder / "measures.json", measures)
    Console().print(table(config, measures))
    Console().print(f"[bold]{config.folder}[/bold] has the figures and measures.json")
    return config.folder


def read_frames(config: Examine, vae: VAE) -> Frames:
    """Return the frames to look at, spread over the data.

    Raises:
        ConfigError: the data are not what the encoder was made for.
    """
    found = load(config.data, "rgb" if vae.preprocessing.colour == "rgb" else "luminance").frames
    if found.train.shape[1:] != vae.frame_shape:
        raise ConfigError(
            f"{config.data} has frames of {tuple(found.train.shape[1:])}, but {config.encoder} sees "
            f"{vae.frame_shape}: give data that it was trained for"
        )
    chosen = torch.cat([found.validation, found.train]) if config.all_frames else found.validation
    return spread(chosen, config.frames)


def draw(vae: VAE, frames: Frames, names: tuple[str, ...], folder: Path) -> None:
    """Write the figures of those names, each a PNG file."""
    for name in tqdm(names, desc="examine", unit="figure"):
        write_bytes(folder / f"{name}.png", FIGURES[name](vae, frames))


def describe(vae: VAE, frames: Frames) -> dict[str, Any]:
    """Return what the latent code carries, from frames alone."""
    found = statistics(vae, frames)
    return {
        "frames": len(frames),
        **measure(vae, frames, reconstruction_of(vae)),
        "rate_of_filters": found.per_filter.tolist(),
        "wins_of_filters": wins(vae, frames).tolist(),
        "active_units": int(found.active.sum()),
        "units": found.active.size,
    }


def locate(vae: VAE, truth: Labelled) -> dict[str, Any]:
    """Return how well the latent code tells places: by its own islands, and to a linear probe.

    `latent_f1` takes each island of the divergence for an object, right within 5 px of a label's box.
    """
    probes = linear_probe(vae, truth)
    return {
        "latent_f1": any_kind(latent_symbols(vae, truth), truth.labels, near_box).f1,
        "probes": {category: probe._asdict() | {"share": probe.share} for category, probe in probes.items()},
    }


def table(config: Examine, measures: dict[str, Any]) -> Table:
    """Return the measures as a table."""
    rows = Table(title=f"{config.encoder} on {measures['frames']:,} frames of {config.data}")
    rows.add_column("measure")
    rows.add_column("value", justify="right")
    rows.add_row("distortion, nats per frame", f"{measures['distortion']:.1f}")
    rows.add_row("rate, nats per frame", f"{measures['rate']:.1f}")
    rows.add_row("filters in use", f"{measures['active_filters']} of {len(measures['rate_of_filters'])}")
    rows.add_row("cells that the busiest filter wins", f"{max(measures['wins_of_filters']):.1%}")
    rows.add_row("active units", f"{measures['active_units']:,} of {measures['units']:,}")
    if "latent_f1" in measures:
        rows.add_row("F1 of the divergence's islands, within 5 px", f"{measures['latent_f1']:.3f}")
    for category, probe in measures.get("probes", {}).items():
        error = f"{probe['error']:.1f} px (mean place: {probe['chance']:.1f})"
        rows.add_row(f"linear probe of {category}", error)
    return rows


if __name__ == "__main__":
    run(Examine, main)
