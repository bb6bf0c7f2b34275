"""End a worker whose parent is gone, since it would hold the address against whoever starts the service anew."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing import parent_process
from typing import Final

LOOKS_EVERY: Final = 1.0


@asynccontextmanager
async def ending_with_parent() -> AsyncIterator[None]:
    """Look after the parent for the length of a block, where this is a worker; without it, end as if told to."""
    watching = asyncio.create_task(_watch())
    try:
        yield
    finally:
        watching.cancel()


async def _watch() -> None:
    parent = parent_process()
    if parent is None:
        return
    while parent.is_alive():
        await asyncio.sleep(LOOKS_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
