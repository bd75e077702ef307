"""A saved symbolic agent that plays from frames alone: what `dsrl collect --policy` lets play."""

from pathlib import Path

import numpy as np
from gymnasium import spaces
from jaxtyping import Int, UInt8

from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.perception import Perception
from dsrl.symbols import pack


class Player:
    """Looks at the frame maxima of several games with one encoder, and acts by one agent's tables.

    Raises:
        AgentError: the agent is missing or damaged.
        EncoderError: the encoder is missing or damaged.
    """

    def __init__(self, agent: Path, encoder: str) -> None:
        self.__name__ = f"{agent} on {encoder}"
        self.agent = SymbolicQ.load(agent)
        observed = self.agent.observation_space
        assert isinstance(observed, spaces.Dict)  # noqa: S101  # for the type checker: SymbolicQ has no other
        self.slots = spaces.flatdim(observed["mask"])
        self.encoder = encoder
        self.perceptions: list[Perception] = []

    def __call__(self, frames: UInt8[np.ndarray, "envs height 160 3"]) -> Int[np.ndarray, " envs"]:
        """Return an action for each game; now and then a random one, as when the agent learned."""
        while len(self.perceptions) < len(frames):
            self.perceptions.append(Perception.from_pretrained(self.encoder))
        seen = [see(frame, frame) for see, frame in zip(self.perceptions, frames, strict=True)]
        objects, masks = zip(*(pack(symbols, self.slots) for symbols in seen), strict=True)
        actions, _ = self.agent.predict({"objects": np.stack(objects), "mask": np.stack(masks)})
        return actions
