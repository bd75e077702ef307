"""Learning curves of several agents in one picture."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dsrl.agents.curves import RECENT, Episode

POINTS = 200
"""Points of a drawn curve."""


def running_score(
    episodes: Sequence[Episode], at: Float64[np.ndarray, " points"]
) -> Float64[np.ndarray, " points"]:
    """Return the mean score of the last ten episodes finished by each number of agent steps; NaN before any.

    >>> episodes = [Episode(10, 1.0, 10, 0.1), Episode(20, 3.0, 10, 0.2)]
    >>> running_score(episodes, np.array([5.0, 10.0, 25.0])).tolist()
    [nan, 1.0, 2.0]
    """
    scores = np.array([one.score for one in episodes])
    finished = np.searchsorted([one.steps for one in episodes], at, side="right")
    return np.array([scores[max(0, end - RECENT) : end].mean() if end else np.nan for end in finished])


def plot_curves(
    curves: Mapping[str, Sequence[Sequence[Episode]]], levels: Mapping[str, float], steps: int, title: str
) -> bytes:
    """Return a PNG of each agent's mean over seeds and their range, and of scores that do not change."""
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    at = np.linspace(0, steps, POINTS)
    for name, seeds in curves.items():
        scores = np.ma.masked_invalid([running_score(episodes, at) for episodes in seeds])  # [seeds, points]
        label = f"{name} ({len(seeds)} seed{'s' * (len(seeds) > 1)})"
        (line,) = axes.plot(at, scores.mean(axis=0), label=label, linewidth=2)
        axes.fill_between(
            at, scores.min(axis=0), scores.max(axis=0), color=line.get_color(), alpha=0.15, linewidth=0
        )
    for index, (name, level) in enumerate(levels.items(), start=len(curves)):
        dashes = (2 * index, (5, 5))  # begun elsewhere for each, so that those of equals alternate
        axes.axhline(level, linestyle=dashes, color=f"C{index}", label=f"{name}, evaluated")
    axes.set(xlabel="agent steps", xlim=(0, steps), ylabel=f"score, mean of {RECENT} episodes")
    axes.set_title(title, loc="left", fontweight="bold")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)  # beside, never over a curve
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()
