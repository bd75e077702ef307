"""`dsrl study`: trains a grid of encoders, and writes a report that compares them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from dsrl.errors import ConfigError, EncoderError, choose
from dsrl.figures import FIGURES
from dsrl.files import read_json, write_json
from dsrl.networks import NETWORKS
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.scripts.cell import RESULT, Setting, measure, measure_rival
from dsrl.scripts.collect import Collect, collect
from dsrl.scripts.command import at_least, command_line, run
from dsrl.scripts.study_report import write_report
from dsrl.scripts.workers import side_by_side
from dsrl.studies import FULL, METHODS, QUICK, Cell, Part, Size, grid, thesis


@dataclass(frozen=True)
class Study:
    """Compare ways to train an encoder; the same command again goes on with what is missing."""

    preset: Literal["none", "thesis"] = "none"
    """A grid that is given: thesis, chapter 6 of Sherburn 2017; with none, the grid is that of the flags."""
    quick: bool = False
    """The same at a reduced size: fewer frames, steps and cells."""
    games: tuple[str, ...] = ("Pong",)
    """Games, as in ALE."""
    methods: tuple[str, ...] = tuple(METHODS)
    """What to compare: single-filter, neuron-level, naive, weighted, colour, winner-takes-all, competitive,
    orthogonal."""
    networks: tuple[str, ...] = ("light",)
    """Architectures, as of `dsrl pretrain`."""
    reconstruction: str = "contrast"
    """Reconstruction term, as of `dsrl pretrain`."""
    betas: tuple[float, ...] = (0.04,)
    """Weights of the divergence."""
    seeds: int = 1
    """Trainings of each cell, with the seeds 0, 1, 2, ..."""
    frames: int | None = None
    """Frames to collect of each game; by default 20,000, quick 2,000."""
    steps: int | None = None
    """Steps of each training; by default 3,000, quick 500."""
    labelled: Path | None = None
    """Folder of GAME.npz, labelled frames: measures how well places are told, and never trains."""
    exclude: tuple[str, ...] = ()
    """Categories of the labels that do not count, for example Block for the wall of Breakout."""
    figures: tuple[str, ...] = tuple(FIGURES)
    """Figures to draw of each method, as of `dsrl examine`."""
    workers: int = 1
    """Trainings at once, each on one core."""
    out: Path | None = None
    """Folder of the study; by default runs/study, runs/study-thesis or runs/study-thesis-quick."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        known = {"method": list(METHODS), "network": list(NETWORKS), "figure": list(FIGURES)}
        for what, names in known.items():
            for name in getattr(self, f"{what}s"):
                choose(what, name, names)
        choose("reconstruction", self.reconstruction, list(RECONSTRUCTIONS))
        at_least(self, seeds=1, workers=1, frames=1, steps=1)

    @property
    def folder(self) -> Path:
        """Where the study goes."""
        named = ["study", *([self.preset] * (self.preset != "none")), *(["quick"] * self.quick)]
        return self.out or Path("runs") / "-".join(named)

    @property
    def size(self) -> Size:
        """How much each training is given."""
        size = QUICK if self.quick else FULL
        return size._replace(frames=self.frames or size.frames, steps=self.steps or size.steps)

    @property
    def parts(self) -> list[Part]:
        """The questions, each with its cells."""
        seeds = range(self.seeds)
        if self.preset == "thesis":
            return thesis(seeds, self.quick)
        cells = grid(self.games, self.methods, self.networks, self.betas, seeds, self.reconstruction)
        parts = [
            Part("methods", "Methods", "What does each method keep of the frames, at which rate?", cells)
        ]
        if len(self.betas) > 1:
            parts.append(Part("beta", "Beta", "What does each nat of the code buy?", cells))
        return parts

    @property
    def setting(self) -> Setting:
        """What all cells share."""
        return Setting(
            self.folder, self.folder / "data", self.size, self.figures, self.labelled, self.exclude
        )


def main(config: Study) -> Path:
    """Train and measure what is missing, write the report, and return its page."""
    agree(config)
    parts, setting = config.parts, config.setting
    cells = list(dict.fromkeys(cell for part in parts for cell in part.cells))
    for game in dict.fromkeys(cell.game for cell in cells):
        collect(Collect(game, out=setting.data / game, frames=setting.size.frames))
    missing, drawn = [cell for cell in cells if not done(cell, setting)], drawn_of(parts)
    jobs = {cell.name: partial(measure, cell, setting, cell in drawn) for cell in missing}
    failed = side_by_side(jobs, config.workers, "study", len(cells))
    rivals = measure_rivals(cells, setting)
    results = [read_json(path) for cell in cells if (path := setting.folder(cell) / RESULT).is_file()]
    page = write_report(parts, results, rivals, setting, command_line("study", config))
    Console().print(f"{len(results)} of {len(cells)} trainings are in [bold]{page}[/bold]")
    if failed:
        raise EncoderError(f"{len(failed)} trainings failed, the first by: {failed[0]}; repeat the command")
    return page


def agree(config: Study) -> None:
    """Refuse a folder whose trainings were of another size.

    Raises:
        ConfigError: they were.
    """
    path, size = config.folder / "config.json", config.size._asdict()
    before = read_json(path)["size"] if path.is_file() else size
    if before != size:
        raise ConfigError(f"{path} has the size {before}, not {size}: give the same, or another --out")
    flags = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(config).items()}
    write_json(path, flags | {"size": size})


def drawn_of(parts: Sequence[Part]) -> set[Cell]:
    """Return the cells whose figures are drawn: of each method, game and network, the least beta and seed.

    It is those of the games of the first part, where all methods meet.
    """
    games = {cell.game for cell in parts[0].cells}
    cells = [cell for part in parts if part.kind == "methods" for cell in part.cells if cell.game in games]
    first: dict[tuple[str, str, str, str], Cell] = {}
    for cell in sorted(cells, key=lambda cell: (cell.seed, cell.beta)):
        first.setdefault((cell.game, cell.method, cell.network, cell.reconstruction), cell)
    return set(first.values())


def done(cell: Cell, setting: Setting) -> bool:
    """Return whether a cell needs no more: labels may have been given since it was measured."""
    path = setting.folder(cell) / RESULT
    return path.is_file() and (setting.labelled is None or "latent_f1" in read_json(path))


def measure_rivals(cells: Sequence[Cell], setting: Setting) -> dict[str, float]:
    """Return the F1 of background subtraction on each game, measured once."""
    path = setting.out / "rivals.json"
    found: dict[str, Any] = read_json(path) if path.is_file() else {}
    for game in dict.fromkeys(cell.game for cell in cells):
        if game not in found and (truth := setting.truth(game)):
            found[game] = measure_rival(game, setting, truth)
            write_json(path, found)
    return found


if __name__ == "__main__":
    run(Study, main)
