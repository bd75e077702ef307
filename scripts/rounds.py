"""Rounds of pretraining: an agent learns on the encoder so far, and plays for what chance never reaches."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8

from dsrl.agents.evaluation import vectorise
from dsrl.agents.players import Player
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.calibration import View
from dsrl.envs.views import played
from dsrl.frames import Frames
from dsrl.scripts.collect import Collect, collect
from dsrl.shards import Shards, Source

SAMPLED = 400  # frames that the background is found from
AGENT = "agent.safetensors"


class Play(NamedTuple):
    """Frames of a game, and who played for them."""

    shards: Shards
    agent: Path | None = None
    """Its file; None for random actions."""
    encoder: Path | None = None
    """The weights that it sees by."""

    def views(self) -> Iterator[View]:
        """Yield the same game played on, for ever."""
        return played(self.shards.source, Player(self.agent, str(self.encoder)) if self.agent else None)


def play_on(encoder: Path, folder: Path, source: Source, frames: int, agent_steps: int) -> Play:
    """Return frames for which an agent played that learned by an encoder; they and it are in `folder`.

    What a run that was stopped left there is kept, and taken up.
    """
    agent = folder / AGENT
    if not agent.is_file():
        learn(source, encoder, agent_steps).save(agent)
    wanted = Collect(
        source.game,
        out=folder / "frames",
        frames=frames,
        frameskip=source.frameskip,
        repeat_action_probability=source.sticky,
        seed=source.seed,
        policy=agent,
        encoder=str(encoder),
    )
    return Play(collect(wanted, Player(agent, str(encoder))), agent, encoder)


def learn(source: Source, encoder: Path, steps: int) -> SymbolicQ:
    """Return the symbolic agent after so many agent steps by the symbols of an encoder."""
    env = vectorise(
        env_id="DSRL-v0",
        game=source.game,
        observation="symbols",
        encoder=str(encoder),
        repeat_action_probability=source.sticky,
    )
    env.seed(source.seed)
    agent = SymbolicQ(env, seed=source.seed).learn(steps)
    env.close()
    return agent


def join(rounds: Iterable[Frames]) -> Frames:
    """Return the frames of all rounds as one."""
    return Frames(*map(torch.cat, zip(*rounds, strict=True)))


def views(plays: Sequence[Play], steps: int) -> Iterator[View]:
    """Return so many agent steps, an equal share of them by each who played."""
    share = -(-steps // len(plays))
    return chain.from_iterable(islice(one.views(), share) for one in plays)


def sample(plays: Sequence[Play]) -> UInt8[np.ndarray, "n height 160 3"]:
    """Return about `SAMPLED` frames from all over the folders."""
    every = max(1, sum(len(one.shards) for one in plays) // SAMPLED)
    return np.concatenate([rows.frames[::every] for one in plays for rows in one.shards.split("train")])
