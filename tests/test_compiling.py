"""What is said where loops are compiled."""

import runpy

from numba import njit

from dsrl.compiling import announce


def test_it_is_said_once_that_a_loop_is_compiled(caplog):
    @njit
    def twice(number):
        return 2 * number

    @njit
    def other(number):
        return number

    announce(twice)
    other(1)
    assert not caplog.records
    assert (twice(1), twice(2), twice(1.5)) == (2, 4, 3.0)
    assert [record.name for record in caplog.records] == ["dsrl"]
    assert "compiles its loops, once after an installation" in caplog.text


SOURCE = """
from numba import njit

@njit(cache=True)
def half(number):
    return number / 2
"""


def test_nothing_is_said_of_a_loop_that_was_kept(tmp_path, caplog):
    source = tmp_path / "kept.py"
    source.write_text(SOURCE)
    for said in (1, 0):  # the second time it is loaded from beside the file
        half = runpy.run_path(str(source))["half"]
        announce(half)
        caplog.clear()
        assert half(3) == 1.5
        assert len(caplog.records) == said
