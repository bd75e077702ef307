import gymnasium as gym
import pytest

from dsrl.envs.games import GAMES, game
from dsrl.errors import ConfigError
from dsrl.preprocessing import WHOLE_SCREEN, Preprocessing


@pytest.mark.parametrize("row", GAMES.values(), ids=str)
def test_every_playfield_is_on_the_screen_and_every_game_in_the_emulator(row):
    Preprocessing(row.playfield)
    gym.register_envs(__import__("ale_py"))
    assert row.ale_id in gym.registry
    assert row.rom


def test_a_game_without_a_row_is_seen_whole():
    assert game("Seaquest").playfield == WHOLE_SCREEN
    assert game("AirRaid").playfield == (0, 0, 250, 160)
    assert game("MsPacman").rom == "ms_pacman"


@pytest.mark.parametrize(
    ("typo", "meant"), [("pong", "Pong"), ("Spaceinvader", "SpaceInvaders"), ("Brekout", "Breakout")]
)
def test_a_misspelt_game_is_answered_with_the_nearest_name(typo, meant):
    with pytest.raises(ConfigError, match=meant):
        game(typo)


def test_something_else_than_a_game_is_answered_with_known_names():
    with pytest.raises(ConfigError, match="SpaceInvaders"):
        game("qqqqqqqqqqqq")
