"""Tell other processes on PostgreSQL which articles changed: NOTIFY after the commit, on a connection of its own.

Inside a transaction NOTIFY makes all commits wait for each other. A hint may be late or lost: whoever is told looks,
and whoever is not told looks again by the clock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import make_url

from models.database import Database
from models.postgresql_engine import CONNECTION

CHANNEL: Final = "forum_published"
# The payload of a notification is at most 8 000 bytes.
MOST_AT_ONCE: Final = 150
COALESCE: Final = 0.01
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
Numbers = Mapping[UUID, int]
Connection = psycopg.AsyncConnection[Any]


class Hints:
    """Send the numbers of own commits and hear those of other processes, through any break of a connection."""

    def __init__(self, url: str, database: Database, hear: Callable[[Numbers], None]) -> None:
        address = make_url(url).set(drivername="postgresql")
        self._address = address.set(query={**CONNECTION, **address.query}).render_as_string(hide_password=False)
        self._hear = hear
        self._untold: dict[UUID, int] = {}
        self._noted = asyncio.Event()
        database.on_published(self._note)
        self._tasks = [asyncio.create_task(task) for task in (self._keep(self._listen), self._begin_to_tell())]

    async def close(self) -> None:
        """Close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _note(self, numbers: Numbers) -> None:
        self._untold.update(numbers)
        self._noted.set()

    async def _keep(self, use: Callable[[Connection], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while True:
            with suppress(psycopg.Error):
                async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as connection:
                    pause = FIRST_PAUSE
                    await use(connection)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _listen(self, connection: Connection) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        async for notification in connection.notifies():
            self._hear({UUID(key): number for key, number in orjson.loads(notification.payload).items()})

    async def _begin_to_tell(self) -> None:
        # A process that publishes nothing needs no connection for it.
        await self._noted.wait()
        await self._keep(self._tell)

    async def _tell(self, connection: Connection) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            told, self._untold = self._untold, {}
            left = iter(told.items())
            while some := dict(islice(left, MOST_AT_ONCE)):
                payload = orjson.dumps({key.hex: number for key, number in some.items()}).decode()
                await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
            await asyncio.sleep(COALESCE)
