"""How many threads torch works with."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch work in the calling thread alone; also a decorator.

    A single frame is too small to share: threads that wait for each other slow it down many times on busy
    cores, and after a fork, as in Gymnasium's `AsyncVectorEnv`, they wait for ever. It costs a microsecond.

    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
