"""`dsrl score`: measures an encoder's symbols on labelled frames, beside what would do without it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from dsrl.calibration import View
from dsrl.envs.views import play_at_random
from dsrl.errors import ConfigError
from dsrl.faults import judge, worst
from dsrl.fewshot import SHOTS, few_shot_accuracy
from dsrl.files import write_bytes, write_json
from dsrl.labelled import Labelled, load_labelled
from dsrl.looks import Looks
from dsrl.perception import Perception, symbols
from dsrl.preprocessing import max_pool
from dsrl.rivals import find_rivals
from dsrl.scoring import categories_of_kinds, figures, match, near_box
from dsrl.scripts.command import run
from dsrl.shards import Source
from dsrl.sheet import Picture, sheet, verdict_marks
from dsrl.symbols import Symbol

PICTURES = 9
"""Frames on the sheet, at most."""
MAIN = (
    "any, near_box",
    "right, near_centre",
    "right, within_diagonal",
    "AMI",
    "purity",
    *(f"accuracy, {shots}-shot" for shots in SHOTS),
)
"""What an encoder and its rivals are compared by."""


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

    def __post_init__(self) -> None:
        """Check the number.

        Raises:
            ConfigError: it is out of range.
        """
        if self.watch < 1:
            raise ConfigError(f"watch is {self.watch}: choose 1 or more")


class Seen(NamedTuple):
    """What was seen in a frame."""

    symbols: list[Symbol]
    looks: Looks
    """Of each symbol."""


def see(perception: Perception, labelled: Labelled) -> list[Seen]:
    """Return what is seen in each pair of frames on its own: labelled frames need not follow each other."""
    seen = []
    for previous, current in tqdm(labelled.frames, desc="score", unit="frame"):
        found = perception.detector(previous, current)
        seen.append(Seen(symbols(found, perception.kinds.classify(found)), Looks.of(found)))
    return seen


def views(perception: Perception, steps: int) -> Iterator[View]:
    """Return so many steps of random play of the game that the encoder was trained on.

    Raises:
        ConfigError: the weights do not say which one.
    """
    game = perception.detector.vae.config.get("training", {}).get("game")
    if game is None:
        raise ConfigError("the weights do not tell their game, which rivals must watch: give --no-rivals")
    return islice(play_at_random(Source(game, tuple(perception.preprocessing.playfield))), steps)


def measure(perception: Perception, labelled: Labelled) -> tuple[list[Seen], dict[str, Any]]:
    """Return what is seen, and every figure of it."""
    seen = see(perception, labelled)
    result = figures([one.symbols for one in seen], labelled.labels)
    result["few_shot"] = few_shot(seen, labelled, perception)
    return seen, result


def few_shot(seen: Sequence[Seen], labelled: Labelled, perception: Perception) -> dict[str, float | None]:
    """Return the accuracy after each number of labelled examples, told from what kinds are compared by."""
    described, categories = [], []
    for (found, looks), labels in zip(seen, labelled.labels, strict=True):
        rows = dict(zip(map(id, found), looks.describe(perception.kinds.features), strict=True))
        pairs = match(found, labels, near_box)
        described += [rows[id(symbol)] for symbol, _ in pairs]
        categories += [label.category for _, label in pairs]
    return {str(shots): few_shot_accuracy(np.array(described), categories, shots) for shots in SHOTS}


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
    lines = {encoder: result, **result.get("rivals", {})}
    table = Table(caption="Labels have no identity: `dsrl stability` measures tracks.")
    table.add_column("micro F1, kinds")
    for name in lines:
        table.add_column(name, justify="right")
    for title, values in zip(MAIN, zip(*map(main_figures, lines.values()), strict=True), strict=True):
        table.add_row(title, *("-" if value is None else f"{value:.3f}" for value in values))
    return table


def main_figures(result: dict[str, Any]) -> list[float | None]:
    """Return the figures called `MAIN`."""
    rules = result["rules"]
    right = [rules[rule]["right_kind"]["f1"] for rule in ("near_centre", "within_diagonal")]
    few = result["few_shot"].values()
    return [rules["near_box"]["any_kind"]["f1"], *right, result["ami"], result["purity"], *few]


def faults_sheet(perception: Perception, seen: Sequence[Seen], labelled: Labelled) -> bytes:
    """Return the frames with the most frequent faults, as a PNG file."""
    frames, names = [one.symbols for one in seen], perception.kinds.labels
    named = categories_of_kinds(frames, labelled.labels)
    verdicts = [judge(*frame, named) for frame in zip(frames, labelled.labels, strict=True)]
    return sheet(
        [
            Picture(max_pool(*labelled.frames[frame]), title, verdict_marks(verdicts[frame], names))
            for frame, title in worst(verdicts, names, PICTURES).items()
        ]
    )


def main(config: Score) -> dict[str, Any]:
    """Measure, print, and write what was asked for."""
    labelled = load_labelled(config.labelled, config.exclude)
    perception = Perception.from_pretrained(config.encoder)
    seen, result = measure(perception, labelled)
    if config.rivals:
        rivals = find_rivals(perception, views(perception, config.watch))
        result["rivals"] = {name: measure(rival, labelled)[1] for name, rival in rivals.items()}
    show(config, result)
    if config.json:
        write_json(config.json, result)
    if config.dump:
        write_json(config.dump, [[[*one[:5], one.confidence] for one in found] for found, _ in seen])
    if config.overlay:
        write_bytes(config.overlay, faults_sheet(perception, seen, labelled))
    return result


if __name__ == "__main__":
    run(Score, main)
