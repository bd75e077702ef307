"""How good the symbols of any game are before a network is trained for it: the rules of extraction alone.

    python benchmarks/unseen_games.py --labelled FOLDER

The folder has a file GAME.npz for each game, as benchmarks/ocatari_labels.py writes. A game is played at
random; playfield, background and kinds are found from that, as `dsrl pretrain` does, and the labels only
measure. It takes half a minute a game, so that rules can be tried on many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from dsrl.calibration import calibrate
from dsrl.envs.games import game as game_called
from dsrl.envs.views import played
from dsrl.errors import EncoderError
from dsrl.labelled import Labelled, load_labelled
from dsrl.measurement import see
from dsrl.perception import Perception
from dsrl.playfield import find_playfield
from dsrl.preprocessing import Preprocessing
from dsrl.scoring import figures
from dsrl.shards import Source
from dsrl.vae import VAE


@dataclass(frozen=True)
class Benchmark:
    """Measure symbols without a network on labelled frames of games that nobody tuned for."""

    labelled: Path
    """Folder of labelled frames, GAME.npz each."""
    games: tuple[str, ...] = ()
    """Some of them; all if none is named."""
    watch: int = 1_000
    """Agent steps of random play that kinds are found from."""
    every: int = 2
    """Every so many of them show the background."""
    frames: int = 125
    """Labelled frames that are measured, spread over all."""
    seed: int = 0
    """Of the emulator and the actions."""


def calibrated(game: str, config: Benchmark) -> Perception:
    """Return what sees a game by the rules alone."""
    known = game_called(game)
    views = list(islice(played(Source(game, tuple(known.playfield), seed=config.seed)), config.watch))
    untrained = VAE(Preprocessing(find_playfield(views), screen=known.screen))
    frames = np.stack([view.current for view in views[:: config.every]])
    return calibrate(untrained, frames, views, gated=False)


def some(labelled: Labelled, frames: int) -> Labelled:
    """Return about so many frames from all over."""
    every = max(1, len(labelled.labels) // frames)
    return Labelled(labelled.frames[::every], labelled.labels[::every])


def scores(config: Benchmark) -> Iterator[tuple[str, list[float], list[int]]]:
    """Yield each game, its F1 of any and of the right kind, and the number of kinds and scenes.

    All are 0 where nothing is detected.
    """
    for game in config.games or sorted(file.stem for file in config.labelled.glob("*.npz")):
        labelled = some(load_labelled(config.labelled / f"{game}.npz"), config.frames)
        try:
            perception = calibrated(game, config)
        except EncoderError as error:
            Console().print(f"{game}: {error}")
            yield game, [0.0, 0.0], [0, 0]
            continue
        rules = figures([one.symbols for one in see(perception, labelled)], labelled.labels)["rules"]
        f1 = [rules["near_box"]["any_kind"]["f1"], rules["near_centre"]["right_kind"]["f1"]]
        yield game, f1, [len(perception.kinds), len(perception.detector.scenes.backgrounds)]


def main(config: Benchmark) -> None:
    """Print a line per game, and the means."""
    table = Table(
        title=f"F1 without a network, {config.watch:,} agent steps of random play", title_justify="left"
    )
    for column in ("game", "any kind, 5 px of the box", "right kind, 5 px of the centre", "kinds", "scenes"):
        table.add_column(column, justify="left" if column == "game" else "right")
    found = []
    for game, f1, counts in scores(config):
        found.append(f1)
        table.add_row(game, *(f"{each:.3f}" for each in f1), *map(str, counts))
    table.add_section()
    table.add_row(f"mean of {len(found)}", *(f"{one:.3f}" for one in np.mean(found, axis=0)), "", "")
    Console().print(table)


if __name__ == "__main__":
    main(tyro.cli(Benchmark))
