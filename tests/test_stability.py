"""How steady symbols are: counted by hand, and against the memory of the emulator."""

import json
from itertools import islice

import numpy as np
import pytest

from dsrl.agents.baselines import RandomPolicy
from dsrl.envs.truth import Truth
from dsrl.errors import ConfigError
from dsrl.scripts.command import run
from dsrl.scripts.stability import Steadiness, main
from dsrl.stability import Moment, Stability, within_bars
from dsrl.symbols import Symbol

NAMES = ("ball", "paddle")


def ball(x: float, kind: int = 0, track: int = 0) -> Symbol:
    return Symbol(kind, x, 50, 2, 4, track)


def count(*moments: Moment) -> tuple[dict, list[list[str]]]:
    stability = Stability(NAMES)
    faults = [stability.add(moment) for moment in moments]
    return stability.figures(), faults


def test_a_constant_offset_is_no_error_and_the_rest_is_its_deviation():
    figures, _ = count(*(Moment([ball(x + 2 + error)], [ball(x)]) for x, error in ((40, -1), (44, 1))))
    assert figures["objects"]["ball"]["offset"] == [2, 0]
    assert figures["objects"]["ball"]["deviation"] == 1


def test_what_is_five_pixels_off_is_missing_and_its_symbol_false():
    figures, faults = count(Moment([ball(45)], [ball(40)]), Moment([ball(44.9)], [ball(40)]))
    assert faults == [["ball is missing", "false symbol"], []]
    assert (figures["objects"]["ball"]["drop_outs"], figures["false_per_100"]) == (0.5, 50)


def test_flips_and_switches_are_told_when_an_object_comes_back_as_another():
    truth = [ball(40, track=9)]
    seen = [[ball(40)], [], [ball(40, kind=1)], [ball(40, kind=1, track=4)], [ball(40, kind=1, track=4)]]
    figures, faults = count(*(Moment(symbols, truth) for symbols in seen))
    assert faults == [[], ["ball is missing"], ["ball flips its kind"], ["ball switches its track"], []]
    assert figures["objects"]["ball"] == {
        "steps": 5,
        "offset": [0, 0],
        "deviation": 0,
        "drop_outs": pytest.approx(0.2),
        "kind_flips": 0.2,
        "track_switches": 0.2,
    }


def test_nothing_is_compared_over_the_end_of_an_episode_or_with_another_object():
    seen = [ball(40)], [ball(40, track=1)], [ball(40, track=2)]
    moments = [
        Moment(symbols, [ball(40, track=object_)]) for symbols, object_ in zip(seen, (0, 0, 1), strict=True)
    ]
    _, faults = count(moments[0], moments[1]._replace(first=True), moments[2])
    assert faults == [[], [], []]


def test_what_only_the_earlier_frame_shows_may_be_seen_or_not():
    for symbols in ([], [ball(40)]):
        figures, faults = count(Moment(symbols, [], fading=[ball(40)]))
        assert (faults, figures["false_per_100"], figures["objects"]) == ([[]], 0, {})
    assert count(Moment([ball(80)], [], fading=[ball(40)]))[1] == [["false symbol"]]


@pytest.mark.parametrize(
    ("name", "most"), [("deviation", 1.0), ("drop_outs", 0.01), ("kind_flips", 0.005), ("false_per_100", 1.0)]
)
def test_each_bar_is_a_bar(name, most):
    for value, within in ((most, True), (1.01 * most, False)):
        one = {"deviation": 0.0, "drop_outs": 0.0, "kind_flips": 0.0, name: value}
        assert within_bars({"false_per_100": 0.0, "objects": {"ball": one}, name: value}) is within


@pytest.fixture(scope="module")
def pong() -> Truth:
    return Truth("Pong", "Pong")


def test_the_truth_is_where_the_frame_has_the_objects_colour(pong):
    colours = {"player": (92, 186, 92), "enemy": (213, 130, 74), "ball": (236, 236, 236)}
    names, shares = pong.reader.kinds, []
    for seen in islice(pong.play(RandomPolicy(pong.env.action_space, 0), seed=0), 150):
        for one in seen.moment.truth:
            left, top = int(one.x - one.width / 2), int(one.y - one.height / 2)
            pixels = pong.pair.pair[1][top : top + int(one.height), left : left + int(one.width)]
            shares.append((pixels == colours[names[one.kind]]).all(axis=-1).mean())
    assert len(shares) > 300
    assert np.mean(np.array(shares) >= 0.75) > 0.99  # one row of the ball's four may be off


def test_the_command_says_that_pong_is_steady(tmp_path, capsys):
    run(
        Steadiness,
        main,
        f"--game Pong --steps 150 --json {tmp_path / 'j'} --overlay {tmp_path / 'o.png'}".split(),
    )
    result = json.loads((tmp_path / "j").read_text())
    assert result["steps"] == 150
    assert set(result["objects"]) == {"player", "enemy", "ball"}
    assert all(one["deviation"] < 1 and one["drop_outs"] < 0.02 for one in result["objects"].values())
    assert "drop-outs" in capsys.readouterr().out
    assert np.frombuffer((tmp_path / "o.png").read_bytes()[:4], np.uint8).tolist() == [137, 80, 78, 71]


def test_a_game_whose_memory_cannot_be_read_is_refused():
    with pytest.raises(ConfigError, match="Seaquest"):
        Steadiness("Seaquest")
