"""End a worker whose parent is gone, since it would hold the address against whoever starts the service anew."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

LOOKS_EVERY: Final = 1.0


@asynccontextmanager
async def ending_with_parent() -> AsyncIterator[None]:
    """Look after the parent for the length of a block; without it, end as if it had asked for that."""
    watching = asyncio.create_task(_watch(os.getppid()))
    try:
        yield
    finally:
        watching.cancel()


async def _watch(parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(LOOKS_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
