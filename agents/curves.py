"""Learning curves: one line per finished episode, as CSV, and a progress bar that shows the score."""

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from stable_baselines3.common.callbacks import BaseCallback

from dsrl.files import write_bytes

RECENT = 10
"""Episodes that a running score is the mean of."""


class Episode(NamedTuple):
    """One finished episode of training."""

    steps: int
    """Agent steps since the start of training, at its end."""
    score: float
    """Sum of its rewards."""
    length: int
    """Its agent steps."""
    seconds: float
    """Since the start of training."""


class Curve(BaseCallback):
    """Collects the episodes of a training, and from its first step shows how far it is.

    Args:
        steps: agent steps of the whole training; 0 shows no progress bar.
        title: what the bar is called.
    """

    def __init__(self, steps: int = 0, title: str = "learning") -> None:
        super().__init__()
        self.episodes: list[Episode] = []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("steps"))
        self.bar = Progress(
            *(*columns, TimeRemainingColumn(), TextColumn("{task.fields[score]}")),
            console=Console(stderr=True),
            disable=not steps,
        )
        self.task = self.bar.add_task(title, total=steps, visible=False, score="")

    def __enter__(self) -> Self:
        self.bar.start()
        self.started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    @property
    def score(self) -> float | None:
        """The mean of the last episodes; None before the first."""
        return float(np.mean([one.score for one in self.episodes[-RECENT:]])) if self.episodes else None

    def _on_step(self) -> bool:
        """Look for finished episodes."""
        for info in self.locals["infos"]:
            if "episode" in info:
                episode, seconds = info["episode"], round(time.perf_counter() - self.started, 3)
                self.episodes.append(Episode(self.num_timesteps, float(episode["r"]), episode["l"], seconds))
                self.bar.update(self.task, score=f"score {self.score:.1f}")
        self.bar.update(self.task, completed=self.num_timesteps, visible=True)
        return True


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table in one step."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())


def write_curve(path: Path, episodes: Sequence[Episode]) -> None:
    """Write a learning curve."""
    write_csv(path, Episode._fields, episodes)


def read_curve(path: Path) -> list[Episode]:
    """Return the episodes that `write_curve` wrote."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Episode(int(row["steps"]), float(row["score"]), int(row["length"]), float(row["seconds"]))
        for row in rows
    ]
