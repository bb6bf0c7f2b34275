"""Run several processes at one address, and see to it that none holds the address longer than it serves there.

A worker whose parent is gone ends, since it would hold the address against whoever starts the service anew.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing import parent_process
from typing import Final

from uvicorn.supervisors import Multiprocess

LOOKS_EVERY: Final = 1.0


class Workers(Multiprocess):
    """Start the processes that serve at one address, and end them together."""

    def terminate_all(self) -> None:
        """Tell all to end, and listen no more."""
        # What came in here would wait for nobody until the last of them has ended, and be cut off then.
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


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
