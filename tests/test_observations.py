import numpy as np
import pytest

from dsrl.envs.observations import OBSERVATIONS
from dsrl.symbols import Symbol, unpack

SEEN = [
    Symbol(1, 80, 105, 4, 16, track=3, dx=4, dy=-32),
    Symbol(0, 160, 0, 2, 4, track=5),
    Symbol(1, 40, 52.5, 4, 16, 9),
]


def test_rows_hold_every_column_and_the_mask_tells_which_are_used(scripted):
    observation, left_out = OBSERVATIONS["symbols"](scripted(), 4)(SEEN)
    assert (observation["objects"].shape, observation["mask"].tolist(), left_out) == ((36,), [1, 1, 1, 0], 0)
    assert unpack(**observation) == SEEN


def test_rows_that_do_not_fit_are_counted(scripted):
    observation, left_out = OBSERVATIONS["symbols"](scripted(), 2)(SEEN)
    assert (unpack(**observation), left_out) == (SEEN[:2], 1)


def test_the_table_scales_positions_and_changes_by_hand(scripted):
    table, left_out = OBSERVATIONS["table"](scripted(), 6)(SEEN)  # 3 kinds, 2 slots each
    slots = table.reshape(3, 2, 5)
    assert left_out == 0
    assert slots[0].tolist() == [[1, 1, -1, 0, 0], [0, 0, 0, 0, 0]]
    assert slots[1].tolist() == [[1, 0, 0, 0.25, -1], [1, -0.5, -0.5, 0, 0]]  # dy = -32 is cut to -16
    assert not slots[2].any()


def test_symbols_without_a_slot_are_counted(scripted):
    stranger = Symbol(8, 1, 1, 1, 1)
    table, left_out = OBSERVATIONS["table"](scripted(), 3)([*SEEN, stranger])  # one slot each
    assert (table.reshape(3, 5)[:, 0].tolist(), left_out) == ([1, 1, 0], 2)


def test_kinds_that_are_ignored_have_no_slots(scripted, monkeypatch):
    perception = scripted()
    monkeypatch.setattr(type(perception.kinds), "ignored", frozenset({0}))
    table, left_out = OBSERVATIONS["table"](perception, 6)([SEEN[0], Symbol(2, 80, 105, 1, 1)])
    assert (table.reshape(2, 3, 5)[:, :, 0].tolist(), left_out) == ([[1, 0, 0], [1, 0, 0]], 0)


def test_the_latent_is_the_posterior_mean_of_the_last_frame(scripted):
    perception = scripted()
    view = OBSERVATIONS["latent"](perception, 1)
    perception(None, None)
    observation, left_out = view([])
    assert (observation.tolist(), left_out) == ([2.0] * 24, 0)
    assert not np.shares_memory(observation, perception.posterior.mean)


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_observations_are_in_their_space_and_never_handed_out_twice(name, scripted):
    perception = scripted()
    view = OBSERVATIONS[name](perception, 3)
    symbols = perception(None, None)
    assert view(symbols)[0] in view.space
    assert view([])[0] in view.space
    assert view(symbols)[0] is not view(symbols)[0]
