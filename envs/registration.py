"""The table of environment ids: one per game with shipped weights or toy world, and DSRL-v0 for any game.

Importing this stays cheap: the makers are named, not loaded.
"""

from importlib.resources import files
from typing import Any

import gymnasium as gym

from dsrl.envs.toys import TOYS

MAKER = "dsrl.envs.factory:make_env"
VECTOR_MAKER = "dsrl.envs.vector:make_vector_env"


def ids() -> dict[str, dict[str, Any]]:
    """Return each id and the keywords that it sets."""
    folders = files("dsrl.pretrained").iterdir()
    games = sorted(folder.name for folder in folders if folder.joinpath("config.json").is_file())
    exact = {"repeat_action_probability": 0.0}  # the toy worlds' papers know no sticky actions
    keywords = {game: {"game": game} for game in games} | {toy: {"game": toy, **exact} for toy in TOYS}
    return {**{f"DSRL-{name}-v0": words for name, words in keywords.items()}, "DSRL-v0": {}}


def register_envs() -> None:
    """Register every id with Gymnasium; calling it again changes nothing."""
    for name, keywords in ids().items():
        if name not in gym.registry:
            gym.register(name, MAKER, vector_entry_point=VECTOR_MAKER, kwargs=keywords)
