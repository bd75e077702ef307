"""The report of a study: a page with everything inside, its figures as PNG files, its numbers as CSV."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from dsrl.figures import caption
from dsrl.files import write_bytes
from dsrl.panels import line_panels, picture_rows
from dsrl.report import Chapter, Gallery, Picture, Report, render, to_csv
from dsrl.scripts.cell import DRAWN, Setting
from dsrl.scripts.command import command_line
from dsrl.scripts.examine import Examine
from dsrl.studies import Cell, Part
from dsrl.summaries import (
    Result,
    Table,
    answer,
    compare_betas,
    compare_methods,
    compare_norms,
    games_of,
    over_beta,
    tell_curve,
    training_curves,
)

TITLE = "What keeps the objects?"
NESTED = {"curve", "probes", "rate_of_filters"}
"""What of a result goes into no cell of a CSV file as it is."""


def write_report(
    parts: Sequence[Part],
    results: Sequence[Result],
    rivals: Mapping[str, float],
    setting: Setting,
    command: str,
) -> Path:
    """Write the page, its pictures and its numbers from what is measured so far; return the page."""
    by_name = {result["name"]: result for result in results}
    found = [(part, [by_name[cell.name] for cell in part.cells if cell.name in by_name]) for part in parts]
    chapters = [chapter(part, measured, setting) for part, measured in found if measured]
    wanted = len({cell for part in parts for cell in part.cells})
    words = answer([(part.title, measured) for part, measured in found if part.kind == "methods"], rivals)
    report = Report(TITLE, lead(results, wanted, setting), command, chapters, results, words)
    write_bytes(setting.out / "results.csv", to_csv([flat(result) for result in results]))
    write_bytes(setting.out / "curves.csv", to_csv(list(points(results))))
    page = setting.out / "report.html"
    write_bytes(page, render(report).encode())
    return page


def lead(results: Sequence[Result], wanted: int, setting: Setting) -> str:
    """Return how large the study is, and how much of it is there."""
    size, minutes = setting.size, sum(float(result["seconds"]) for result in results) / 60
    return (
        f"{len(results)} of {wanted} trainings, each of {size.steps:,} steps of {size.batch} frames, on "
        f"{size.frames:,} frames of each game: {minutes:.1f} minutes of processor time."
    )


def flat(result: Result) -> dict[str, object]:
    """Return the numbers of a result, a column each."""
    row = {name: value for name, value in result.items() if name not in NESTED}
    row |= {f"rate_of_filter_{index}": value for index, value in enumerate(result["rate_of_filters"])}
    for category, probe in result.get("probes", {}).items():
        row |= {f"probe_{category}_{name}": value for name, value in probe.items()}
    return row


def points(results: Sequence[Result]) -> Iterator[dict[str, object]]:
    """Yield every point of the curves of all trainings."""
    for result in results:
        for name, curve in result["curve"].items():
            for step, value in curve:
                yield {"training": result["name"], "curve": name, "step": step, "nats_per_frame": value}


def chapter(part: Part, results: Sequence[Result], setting: Setting) -> Chapter:
    """Return the part's tables, pictures and words."""
    words = [tell_curve(game, mine) for game, mine in games_of(results)] if part.kind == "beta" else []
    pictures = list(PICTURES[part.kind](part, results, setting))
    for index, picture in enumerate(pictures, start=1):
        name = f"{parts_name(part)}-{index}.png"
        write_bytes(setting.out / "figures" / name, picture.png)
    galleries = list(show(results, setting)) if part.kind == "methods" else []
    return Chapter(part.title, part.question, words, [TABLES[part.kind](results)], pictures, galleries)


def parts_name(part: Part) -> str:
    """Return the title of a part as a file is called.

    >>> parts_name(Part("beta", "Beta against rate (6.9)", "", ()))
    'beta-against-rate-6-9'
    """
    return "-".join("".join(c if c.isalnum() else " " for c in part.title.lower()).split())


def draw_methods(part: Part, results: Sequence[Result], setting: Setting) -> Iterator[Picture]:
    """Yield, of each network, what each method draws, and the curves of its training."""
    shown = [result for result in results if result["beta"] == least(results, result) and not result["seed"]]
    for network in dict.fromkeys(result["network"] for result in shown):
        mine = [result for result in shown if result["network"] == network]
        for game, same in games_of(mine):
            yield Picture(
                overview(same, setting),
                f"{game}, network {network}: held-out frames and what each method draws.",
            )
        yield from curves(part, mine, "method", f"network {network}, the least beta")


