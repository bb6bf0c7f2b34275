"""Run the slow work with passwords off the event loop, a few at a time in the whole process."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from models.errors import Overloaded

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 2
MOST_WAITING = 200
"""With some 20 ms a hash, the last one in the queue waits about two seconds."""

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
_places = BoundedSemaphore(MOST_WAITING)


async def off_loop(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Hash, compare or judge a password; raises Overloaded when too many wait."""
    if not _places.acquire(blocking=False):
        raise Overloaded
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, partial(work, *args, **kwargs))
    finally:
        _places.release()
