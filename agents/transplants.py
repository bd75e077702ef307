"""Steps that might have been: a move that the controlled object once made, put into another step's world.

Where the controlled object touches nothing, it and the rest of the world move independently of each other; so
its moves of one time and theirs of another make a step that could have happened (CoDA, Pitis et al. 2020).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from dsrl.agents.sight import Place, Scene, is_near

KEPT = 8192
"""Moves to draw from: the last ones."""


class Move(NamedTuple):
    """Where the controlled object was, what the agent did, and where it was then."""

    before: Place
    action: int
    after: Place


class Transplants:
    """Keeps the last moves of the controlled object, and draws from them."""

    def __init__(self, reach: float) -> None:
        self.reach = reach
        self.moves: Float64[np.ndarray, "moves 9"] = np.zeros((KEPT, 9))
        self.count = 0
        self.random = np.random.default_rng(0)

    def keep(self, before: Scene, action: int, after: Scene) -> None:
        """Keep the move of a step, the oldest one's place taken."""
        row = self.moves[self.count % KEPT]
        row[:4], row[4], row[5:] = before.place, action, after.place
        self.count += 1

    def draw(self, before: Scene, after: Scene) -> Move | None:
        """Return a move that could have been made in a step; None where something was, or would be, near."""
        row = self.moves[int(self.random.integers(min(self.count, KEPT)))]
        move = Move(row[:4], int(row[4]), row[5:])
        for scene, place in ((before, move.before), (after, move.after)):
            for own in (scene.place, place):
                if is_near(scene.rows, scene.me, own, self.reach):
                    return None
        return move

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is kept."""
        state = self.random.bit_generator.state["state"]
        words = [state[name] >> shift & (2**64 - 1) for name in ("state", "inc") for shift in (0, 64)]
        return {
            "moves": self.moves[: min(self.count, KEPT)],
            "count": np.array(self.count),
            "random": np.array(words, dtype=np.uint64),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.count = int(arrays["count"])
        self.moves[: len(arrays["moves"])] = arrays["moves"]
        low, high, low_inc, high_inc = (int(word) for word in arrays["random"])
        state = {"state": low | high << 64, "inc": low_inc | high_inc << 64}
        self.random.bit_generator.state = {**self.random.bit_generator.state, "state": state}
