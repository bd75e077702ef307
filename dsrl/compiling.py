"""What is said where loops are compiled: once after an installation, which takes a while."""

import logging
from collections.abc import Callable
from typing import Any

from numba.core import event


class _Notice(event.Listener):
    """Says that loops are compiled when one of them is, not when it is loaded as it was kept."""

    def __init__(self, loop: Callable[..., Any]) -> None:
        self.loop, self.said = loop, False

    def on_start(self, event: Any) -> None:
        """Say it, if it is that loop and was not said before."""
        if event.data["dispatcher"] is self.loop and not self.said:
            self.said = True
            logging.getLogger("dsrl").warning(
                "dsrl compiles its loops, once after an installation: this takes up to a minute"
            )

    def on_end(self, event: Any) -> None:
        """Say nothing."""


def announce(loop: Callable[..., Any]) -> None:
    """Let the log `dsrl` say that loops are compiled when this one, the longest, is."""
    event.register("numba:compile", _Notice(loop))  # type: ignore[no-untyped-call]
