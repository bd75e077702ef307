"""Makes the environments: what `gymnasium.make` calls for every id of `dsrl.envs.registration`."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import gymnasium as gym
from ale_py.env import AtariEnv

from dsrl.envs.emulators import STICKY, check_switches, emulator
from dsrl.envs.games import game as game_called
from dsrl.envs.ram import RAM, READERS
from dsrl.envs.wrappers import Crop, FramePair, Luminance, MemoryTable, Resize, SymbolTable
from dsrl.errors import ConfigError, choose
from dsrl.preprocessing import Preprocessing
from dsrl.weights import load, locate, shipped

OBSERVATION_NAMES = ["latent", "pixels", "symbols", "table"]
"""What `observation=` may be."""


@dataclass(frozen=True)
class Options:
    """The keyword arguments of `gymnasium.make("DSRL-...")`."""

    game: str
    """Name of the game as in ALE, or of a toy world."""
    encoder: str | None = None
    """Name of shipped weights or a folder; None for those of the game's name. Pixels need none; "ram" reads
    the emulator's memory instead."""
    kinds_of: str | None = None
    """Name or folder of another encoder, whose numbers and names of kinds are given to what this one sees, so
    that an agent that learned through that one can go on."""
    observation: str = "symbols"
    """symbols | table | latent | pixels"""
    frameskip: int = 4
    """Emulator frames per agent step."""
    repeat_action_probability: float = STICKY
    """Sticky actions (Machado et al. 2018)."""
    max_symbols: int = 64
    """Rows of the observation."""
    render_mode: Literal["human", "rgb_array"] | None = None
    """None | rgb_array | human"""
    mode: int | None = None
    """The cartridge's game mode; None for its first."""
    difficulty: int | None = None
    """The cartridge's difficulty; None for its easiest."""

    def __post_init__(self) -> None:
        """Check each value.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        game_called(self.game)
        check_switches(self.game, self.mode, self.difficulty)
        choose("observation", self.observation, OBSERVATION_NAMES)
        choose("render_mode", str(self.render_mode), ["None", "human", "rgb_array"])
        if self.encoder == RAM:
            choose("game", self.game, list(READERS))
            choose("observation", self.observation, ["symbols", "table"])
            choose("kinds_of", str(self.kinds_of), ["None"])
        if not isinstance(self.frameskip, int) or self.frameskip < 1:
            raise ConfigError(f"frameskip={self.frameskip!r} must be a whole number of frames, at least 1")
        if not isinstance(self.repeat_action_probability, int | float) or not (
            0 <= self.repeat_action_probability <= 1
        ):
            raise ConfigError(
                f"repeat_action_probability={self.repeat_action_probability!r} must be in [0, 1]"
            )
        if not isinstance(self.max_symbols, int) or self.max_symbols < 1:
            raise ConfigError(f"max_symbols={self.max_symbols!r} must be a whole number, at least 1")

    @property
    def weights(self) -> str:
        """The encoder's name or folder.

        Raises:
            ConfigError: none was given and none is shipped for the game.
        """
        name = self.encoder or game_called(self.game).weights or self.game
        if self.encoder is None and name not in shipped():
            raise ConfigError(
                f"no weights are shipped for {self.game!r}, only for {', '.join(shipped()) or 'no game'}: "
                f"make some by `dsrl pretrain --game {self.game}` and give encoder=FOLDER, "
                "or take observation='pixels'"
            )
        return name

    @property
    def preprocessing(self) -> Preprocessing:
        """The encoder's, when one was given, so that all agents see the same; else the game's."""
        if self.encoder is None:
            game = game_called(self.game)
            return Preprocessing(game.playfield, screen=game.screen)
        config, _ = load(locate(self.encoder))
        return Preprocessing.from_json(config["preprocessing"])


def parse(keywords: Mapping[str, Any]) -> Options:
    """Return the options that keyword arguments describe.

    Raises:
        ConfigError: a keyword or value is wrong; the message lists the right ones.
    """
    known = [field.name for field in fields(Options)]
    for word in keywords:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"unknown keyword {word!r}{hint}: choose from {', '.join(known)}")
    if "game" not in keywords:
        raise ConfigError(
            'DSRL-v0 needs game=, for example gym.make("DSRL-v0", game="Freeway", encoder=FOLDER)'
        )
    return Options(**keywords)


def shipped_for(env_id: str) -> str | None:
    """Return the name of the weights that an environment is seen by; None where there is no such environment.

    >>> import dsrl
    >>> shipped_for("DSRL-ToyLattice-v0")
    'ToyRandom'
    """
    return parse(gym.registry[env_id].kwargs).weights if env_id in gym.registry else None


def make_env(**keywords: Any) -> gym.Env[Any, Any]:
    """Return a game or toy world, observed as asked; the keywords are the fields of `Options`.

    Raises:
        ConfigError: a keyword or value is wrong.
        EncoderError: the encoder cannot be loaded.
    """
    options = parse(keywords)
    frames = emulator(
        options.game,
        options.repeat_action_probability,
        options.render_mode,
        options.mode,
        options.difficulty,
    )
    env = FramePair(frames, options.frameskip)
    if options.observation == "pixels":
        return _pixels(env, options.preprocessing)
    if options.encoder == RAM:
        return MemoryTable(env, options.game, options.observation, options.max_symbols)
    return SymbolTable(env, options.weights, options.observation, options.max_symbols, options.kinds_of)


make_env.metadata = AtariEnv.metadata  # type: ignore[attr-defined]  # gymnasium.make reads the render modes here


def _pixels(env: gym.Env[Any, Any], preprocessing: Preprocessing) -> gym.Env[Any, Any]:
    env = Crop(env, preprocessing.playfield)
    if preprocessing.colour == "luminance":
        env = Luminance(env)
    return Resize(env, preprocessing.size)
