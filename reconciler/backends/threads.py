"""Threads for requests that are read side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """All of them have ended at the end; but a signal does not wait for services that do not answer."""
    # Not needed inside one process, where the import would be a tenth of the start-up.
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max(1, count))
    is_awaited = True
    try:
        yield pool
    except Exception:
        raise
    except BaseException:
        is_awaited = False
        raise
    finally:
        pool.shutdown(wait=is_awaited, cancel_futures=True)


def gather(tasks: Iterable[Callable[[], T]], parallelism: int) -> list[T]:
    """The results in the order of the tasks; the first failure ends it. What holds for this thread holds for them."""
    waiting = list(tasks)
    if parallelism <= 1 or len(waiting) <= 1:
        return [task() for task in waiting]
    with threads(min(parallelism, len(waiting))) as pool:
        return [future.result() for future in [pool.submit(copy_context().run, task) for task in waiting]]
