"""What a training costs: time at the wall, time of the processor, and memory."""

import resource
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Cost:
    """Measures what happens inside a `with`.

    >>> with Cost() as cost:
    ...     _ = sum(range(1000))
    >>> cost.seconds >= 0, cost.cpu_seconds >= 0, cost.memory > 10
    (True, True, True)
    """

    seconds: float
    """At the wall: other work on the machine lengthens it."""
    cpu_seconds: float
    """Of the processor, over all threads: comparable also where other work was done beside it."""
    memory: float
    """Peak memory of the process, in MB; without Linux since its start, else since the `with`."""

    def __enter__(self) -> Self:
        if CLEAR.exists():
            CLEAR.write_text("5")  # the peak starts anew: proc(5)
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = round(time.perf_counter() - self._wall, 3)
        self.cpu_seconds = round(time.process_time() - self._cpu, 3)
        self.memory = round(peak_memory(), 1)

    @property
    def figures(self) -> dict[str, float]:
        """All of it, by name."""
        return {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "memory": self.memory}


def peak_memory() -> float:
    """Return the peak memory of this process, in MB."""
    if STATUS.exists():
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
