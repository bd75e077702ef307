"""Sheets of frames with boxes drawn on them: what an encoder sees, and what it gets wrong, at a glance."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from dsrl.calibration import View
from dsrl.faults import Verdict
from dsrl.labelled import Label
from dsrl.panels import canvas
from dsrl.perception import Perception
from dsrl.symbols import Symbol

COLUMNS = 3
PANEL = (3.3, 4.5)
"""Width and height of a picture, inches."""
PALETTE = ("#ff5c57", "#5af78e", "#57c7ff", "#f3f99d", "#ff6ac1", "#9aedfe", "#ffb86c", "#c9a6ff")
"""Colours of the kinds, over and over."""
SPARSE = 10
"""One frame in so many is looked at, of those that are chosen from."""
WIDE = 46
"""Characters of a line above a picture."""
LEGEND = 0.4
"""Height of what is under the pictures, inches."""
MEANINGS = {
    "label": "#ffffff",
    "found": "#57e389",
    "of the wrong kind": "#ff8ff8",
    "not there": "#ffd60a",
    "missed": "#ff453a",
}
"""What each colour of a box says."""


class Mark(NamedTuple):
    """A box, and what is written beside it."""

    box: Symbol | Label
    meaning: str
    """One of `MEANINGS`, or a colour."""
    text: str = ""


class Picture(NamedTuple):
    """A frame with its marks."""

    frame: UInt8[np.ndarray, "height 160 3"]
    title: str
    marks: list[Mark]


def verdict_marks(verdict: Verdict, names: Sequence[str]) -> list[Mark]:
    """Return the marks of a frame that was judged; only what is wrong is written out."""
    pairs = verdict.right + verdict.mistaken
    return [
        *(Mark(label, "label") for _, label in pairs),
        *(Mark(symbol, "found") for symbol, _ in verdict.right),
        *(Mark(symbol, "of the wrong kind", names[symbol.kind]) for symbol, _ in verdict.mistaken),
        *(Mark(symbol, "not there", names[symbol.kind]) for symbol in verdict.false),
        *(Mark(label, "missed", label.category) for label in verdict.missed),
    ]


def moments(perception: Perception, views: Iterable[View], count: int = COLUMNS) -> list[Picture]:
    """Return, of each of `count` stretches of play, the frame in which most kinds are seen."""
    shown = list(views)[::SPARSE]
    stretches = np.array_split(np.arange(len(shown)), min(count, len(shown)))
    pictures = [[_look(perception, shown[step]) for step in stretch] for stretch in stretches]
    return [
        max(stretch, key=lambda picture: len({mark.text for mark in picture.marks})) for stretch in pictures
    ]


def _look(perception: Perception, view: View) -> Picture:
    """Return what is seen in a view on its own; each kind is told at its first symbol, and by its colour."""
    perception.reset()
    seen, told, marks = perception(view.previous, view.current), set(), []
    for symbol in seen:
        text = "" if symbol.kind in told else perception.kinds.labels[symbol.kind]
        marks.append(Mark(symbol, PALETTE[symbol.kind % len(PALETTE)], text))
        told.add(symbol.kind)
    return Picture(view.current, f"{len(seen)} objects of {len(told)} kinds", marks)


def sheet(pictures: Sequence[Picture], legend: bool = True) -> bytes:
    """Return the pictures side by side, a PNG file."""
    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    with canvas(PANEL[0] * columns, PANEL[1] * rows + LEGEND * legend) as (figure, file):
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for ax in axes:
            ax.set_axis_off()
        for ax, picture in zip(axes, pictures, strict=False):
            _draw(ax, picture)
        if legend:
            handles = [Line2D([], [], color=colour, lw=2, label=name) for name, colour in MEANINGS.items()]
            figure.legend(
                handles=handles,
                loc="outside lower center",
                ncols=len(handles) if columns == COLUMNS else 2,
                facecolor="#333333",
                labelcolor="white",
                frameon=True,
            )
    return file.getvalue()


def _draw(ax: Axes, picture: Picture) -> None:
    """Draw one picture."""
    height, width = picture.frame.shape[:2]
    ax.imshow(picture.frame, interpolation="nearest", extent=(0, width, height, 0))
    ax.set_title("\n".join(line for part in picture.title.splitlines() for line in wrap(part, WIDE)))
    for mark in picture.marks:
        left, top = _corner(mark.box)
        colour = MEANINGS.get(mark.meaning, mark.meaning)
        wide = 0.8 if mark.meaning in ("label", "found") else 1.6
        ax.add_patch(Rectangle((left, top), mark.box.width, mark.box.height, fill=False, lw=wide, ec=colour))
        if mark.text:
            side = "right" if left > width / 2 else "left"
            ax.text(
                left + mark.box.width * (side == "right"), top - 2, mark.text, ha=side, va="bottom", size=7,
                color=colour, path_effects=[withStroke(linewidth=1.6, foreground="black")],
            )  # fmt: skip


def _corner(box: Symbol | Label) -> tuple[float, float]:
    """Return the left upper corner."""
    if isinstance(box, Symbol):
        return box.x - box.width / 2, box.y - box.height / 2
    return box.x, box.y
