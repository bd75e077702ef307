"""Neighbouring cells put together into regions."""

from itertools import product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsrl.agents.merging import merge, moving
from dsrl.agents.pair_tables import PairTables
from dsrl.agents.relations import region_words
from dsrl.agents.rules import Names

CELLS = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(-1, 1), st.integers(0, 2)),
    st.tuples(
        st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=2),
        st.lists(st.integers(0, 2), min_size=2, max_size=2),
    ),
    max_size=30,
)


def inside(region):
    return list(product(*(range(low, high + 1) for low, high in zip(region.low, region.high, strict=True))))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CELLS)
def test_regions_share_out_the_cells_that_compare_and_advise_as_they_do(cells):
    regions = merge((key, values, visits) for key, (values, visits) in cells.items())
    covered = [key for region in regions for key in inside(region)]
    assert sorted(covered) == sorted(key for key, (_, visits) in cells.items() if all(visits))
    for region in regions:
        members = [cells[key] for key in inside(region)]
        assert all(np.argmax(values) == region.advice for values, _ in members)
        total = np.sum([visits for _, visits in members], axis=0)
        assert region.visits == total.tolist()
        worth = sum(np.array(values) * visits for values, visits in members) / total
        np.testing.assert_allclose(region.values, worth)


def test_cells_in_a_row_and_then_rows_become_one_region():
    cells = [((x, y), [0.0, 1.0], [1, 1]) for x in range(4) for y in range(3)]
    (region,) = merge(cells)
    assert (region.low, region.high, region.visits) == ((0, 0), (3, 2), [12, 12])


def test_a_gap_and_another_advice_part_regions():
    cells = [((x,), [0.0, 1.0] if x < 3 else [1.0, 0.0], [1, 1]) for x in (0, 1, 2, 3, 5)]
    assert [(region.low, region.high) for region in merge(cells)] == [
        ((0,), (2,)),
        ((3,), (3,)),
        ((5,), (5,)),
    ]
    assert merge([]) == []


def test_regions_in_words():
    names = Names(actions=[], kinds=["paddle", "ball"])
    assert region_words((1, 0, 1, -2, 0, 0), (3, 0, 1, 2, 0, 0), "paddle", "ball") == (
        "ball soon 8-32 px right of and 0-4 px below paddle, moving right, while paddle is standing still"
    )
    assert region_words((), (), "paddle", "ball") == "no ball beside paddle"
    tables = PairTables(n_actions=2, cell=8.0)
    (region,) = merge([((x, 1, 1, y), [0.0, 1.0], [1, 1]) for x in (-1, 0, 1) for y in (-1, 0, 1)])
    assert tables.region_words((0, 1), region, names) == (
        "ball 12 px left of to 12 px right of and 4-12 px below paddle, moving right"
    )


def test_every_range_of_motion_has_words():
    said = [moving((-1, 1), (low, high), 2) for low in range(-2, 3) for high in range(low, 3)]
    assert said == [
        *("moving fast up", "moving up", "moving not down", "moving not fast down", None),
        *("moving up", "moving not down", "moving not fast", "moving not fast up"),
        *("moving straight", "moving not up", "moving not up"),
        *("moving down", "moving down", "moving fast down"),
    ]
    assert moving((0, 0), (0, 0)) == "standing still"
