"""`dsrl name`: lists the kinds of object that an encoder tells apart, and names them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dsrl.errors import ConfigError
from dsrl.files import read_json, write_json
from dsrl.kinds import Kinds
from dsrl.perception import Perception
from dsrl.scripts.command import run
from dsrl.weights import KINDS, locate, require_weights_or_nothing, shipped

SHOWN_LOOKS = 8


@dataclass(frozen=True)
class Name:
    """List the kinds of an encoder, or name one of them for tables, rules and pictures."""

    encoder: str
    """Name of shipped weights, or a folder."""
    kind: int | None = None
    """The kind to name, by its number in the list."""
    name: str | None = None
    """What to call it; empty to take its name away."""
    out: Path | None = None
    """Folder for a copy of the weights with the name in it; by default the weights' own folder is changed."""

    def __post_init__(self) -> None:
        """Check that there is a name for the kind.

        Raises:
            ConfigError: one is given without the other, or a copy has no place.
        """
        if (self.kind is None) != (self.name is None):
            raise ConfigError("give both --kind and --name, or neither to list the kinds")
        if self.name is not None and self.out is None and self.encoder in shipped():
            raise ConfigError(
                f"{self.encoder} is shipped and stays as it is: name a copy of your own with --out FOLDER"
            )


def table(encoder: str, kinds: Kinds) -> Table:
    """Return a line per kind: what it is called, how often it is seen, and what it looks like."""
    lines = Table(title=f"kinds of {encoder}")
    for column, justify in [("kind", "right"), ("called", "left"), ("share", "right"), ("looks", "left")]:
        lines.add_column(column, justify=justify)  # type: ignore[arg-type]
    for kind, label in enumerate(kinds.labels):
        called = f"{label} (controlled)" if kind == kinds.controlled else label
        lines.add_row(str(kind), called, f"{kinds.shares[kind]:.1%}", looks(kinds, kind))
    return lines


def looks(kinds: Kinds, kind: int) -> Text:
    """Return the looks of a kind, the most frequent first, each as its colour and its size."""
    found, line = kinds.looks.take(kinds.kind_of_look == kind), Text()
    for colour, (width, height) in list(zip(found.colours.tolist(), found.sizes, strict=True))[:SHOWN_LOOKS]:
        line.append("  ", style=f"on rgb({','.join(map(str, colour))})").append(f" {width:g}x{height:g}  ")
    hidden = len(found.sizes) - SHOWN_LOOKS
    return line.append(f"and {hidden} more" if hidden > 0 else "")


def rename(folder: Path, kind: int, name: str) -> None:
    """Write the name of a kind into a folder of weights.

    Raises:
        ConfigError: there is no such kind.
    """
    kinds = read_json(folder / KINDS)
    if kind not in range(len(kinds["kinds"])):
        raise ConfigError(f"there is no kind {kind}: choose one of 0 to {len(kinds['kinds']) - 1}")
    kinds["kinds"][kind]["name"] = name or None
    write_json(folder / KINDS, kinds)


def copied(folder: Path, out: Path) -> Path:
    """Return `out` with a copy of the weights in `folder`; one that is there already stays."""
    require_weights_or_nothing(out)
    if not (out / KINDS).is_file():
        shutil.copytree(folder, out, dirs_exist_ok=True)
    return out


def main(config: Name) -> None:
    """Name a kind if asked to, then list them all."""
    folder = locate(config.encoder)
    Perception.from_pretrained(folder)  # so that damage is told, and not written on
    if config.kind is not None and config.name is not None:
        folder = copied(folder, config.out) if config.out else folder
        rename(folder, config.kind, config.name)
    Console().print(table(folder.name, Perception.from_pretrained(folder).kinds))


if __name__ == "__main__":
    run(Name, main)
