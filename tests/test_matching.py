"""Kinds of two encoders that are the same."""

import json
import shutil
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.errors import AgentError, ConfigError
from dsrl.files import read_json, write_json
from dsrl.kinds import Kinds, sealed
from dsrl.looks import Looks
from dsrl.matching import in_numbers_of, match
from dsrl.perception import Perception
from dsrl.weights import KINDS, locate, shipped

GREEN, WHITE, BLUE, RED = (92, 186, 92), (236, 236, 236), (40, 40, 220), (200, 40, 40)


def kinds_of(*looks: tuple[tuple[int, int], tuple[int, int, int]], **more) -> Kinds:
    """Return kinds of one look each, of sizes and colours."""
    sizes, colours = (np.array(column) for column in zip(*looks, strict=True))
    count = len(looks)
    return Kinds(
        Looks(sizes.astype(float), colours.astype(np.uint8), np.zeros((count, 2))),
        np.arange(count),
        (1 / count,) * count,
        more.pop("features", "appearance"),
        (None,) * count,
        **more,
    )


def reordered(table: dict, order: list[int]) -> dict:
    """Return a file's table with the kinds in another order, as another training would have them."""
    controlled = table["controlled"]
    kinds = {"kinds": [table["kinds"][kind] for kind in order]}
    kinds["controlled"] = None if controlled is None else order.index(controlled)
    return sealed({name: value for name, value in table.items() if name != "sha256"} | kinds)


@pytest.fixture
def other_pong(tmp_path):
    """Return an encoder of Pong that has its kinds in the opposite order."""
    folder = tmp_path / "other"
    shutil.copytree(locate("Pong"), folder)
    table = read_json(folder / KINDS)
    write_json(folder / KINDS, reordered(table, list(range(len(table["kinds"])))[::-1]))
    return folder


@pytest.mark.parametrize("name", shipped())
def test_whatever_the_order_of_its_kinds_an_encoder_is_brought_back_to_its_own(name):
    known = Perception.from_pretrained(name).kinds
    filters = known.looks.spectra.shape[1]
    order = np.random.default_rng(0).permutation(len(known)).tolist()
    seen = Kinds.from_json(reordered(json.loads(json.dumps(known.to_json())), order), filters)
    found = in_numbers_of(known, seen)
    assert found.labels == known.labels
    assert (found.controlled, found.ignored) == (known.controlled, known.ignored)
    assert (
        found.kind_of_look.tolist()
        == np.concatenate([known.kind_of_look[known.kind_of_look == kind] for kind in order]).tolist()
    )


def test_a_thing_of_another_colour_is_told_by_its_size():
    known = kinds_of(((4, 16), GREEN), ((2, 4), WHITE))
    assert match(known, kinds_of(((2, 4), BLUE), ((4, 16), RED))).tolist() == [1, 0]


def test_of_things_of_one_size_the_nearest_colours_are_the_same():
    known = kinds_of(((8, 8), GREEN), ((8, 8), RED))
    assert match(known, kinds_of(((8, 8), (180, 60, 60)), ((8, 8), WHITE))).tolist() == [1, 0]


def test_what_the_actions_control_is_the_same_whatever_it_looks_like():
    known = kinds_of(((4, 16), GREEN), ((2, 4), WHITE), controlled=0)
    assert match(known, kinds_of(((2, 4), WHITE), ((30, 2), RED), controlled=1)).tolist() == [1, 0]


def test_scenery_is_never_an_object():
    known = kinds_of(((8, 8), GREEN), ((40, 40), RED), ignored=frozenset({1}))
    seen = kinds_of(((8, 8), GREEN), ((40, 40), RED), ignored=frozenset({0}))
    assert match(known, seen).tolist() == [-1, -1]


def test_what_is_new_gets_a_number_of_its_own_and_what_is_gone_keeps_its():
    known = kinds_of(((4, 16), GREEN), ((2, 4), WHITE), controlled=0)
    found = in_numbers_of(known, kinds_of(((40, 40), RED), ((4, 16), GREEN), controlled=1))
    assert found.labels == ("green 4x16", "white 2x4", "red 40x40")
    assert found.kind_of_look.tolist() == [2, 0, 1]
    assert len(found) == 3
    assert found.controlled == 0


def test_kinds_told_by_spectra_are_not_compared():
    known = kinds_of(((4, 16), GREEN))
    with pytest.raises(ConfigError, match="'spectrum' cannot be matched"):
        in_numbers_of(known, replace(known, features="spectrum"))


def test_an_environment_speaks_the_numbers_of_another_encoder(other_pong):
    ours = gym.make("DSRL-Pong-v0")
    theirs = gym.make("DSRL-Pong-v0", encoder=str(other_pong), kinds_of="Pong")
    for action in [None, *[2, 3, 0] * 20]:
        seen = [env.reset(seed=0) if action is None else env.step(action) for env in (ours, theirs)]
        assert seen[0][0]["objects"].tolist() == seen[1][0]["objects"].tolist()


def test_an_agent_refuses_an_encoder_with_other_numbers_unless_they_are_matched(other_pong):
    agent = SymbolicQ("DSRL-Pong-v0", seed=0)
    with pytest.raises(AgentError, match="kinds_of="):
        agent.set_env(gym.make("DSRL-Pong-v0", encoder=str(other_pong)))
    agent.set_env(gym.make("DSRL-Pong-v0", encoder=str(other_pong), kinds_of="Pong"))


def test_a_vector_of_environments_matches_too(other_pong):
    envs = gym.make_vec("DSRL-Pong-v0", 2, encoder=str(other_pong), kinds_of="Pong")
    assert envs.unwrapped.view.perceptions[1].kinds.labels == Perception.from_pretrained("Pong").kinds.labels
