"""`dsrl stability`: measures, in live play, how steady an encoder's symbols are."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from dsrl.agents.baselines import RandomPolicy
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.envs.ram import READERS
from dsrl.envs.truth import Seen, Truth
from dsrl.errors import ConfigError, choose
from dsrl.files import write_bytes, write_json
from dsrl.scripts.command import run
from dsrl.sheet import Mark, Picture, sheet
from dsrl.stability import BARS, FALSE_BAR, Stability, within_bars
from dsrl.symbols import Symbol

PICTURES = 9
"""Steps on the sheet, at most."""


@dataclass(frozen=True)
class Steadiness:
    """Play a game, and compare its symbols with the positions in the emulator's memory at every step."""

    game: str
    """Name of the game: one whose memory can be read, such as Pong or Breakout."""
    encoder: str | None = None
    """Name of shipped weights, or a folder; by default those of the game."""
    agent: Path | None = None
    """A saved agent (agent.safetensors of `dsrl train`) that plays; by default actions are random."""
    steps: int = 2000
    """Agent steps, one after the other."""
    seed: int = 0
    """Seed of the emulator and of the player."""
    json: Path | None = None
    """File to write every figure to."""
    overlay: Path | None = None
    """PNG file for a sheet of steps in which something is wrong, the most frequent faults first."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: the memory of the game cannot be read, or a number is out of range.
        """
        choose("game", self.game, list(READERS))
        if self.steps < 1 or self.seed < 0:
            raise ConfigError(f"steps is {self.steps} and seed {self.seed}: choose at least 1 and 0")


def watch(config: Steadiness, truth: Truth) -> tuple[dict[str, Any], dict[str, tuple[Seen, int]]]:
    """Return the figures, and for each thing that went wrong a step in which it did and in how many."""
    player = (
        SymbolicQ.load(config.agent) if config.agent else RandomPolicy(truth.env.action_space, config.seed)
    )
    stability, counts = Stability(truth.reader.kinds), Counter[str]()
    examples: dict[str, Seen] = {}
    steps = islice(truth.play(player, config.seed), config.steps)
    for seen in tqdm(steps, total=config.steps, desc="stability", unit="step"):
        if faults := ", ".join(stability.add(seen.moment)):
            examples.setdefault(faults, seen)
            counts[faults] += 1
    return stability.figures(), {faults: (examples[faults], count) for faults, count in counts.most_common()}


def show(config: Steadiness, result: dict[str, Any]) -> None:
    """Print the figures beside their bars."""
    false = f"{result['false_per_100']:.2f} false symbols per 100 steps (at most {FALSE_BAR:g})"
    verdict = "within every bar" if within_bars(result) else "NOT within every bar"
    table = Table(title=f"{config.game}, {result['steps']} agent steps", caption=f"{false}; {verdict}")
    columns = {
        "object": "",
        "steps": "",
        "deviation, px": f" (at most {BARS['deviation']:g})",
        "drop-outs": f" (at most {BARS['drop_outs']:.1%})",
        "kind flips": f" (at most {BARS['kind_flips']:.1%})",
        "track switches": "",
    }
    for title, bar in columns.items():
        table.add_column(title + bar, justify="left" if title == "object" else "right")
    for name, one in result["objects"].items():
        shares = (f"{one[share]:.2%}" for share in ("drop_outs", "kind_flips", "track_switches"))
        table.add_row(name, str(one["steps"]), f"{one['deviation']:.2f}", *shares)
    Console().print(table)


def picture(seen: Seen, title: str, truth: Truth) -> Picture:
    """Return a step with what is there and what was seen."""
    names = truth.perception.kinds.labels
    there = [Mark(one, "label") for one in seen.moment.truth]
    return Picture(seen.frame, title, [*there, *(_mark(one, names) for one in seen.moment.symbols)])


def _mark(symbol: Symbol, names: tuple[str, ...]) -> Mark:
    return Mark(
        symbol, "found" if symbol.confidence > 0.5 else "not there", f"{symbol.track}: {names[symbol.kind]}"
    )


def main(config: Steadiness) -> dict[str, Any]:
    """Play, measure, print, and write what was asked for."""
    truth = Truth(config.game, config.encoder or config.game)
    result, faults = watch(config, truth)
    show(config, result)
    if config.json:
        write_json(config.json, result)
    if config.overlay:
        shown = list(faults.items())[:PICTURES]
        pictures = [
            picture(seen, f"{what}\n{count} of {config.steps} steps", truth) for what, (seen, count) in shown
        ]
        write_bytes(config.overlay, sheet(pictures))
    return result


if __name__ == "__main__":
    run(Steadiness, main)
