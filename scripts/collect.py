"""`dsrl collect`: plays a game of the emulator and keeps its frames, without loss, in a folder of shards."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import VectorEnv
from jaxtyping import UInt8
from tqdm import tqdm

from dsrl.agents.players import Player
from dsrl.envs.emulators import STICKY, vector_emulator
from dsrl.envs.games import GAMES, Game
from dsrl.envs.games import game as game_called
from dsrl.envs.toys import TOYS
from dsrl.envs.views import Policy, played
from dsrl.errors import ConfigError, DataError
from dsrl.playfield import find_playfield
from dsrl.png_frames import read_png_folder, write_png_folder
from dsrl.preprocessing import Box, crop
from dsrl.scripts.command import at_least, command_line, run
from dsrl.shards import Shards, ShardWriter, Source

Frame = UInt8[np.ndarray, "height 160 3"]
WATCHED = 1500
"""Agent steps that are played at random to find the playfield of a game that the table of games has not."""
PATIENCE = 10_000
"""Frames in a row that may be duplicates before `drop_duplicates` gives up."""


@dataclass(frozen=True)
class Collect:
    """Play a game and keep its frames; the same command again goes on where it stopped."""

    game: str
    """Name of the game as in ALE, for example Pong or SpaceInvaders."""
    out: Path | None = None
    """Folder of the frames; by default data/GAME."""
    frames: int = 20_000
    """Frames (agent steps) to have in the end, over all environments."""
    num_envs: int = 8
    """Emulators that play at once."""
    frameskip: int = 4
    """Emulator frames per agent step; the maximum of the last two is kept."""
    repeat_action_probability: float = STICKY
    """Sticky actions: probability that the emulator repeats the last action; 0 for none."""
    seed: int = 0
    """Seed of the emulators and of the random policy."""
    policy: Path | None = None
    """A saved agent (agent.safetensors of `dsrl train`) that plays; by default actions are random."""
    encoder: str | None = None
    """Weights that the policy sees by: a shipped name or a folder; by default those of the game."""
    drop_duplicates: bool = False
    """Keep a frame only when its playfield differs from all before."""
    shard_frames: int = 500
    """Frames per file."""
    export_png: Path | None = None
    """Then write every frame as a PNG file to this folder."""
    import_png: Path | None = None
    """Take all frames of this folder of PNG files, one subfolder per episode, instead of playing."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: one is out of range.
        """
        at_least(self, frames=1, num_envs=1, frameskip=1, shard_frames=1)
        if not 0 <= self.repeat_action_probability <= 1:
            raise ConfigError(f"repeat_action_probability={self.repeat_action_probability} must be in [0, 1]")
        if self.seed < 0:
            raise ConfigError(f"seed={self.seed} must not be negative")

    @property
    def folder(self) -> Path:
        """Where the frames go."""
        return self.out or Path("data") / self.game

    @property
    def command(self) -> str:
        """The command line that asks for this."""
        return command_line("collect", self)


class Row(NamedTuple):
    """One frame to keep."""

    frame: Frame
    episode: int
    step: int


def collect(config: Collect, policy: Policy | None = None) -> Shards:
    """Fill the folder until it holds `config.frames` frames; `policy` is uniformly random by default.

    Raises:
        ConfigError: a value is wrong, or the folder holds frames from another source.
        DataError: a shard or PNG file is damaged, or no new frame turns up.
    """
    game = _with_playfield(config)
    chooser = "imported" if config.import_png else "random" if policy is None else _name(policy)
    source = Source(
        game.name,
        tuple(game.playfield),
        chooser,
        config.repeat_action_probability,
        config.frameskip,
        config.seed,
        config.command,
        game.screen,
    )
    with ShardWriter(config.folder, source, config.shard_frames) as writer:
        if config.import_png:
            _keep(_imported(config, writer), writer, config, game.playfield)
        elif len(writer) < config.frames:
            _keep(play(config, writer, policy), writer, config, game.playfield)
    shards = Shards(config.folder)
    if config.export_png:
        write_png_folder(shards, config.export_png)
    return shards


def _with_playfield(config: Collect) -> Game:
    """Return the game; a playfield that the table of games has not is found by playing at random."""
    game = game_called(config.game)
    if game.name in GAMES or game.name in TOYS:
        return game
    if (config.folder / "manifest.json").exists():
        return game._replace(playfield=Box(*Shards(config.folder).source.playfield))
    source = Source(game.name, game.playfield, "random", config.repeat_action_probability, config.frameskip)
    return game._replace(playfield=find_playfield(islice(played(source), WATCHED)))


def play(config: Collect, writer: ShardWriter, policy: Policy | None = None) -> Iterator[Row]:
    """Yield the frames of all environments, step by step, for ever; episode ids go on from the writer's."""
    seeds = np.random.SeedSequence([config.seed, len(writer)])  # a resumed run must not play the same again
    env = vector_emulator(config.game, config.num_envs, config.frameskip, config.repeat_action_probability)
    policy = policy or uniform(number_of_actions(env), np.random.default_rng(seeds))
    frames, _ = env.reset(seed=int(seeds.generate_state(1)[0] >> 2))  # >> 2: ALE's seeds are positive Int32
    episode = writer.next_episode + np.arange(config.num_envs)
    step, done = np.zeros_like(episode), np.zeros(config.num_envs, dtype=bool)
    while True:
        yield from map(Row, frames[:, 0], episode.tolist(), step.tolist())
        frames, _, terminated, truncated, _ = env.step(np.asarray(policy(frames[:, 0]), dtype=np.int64))
        episode[done] = episode.max() + 1 + np.arange(done.sum())  # those that had finished start again
        step = np.where(done, 0, step + 1)
        done = terminated | truncated


