"""Ctrl-C while an agent learns: it ends after the step under way, not in the middle of one."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Self


class Interrupts:
    """Inside a `with`, a user's interrupt is noted, and raised at its end; a second one is raised at once.

    An exception in the middle of a step would leave tables half fitted, and is lost in compiled loops. Where
    an interrupt raises nothing, as in other threads or with a handler of the user's own, nothing changes.
    """

    happened = False
    """Whether the user interrupted."""

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        self._notes = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._notes:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise the interrupt, unless another error is on its way.

        Raises:
            KeyboardInterrupt: the user interrupted.
        """
        if self._notes:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.happened and error is None:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
