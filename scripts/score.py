"""`dsrl score`: measures an encoder's symbols on labelled frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from dsrl.files import write_json
from dsrl.labelled import Labelled, load_labelled
from dsrl.perception import Perception
from dsrl.scoring import RULES, Counts, agreement, any_kind, by_category, recalls
from dsrl.scripts.command import run
from dsrl.symbols import Symbol


@dataclass(frozen=True)
class Score:
    """Measure an encoder on labelled frames, by both published rules."""

    encoder: str
    """Name of shipped weights, or a folder."""
    labelled: Path
    """File of labelled frames; `dsrl.labelled` has its format."""
    exclude: tuple[str, ...] = ()
    """Categories that do not count, for example Block for the wall of Breakout."""
    json: Path | None = None
    """File to write every figure to."""
    dump: Path | None = None
    """File for each frame's symbols, as [kind, x, y, width, height, confidence], centre in native pixels."""


def see(perception: Perception, labelled: Labelled) -> list[list[Symbol]]:
    """Return the symbols of each pair of frames on its own: labelled frames need not follow each other."""
    frames = []
    for previous, current in tqdm(labelled.frames, desc="score", unit="frame"):
        perception.reset()
        frames.append(perception(previous, current))
    return frames


def figures(frames: Sequence[Sequence[Symbol]], labelled: Labelled) -> dict[str, Any]:
    """Return precision, recall and F1 by every rule, and how well the kinds agree with the categories."""
    labels = labelled.labels
    rules = {}
    for name, rule in RULES.items():
        categories = by_category(frames, labels, rule)
        rules[name] = {
            "any_kind": _rates(any_kind(frames, labels, rule)),
            "right_kind": _rates(sum(categories.values(), Counts())),
            "categories": {category: _rates(counts) for category, counts in categories.items()},
            "recall_any_kind": recalls(frames, labels, rule),
        }
    information, purity = agreement(frames, labels)
    return {"frames": len(frames), "rules": rules, "ami": information, "purity": purity}


def _rates(counts: Counts) -> dict[str, float]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}


def show(config: Score, result: dict[str, Any]) -> None:
    """Print the figures as a table."""
    kinds = f"kinds: AMI {result['ami']:.3f}, purity {result['purity']:.3f}"
    table = Table(
        title=f"{config.encoder} on {config.labelled.name}",
        caption=f"micro, {result['frames']} frames; {kinds}",
    )
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


def main(config: Score) -> dict[str, Any]:
    """Measure, print, and write what was asked for."""
    labelled = load_labelled(config.labelled, config.exclude)
    frames = see(Perception.from_pretrained(config.encoder), labelled)
    result = figures(frames, labelled)
    show(config, result)
    if config.json:
        write_json(config.json, result)
    if config.dump:
        write_json(config.dump, [[[*symbol[:5], symbol.confidence] for symbol in step] for step in frames])
    return result


if __name__ == "__main__":
    run(Score, main)
