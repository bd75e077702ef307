"""Ctrl-C while an agent learns: it ends after the step under way, not in the middle of one."""

import signal
from types import FrameType, TracebackType
from typing import Self

from stable_baselines3.common.callbacks import BaseCallback


class Interrupts(BaseCallback):
    """Ends a training, inside a `with`, after the step in which a user interrupts it; twice ends it at once.

    An exception in the middle of a step would leave tables half fitted, and is lost in compiled loops.
    """

    happened = False
    """Whether the user interrupted."""

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True

    def _on_step(self) -> bool:
        """Go on unless the user interrupted."""
        return not self.happened
