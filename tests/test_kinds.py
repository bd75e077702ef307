"""The table of kinds that belongs to an encoder."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dsrl.errors import EncoderError
from dsrl.extraction import Detections
from dsrl.kinds import Kinds, sealed, unsealed
from dsrl.looks import Looks

FILTERS = 2
GREEN, WHITE = (92, 186, 92), (236, 236, 236)


@pytest.fixture
def kinds() -> Kinds:
    """Return a paddle of two looks and a ball of one."""
    looks = Looks(
        np.array([[4.0, 16.0], [4.0, 6.0], [2.0, 4.0]]),
        np.array([GREEN, GREEN, WHITE], dtype=np.uint8),
        np.array([[0.0, 3.0], [0.0, 2.5], [-4.0, 0.0]]),
    )
    return Kinds(looks, np.array([0, 0, 1]), (0.75, 0.25), "appearance", (None, None))


@pytest.fixture
def table(kinds):
    return json.loads(json.dumps(kinds.to_json()))


def seen(*sizes: tuple[int, int], colour=GREEN) -> Detections:
    boxes = np.array([(40, 40, 40 + width, 40 + height) for width, height in sizes], dtype=int).reshape(-1, 4)
    colours = np.array([colour] * len(sizes), dtype=np.uint8).reshape(-1, 3)
    spectra = np.zeros((len(sizes), FILTERS))
    return Detections(boxes, boxes[:, :2] + 0.5, colours, spectra, np.ones(len(sizes)))


def test_a_detection_is_of_the_kind_that_it_looks_most_like(kinds):
    assert kinds.classify(seen((4, 15), (4, 5))).tolist() == [0, 0]
    assert kinds.classify(seen((2, 4), (4, 6), colour=WHITE)).tolist() == [1, 1]


def test_no_detection_has_no_kind(kinds):
    assert kinds.classify(seen()).shape == (0,)


def test_kinds_without_a_name_are_called_by_their_most_frequent_look(kinds):
    assert kinds.labels == ("green 4x16", "white 2x4")


def test_the_name_that_a_person_gave_comes_first(table):
    table["kinds"][1]["name"] = "ball"
    named = Kinds.from_json(table, FILTERS)
    assert named.labels == ("green 4x16", "ball")
    assert named.to_json() == table


def test_the_controlled_kind_belongs_to_the_table_and_to_its_hash(kinds):
    told = replace(kinds, controlled=1).to_json()
    assert Kinds.from_json(unsealed(sealed(told)), FILTERS).controlled == 1
    assert (
        Kinds.from_json({name: told[name] for name in told if name != "controlled"}, FILTERS).controlled
        is None
    )
    with pytest.raises(EncoderError, match="more than names"):
        unsealed({**sealed(told), "controlled": 0})


def test_the_table_survives_a_round_trip_through_json(kinds, table):
    again = Kinds.from_json(table, FILTERS)
    for column, before in zip(again.looks, kinds.looks, strict=True):
        np.testing.assert_array_equal(column, before)
    assert again.kind_of_look.tolist() == [0, 0, 1]
    assert (again.shares, again.features, again.names) == ((0.75, 0.25), "appearance", (None, None))
    assert len(again) == 2


LOOK = {"width": 4.0, "height": 16.0, "colour": list(GREEN), "spectrum": [0.0, 3.0]}
KIND = {"name": None, "share": 1.0, "looks": [LOOK]}
TABLE = {"format": "dsrl-kinds-1", "features": "appearance", "kinds": [KIND]}
WRONG_LOOKS = [
    LOOK | {"width": 0.0},
    LOOK | {"height": float("nan")},
    LOOK | {"colour": [92, 186, 256]},
    LOOK | {"colour": "green"},
    LOOK | {"spectrum": [0.0, 3.0, 1.0]},  # of an encoder with three filters
    LOOK | {"spectrum": [0.0, "much"]},
    {"width": 4.0, "height": 16.0},
    [4.0, 16.0],
]
WRONG_KINDS = [
    *({"looks": [look]} for look in WRONG_LOOKS),
    *({"looks": looks} for looks in (None, [], 3)),
    {"share": "most"},
]
WRONG_TABLES = [
    *(None, [], {}, "kinds"),
    TABLE | {"format": "dsrl-kinds-0"},
    TABLE | {"features": "smell"},
    TABLE | {"kinds": []},
    TABLE | {"controlled": 1},
    TABLE | {"controlled": "me"},
    TABLE | {"kinds": [None]},
    TABLE | {"kinds": [KIND, KIND | {"looks": []}]},
    *(TABLE | {"kinds": [KIND | wrong]} for wrong in WRONG_KINDS),
]


def test_the_table_that_the_wrong_ones_differ_from_is_right():
    assert len(Kinds.from_json(TABLE, FILTERS)) == 1


@pytest.mark.parametrize("table", WRONG_TABLES)
def test_a_damaged_table_is_refused_with_its_remedy(table):
    with pytest.raises(EncoderError, match=r"table of kinds is damaged.* `dsrl pretrain`"):
        Kinds.from_json(table, FILTERS)


def test_kinds_that_are_ignored_are_no_objects_and_stay_so_in_the_file(kinds):
    ignoring = replace(kinds, ignored=frozenset({1}))
    again = Kinds.from_json(unsealed(sealed(ignoring.to_json())), FILTERS)
    balls = seen((2, 4), (2, 4), colour=WHITE)
    found, kept = again.objects(balls, np.array([0, 1]))
    assert again.ignored == {1}
    assert (len(found.boxes), kept.tolist()) == (1, [0])
