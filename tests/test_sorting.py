"""Order, as numpy's stable sort has it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dsrl.sorting import order


@given(st.lists(st.integers(-5, 5), max_size=70))
def test_the_order_is_that_of_a_stable_sort(keys):
    assert order(np.array(keys, np.int64)).tolist() == np.argsort(keys, kind="stable").tolist()


def test_floats_and_many_keys_are_sorted_too():
    keys = np.random.default_rng(0).normal(size=3000).round(1)
    np.testing.assert_array_equal(order(keys), np.argsort(keys, kind="stable"))
