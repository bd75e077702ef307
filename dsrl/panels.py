"""Drawing arrays: rows of pictures, maps with a scale, bars and lines, each returned as a PNG file.

Pictures are grey levels over 255, channels first.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from PIL import Image

STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(
        color=["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#333333"]
    ),  # told apart by the colour-blind (Wong 2011)
}
TILE = 1.25
"""Side of a picture in a row, inches."""
DPI = 90
COLOURS = 64  # of a file: a third of the bytes, and no difference that is seen


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Figure, io.BytesIO]]:
    """Give a figure in the house style, of so many inches, and the file that it is written to as PNG."""
    with matplotlib.rc_context(STYLE):
        figure, file = Figure(figsize=(width, height), layout="constrained"), io.BytesIO()
        FigureCanvasAgg(figure)
        yield figure, file
        whole = io.BytesIO()
        figure.savefig(whole, format="png", dpi=DPI)
        Image.open(whole).convert("RGB").quantize(COLOURS).save(file, format="png", optimize=True)


def picture_rows(
    rows: Mapping[str, Float[np.ndarray, "columns c height width"]], titles: Sequence[str] = ()
) -> bytes:
    """Return rows of pictures one under the other, each row named at its left, each column above it."""
    columns = max(map(len, rows.values()))
    with canvas(TILE * columns + 1.0, TILE * len(rows) + 0.3) as (figure, file):
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for line, (name, row) in zip(grid, rows.items(), strict=True):
            for axes, picture in zip(line, row, strict=True):
                show(axes, picture)
            line[0].set_ylabel(name, rotation=0, ha="right", va="center")
        for axes, title in zip(grid[0], titles, strict=bool(titles)):
            axes.set_title(title)
    return file.getvalue()


def show(axes: Axes, picture: Float[np.ndarray, "c height width"]) -> None:
    """Draw a grey or a coloured picture without ticks."""
    pixels = np.moveaxis(picture, 0, -1)
    axes.imshow(pixels if pixels.shape[-1] == 3 else pixels[..., 0], cmap="gray", vmin=0, vmax=1)
    bare(axes)


def bare(axes: Axes) -> None:
    """Take ticks, grid and frame away."""
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def map_rows(
    rows: Mapping[str, Float[np.ndarray, "columns m n"]],
    titles: Sequence[str],
    label: str,
    diverging: bool = True,
    pictures: Float[np.ndarray, "rows c height width"] | None = None,
) -> bytes:
    """Return rows of maps that share one scale of colours, with the picture that each row belongs to.

    A diverging scale has white at zero; the other begins there.
    """
    extent = max(float(np.abs(row).max()) for row in rows.values()) or 1.0
    colours: dict[str, Any] = {"vmax": extent, "cmap": "RdBu_r" if diverging else "magma"}
    colours["vmin"] = -extent if diverging else 0.0
    beside = 0 if pictures is None else 1
    columns = len(titles) + beside
    with canvas(TILE * columns + 1.6, TILE * len(rows) + 0.4) as (figure, file):
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for index, (line, (name, row)) in enumerate(zip(grid, rows.items(), strict=True)):
            if pictures is not None:
                show(line[0], pictures[index])
            for axes, values in zip(line[beside:], row, strict=True):
                image = axes.imshow(values, **colours)
                bare(axes)
            line[0].set_ylabel(name, rotation=0, ha="right", va="center")
        for axes, title in zip(grid[0], ["frame"] * beside + list(titles), strict=True):
            axes.set_title(title)
        figure.colorbar(image, ax=grid, label=label, fraction=0.05, aspect=12 * len(rows), pad=0.02)
    return file.getvalue()


def bars(values: Mapping[str, float], label: str, title: str) -> bytes:
    """Return a bar for each name, with its figure beside it."""
    with canvas(5.2, 0.28 * len(values) + 0.9) as (figure, file):
        axes = figure.subplots()
        drawn = axes.barh(list(values), list(values.values()), color="#0072b2")
        axes.bar_label(drawn, fmt="%.3g", padding=3)
        axes.set(xlabel=label, title=title)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
    return file.getvalue()


def plain(axis: Axis) -> None:
    """Write the numbers of a logarithmic axis as they are, and not too many: 1, 2, 5 where it is short."""
    low, high = sorted(axis.get_view_interval())
    if high < 100 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def line_panels(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    marker: str = "",
) -> bytes:
    """Return a panel of lines for each name side by side, from points (x, y), with one legend for all."""
    with canvas(3.3 * len(panels) + 1.6, 3.0) as (figure, file):
        grid = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, lines) in zip(grid, panels.items(), strict=True):
            for index, (name, points) in enumerate(lines.items()):
                width = 1.4 + 2 * (1 - (index + 1) / len(lines)) ** 2  # a line under another one looks out
                values = np.array(points, dtype=float).reshape(-1, 2).T
                axes.plot(*values, marker=marker, label=name, lw=width)
            axes.set(title=title, xlabel=x_label)
            if log_x:
                axes.set_xscale("log")
                plain(axes.xaxis)
                axes.set_xticks(sorted({x for points in lines.values() for x, _ in points}))
            if log_y:
                axes.set_yscale("log")
                plain(axes.yaxis)
        grid[0].set_ylabel(y_label)
        named = {
            name: line for axes in grid for line, name in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        if any(named):
            figure.legend(list(named.values()), list(named), loc="outside right center")
    return file.getvalue()
