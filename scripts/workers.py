"""Jobs side by side, in processes that end with the one that asked for them."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed

from tqdm import tqdm

from dsrl.errors import DSRLError


def side_by_side(
    jobs: Mapping[str, Callable[[], None]], workers: int, title: str, total: int
) -> list[DSRLError]:
    """Run jobs, so many at once, and return what went wrong with single ones.

    Args:
        jobs: what to run, by name; functions of modules or partials of them, which other processes can load.
        workers: processes.
        title: what the progress bar is called.
        total: jobs, with those that were done before.
    """
    failed = []
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(workers, spawn, initializer=end_with_parent) as pool,
        tqdm(total=total, initial=total - len(jobs), desc=title, unit="cell") as bar,
    ):
        futures = {pool.submit(job): name for name, job in jobs.items()}
        for future in as_completed(futures):
            bar.set_postfix_str(futures[future])
            bar.update()
            if isinstance(error := future.exception(), DSRLError):
                failed.append(error)
            elif error:
                pool.shutdown(wait=False, cancel_futures=True)
                raise error
    return failed


def end_with_parent() -> None:
    """Let this process end as soon as its parent is interrupted or killed; its job goes on the next time."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=follow_parent, daemon=True).start()


def follow_parent() -> None:
    """End when the process that asked for the jobs has ended."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
