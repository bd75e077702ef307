from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl.symbols import COLUMNS, Symbol, pack, unpack

single = st.floats(-1000, 1000, width=32)
symbols = st.lists(
    st.builds(Symbol, st.integers(0, 99), *[single] * 4, st.integers(-1, 10**6), *[single] * 3), max_size=8
)
BALL = Symbol(kind=2, x=41.5, y=35.0, width=2, height=4, track=7, confidence=0.75, dx=-4, dy=1.5)
PADDLE = Symbol(kind=0, x=142.0, y=90.0, width=4, height=16)


def test_a_symbol_before_tracking_has_no_identity_and_stands_still():
    assert PADDLE.track == -1
    assert (PADDLE.confidence, PADDLE.dx, PADDLE.dy) == (1, 0, 0)


def test_the_deep_copy_of_a_list_of_symbols_is_another_list_of_the_same_symbols():
    seen = [BALL, PADDLE]
    copy = deepcopy(seen)
    assert copy is not seen
    assert all(one is other for one, other in zip(copy, seen, strict=True))


def test_rows_hold_the_columns_in_their_documented_order():
    assert COLUMNS == ("kind", "x", "y", "width", "height", "track", "confidence", "dx", "dy")
    objects, mask = pack([BALL, PADDLE], max_symbols=3)
    assert objects.reshape(3, 9).tolist() == [
        [2, 41.5, 35, 2, 4, 7, 0.75, -4, 1.5],
        [0, 142, 90, 4, 16, -1, 1, 0, 0],
        [0] * 9,
    ]
    assert mask.tolist() == [1, 1, 0]
    assert (objects.dtype, mask.dtype) == (np.float32, np.int8)


def test_what_does_not_fit_is_left_out():
    objects, mask = pack([BALL, PADDLE], max_symbols=1)
    assert unpack(objects, mask) == [BALL]


@given(symbols, st.integers(8, 12))
def test_unpacking_gives_back_what_was_packed(scene, slots):
    unpacked = unpack(*pack(scene, slots))
    assert unpacked == scene
    assert all(type(symbol.kind) is type(symbol.track) is int for symbol in unpacked)


@given(symbols, st.lists(st.integers(0, 1), min_size=8, max_size=8))
def test_only_rows_in_use_are_symbols(scene, bits):
    objects, mask = pack(scene, 8)
    used = mask & np.array(bits, dtype=np.int8)
    assert unpack(objects, used) == [symbol for symbol, bit in zip(scene, bits, strict=False) if bit]


def test_every_pack_is_a_fresh_array():
    assert not np.shares_memory(pack([BALL], 2)[0], pack([BALL], 2)[0])


@pytest.mark.parametrize("dtype", [bool, np.int8, np.float32])
def test_a_mask_of_any_type_is_read(dtype):
    objects, mask = pack([BALL], 2)
    assert unpack(objects, mask.astype(dtype)) == [BALL]