def least(results: Sequence[Result], one: Result) -> float:
    """Return the least beta of a training's method."""
    return min(float(other["beta"]) for other in results if other["method"] == one["method"])


def overview(results: Sequence[Result], setting: Setting) -> bytes:
    """Return frames of a game, and under them what the encoder of each result draws of them."""
    rows: dict[str, np.ndarray] = {}
    for result in results:
        with np.load(setting.folder(cell_of(result)) / DRAWN, allow_pickle=False) as kept:
            rows.setdefault("frame", kept["frames"] / 255)
            rows[result["method"]] = kept["drawn"] / 255
    return picture_rows(rows)


def cell_of(result: Result) -> Cell:
    """Return the cell that a result is of."""
    return Cell(**{name: result[name] for name in Cell.__dataclass_fields__})


def draw_norms(part: Part, results: Sequence[Result], setting: Setting) -> Iterator[Picture]:
    """Yield the curves of training of each place of batch normalisation."""
    yield from curves(part, results, "batch_norm", "by where batch normalisation stands")


def curves(part: Part, results: Sequence[Result], line: str, which: str) -> Iterator[Picture]:
    """Yield reconstruction and rate over the steps, a line for each value of a field."""
    for value, title in (("reconstruction", "distortion"), ("rate", "rate")):
        panels = training_curves(part, results, value, line)
        yield Picture(
            line_panels(panels, "step", f"{title}, nats per frame", log_y=True),
            f"{title.capitalize()} over the training: {which}.",
        )


def draw_betas(part: Part, results: Sequence[Result], setting: Setting) -> Iterator[Picture]:
    """Yield distortion and rate over beta, and one against the other."""
    panels = {
        game: {name: over_beta(mine, name) for name in ("distortion", "rate")}
        for game, mine in games_of(results)
    }
    yield Picture(
        line_panels(panels, "beta", "nats per frame", log_x=True, log_y=True, marker="o"),
        "Distortion and rate of held-out frames at each beta.",
    )
    plane = {game: {"": exchange(mine)} for game, mine in games_of(results)}
    yield Picture(
        line_panels(plane, "rate, nats per frame", "distortion, nats per frame", marker="o"),
        "The same trainings, distortion against rate: the slope of the curve at a point is minus its beta.",
    )


def exchange(results: Sequence[Result]) -> list[tuple[float, float]]:
    """Return (rate, distortion) at each beta, from the greatest beta on."""
    pairs = zip(over_beta(results, "rate"), over_beta(results, "distortion"), strict=True)
    return [(rate, distortion) for (_, rate), (_, distortion) in pairs][::-1]


def show(results: Sequence[Result], setting: Setting) -> Iterator[Gallery]:
    """Yield the figures of the trainings that have been drawn, a gallery each."""
    for result in results:
        folder = setting.folder(cell_of(result))
        paths = [folder / "figures" / f"{name}.png" for name in setting.figures]
        drawn = [
            Picture(path.read_bytes(), caption(path.stem), redraw(folder, result, path.stem, setting))
            for path in paths
            if path.is_file()
        ]
        if drawn:
            title = (
                f"{result['game']}: {result['method']}, network {result['network']}, beta {result['beta']:g}"
            )
            yield Gallery(title, drawn)


def redraw(folder: Path, result: Result, figure: str, setting: Setting) -> str:
    """Return the command that draws a figure again."""
    config = Examine(
        str(folder / "encoder"),
        setting.data / result["game"],
        figures=(figure,),
        frames=setting.size.looked,
    )
    return command_line("examine", config)


TABLES: dict[str, Callable[[Sequence[Result]], Table]] = {
    "methods": compare_methods,
    "beta": compare_betas,
    "batch-norm": compare_norms,
}
PICTURES: dict[str, Callable[[Part, Sequence[Result], Setting], Iterator[Picture]]] = {
    "methods": draw_methods,
    "beta": draw_betas,
    "batch-norm": draw_norms,
}
