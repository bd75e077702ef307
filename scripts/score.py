"""`dsrl score`: measures an encoder's symbols on labelled frames, beside what would do without it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dsrl.calibration import View
from dsrl.envs.views import played
from dsrl.errors import ConfigError
from dsrl.files import write_bytes, write_json
from dsrl.labelled import load_labelled
from dsrl.measurement import faulty_frames, main_figures, measure
from dsrl.perception import Perception
from dsrl.rivals import find_rivals
from dsrl.scripts.command import run
from dsrl.shards import Source
from dsrl.sheet import Picture, sheet
from dsrl.weights import annotate, locate, shipped

PICTURES = 9
"""Frames on the sheet, at most."""
FAULTS = 5
"""Faults that the card tells, at most."""


@dataclass(frozen=True)
class Score:
    """Measure an encoder on labelled frames, by both published rules."""

    encoder: str
    """Name of shipped weights, or a folder."""
    labelled: Path
    """File of labelled frames; `dsrl.labelled` has its format."""
    exclude: tuple[str, ...] = ()
    """Categories that do not count, for example Block for the wall of Breakout."""
    rivals: bool = True
    """Measure what would do without the network, and kinds from latents alone, too."""
    watch: int = 2000
    """Steps of random play that the rivals find their kinds from, as `dsrl pretrain` does."""
    json: Path | None = None
    """File to write every figure to."""
    dump: Path | None = None
    """File for each frame's symbols, as [kind, x, y, width, height, confidence], centre in native pixels."""
    overlay: Path | None = None
    """PNG file for a sheet of frames that shows what is wrong, the most frequent faults first."""

    card: bool = False
    """Write the main figures and the most frequent faults into config.json and the card of the weights."""

    def __post_init__(self) -> None:
        """Check that what is asked for can be done.

        Raises:
            ConfigError: a number is out of range, or the card is that of shipped weights.
        """
        if self.card and (not self.rivals or self.encoder in shipped()):
            raise ConfigError(
                "a card is written into a folder, beside its rivals: give --encoder FOLDER and no --no-rivals"
            )
        if self.watch < 1:
            raise ConfigError(f"watch is {self.watch}: choose 1 or more")


def views(perception: Perception, steps: int) -> Iterator[View]:
    """Return so many steps of random play of the game that the encoder was trained on.

    Raises:
        ConfigError: the weights do not say which one.
    """
    game = perception.detector.vae.config.get("training", {}).get("game")
    if game is None:
        raise ConfigError("the weights do not tell their game, which rivals must watch: give --no-rivals")
    return islice(played(Source(game, tuple(perception.preprocessing.playfield))), steps)


def show(config: Score, result: dict[str, Any]) -> None:
    """Print the figures as tables."""
    table = Table(title=f"{config.encoder} on {config.labelled.name}, {result['frames']} frames")
    for column in ("rule", "symbols", "precision", "recall", "F1"):
        table.add_column(column, justify="left" if column in ("rule", "symbols") else "right")
    for name, rule in result["rules"].items():
        rows = {
            "of any kind": rule["any_kind"],
            "of the right kind": rule["right_kind"],
            **rule["categories"],
        }
        for title, rates in rows.items():
            table.add_row(name, title or "no category", *(f"{rates[key]:.3f}" for key in rates))
        table.add_section()
    Console().print(table)
    Console().print(comparison(config.encoder, result))


def comparison(encoder: str, result: dict[str, Any]) -> Table:
    """Return the main figures of the encoder beside those of its rivals."""
    lines = main_figures(encoder, result)
    table = Table(caption="Labels have no identity: `dsrl stability` measures tracks.")
    table.add_column("")
    for name in lines:
        table.add_column(name, justify="right")
    for title in lines[encoder]:
        values = [line[title] for line in lines.values()]
        table.add_row(title, *("-" if value is None else f"{value:.3f}" for value in values))
    return table


def scores(config: Score, result: dict[str, Any], pictures: Sequence[Picture]) -> dict[str, Any]:
    """Return what the card tells of the figures."""
    command = f"dsrl score --encoder {Path(config.encoder).name} --labelled {config.labelled.name}"
    excluded = " ".join(["", "--exclude", *config.exclude]) if config.exclude else ""
    return {
        "command": command + excluded,
        "frames": result["frames"],
        "lines": main_figures("this encoder", result),
        "faults": [picture.title.replace("\n", ": ") for picture in pictures[:FAULTS]],
    }


def main(config: Score) -> dict[str, Any]:
    """Measure, print, and write what was asked for."""
    labelled = load_labelled(config.labelled, config.exclude)
    perception = Perception.from_pretrained(config.encoder)
    seen, result = measure(perception, labelled)
    if config.rivals:
        rivals = find_rivals(perception, views(perception, config.watch))
        result["rivals"] = {name: measure(rival, labelled)[1] for name, rival in rivals.items()}
    show(config, result)
    pictures = faulty_frames(perception, seen, labelled, PICTURES)
    if config.json:
        write_json(config.json, result)
    if config.dump:
        write_json(config.dump, [[[*one[:5], one.confidence] for one in found] for found, _ in seen])
    if config.overlay:
        write_bytes(config.overlay, sheet(pictures))
    if config.card:
        annotate(locate(config.encoder), scores=scores(config, result, pictures))
    return result


if __name__ == "__main__":
    run(Score, main)