def number_of_actions(env: VectorEnv[Any, Any, Any]) -> int:
    """Return how many actions each environment takes."""
    return int(cast("Discrete", env.single_action_space).n)


def uniform(n_actions: int, random: np.random.Generator) -> Policy:
    """Return the policy that chooses every action equally often."""
    return lambda frames: random.integers(n_actions, size=len(frames))


def _imported(config: Collect, writer: ShardWriter) -> Iterator[Row]:
    if len(writer):
        raise ConfigError(
            f"{config.folder} already holds {len(writer)} frames: import to a new folder with --out"
        )
    return (Row(*row) for row in read_png_folder(config.import_png or ""))


def _keep(rows: Iterator[Row], writer: ShardWriter, config: Collect, playfield: Box) -> None:
    """Add rows to the writer until it holds enough."""
    seen: set[bytes] = set()
    if config.drop_duplicates and len(writer):
        seen = {_digest(frame, playfield) for part in Shards(config.folder).split() for frame in part.frames}
    repeats = 0
    total = None if config.import_png else config.frames
    with tqdm(total=total, initial=len(writer), unit="frame", desc=f"collect {config.game}") as bar:
        for row in rows:
            digest = _digest(row.frame, playfield) if config.drop_duplicates else b""
            if digest in seen:
                repeats += 1
                _check_patience(repeats, len(writer))
                continue
            if config.drop_duplicates:
                seen.add(digest)
            repeats = 0
            writer.add(*row)
            bar.update()
            if len(writer) == total:
                return


def _check_patience(repeats: int, kept: int) -> None:
    if repeats > PATIENCE:
        raise DataError(
            f"the last {PATIENCE} frames were all duplicates; the {kept} different ones are kept: "
            "ask for fewer --frames, or leave out --drop-duplicates"
        )


def _digest(frame: Frame, playfield: Box) -> bytes:
    return hashlib.sha1(crop(frame, playfield).tobytes(), usedforsecurity=False).digest()


def _name(policy: Any) -> str:
    return str(getattr(policy, "__name__", type(policy).__name__))


def main(config: Collect) -> None:
    """Collect, then say what there is."""
    policy = Player(config.policy, config.encoder or config.game) if config.policy else None
    shards = collect(config, policy)
    print(f"{len(shards)} frames of {config.game} in {config.folder}")


if __name__ == "__main__":
    run(Collect, main)
