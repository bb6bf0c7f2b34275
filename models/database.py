"""Open the one door to the data: verbs are plain functions on a session, awaited from the event loop.

A verb has no effect outside its session and may run twice, since the engine may undo a transaction; one run of it at
most is kept. A caller that is cancelled gives up its verb if that has not begun; one that has begun is carried out.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar
from uuid import UUID

from sqlalchemy import URL, make_url, text
from sqlmodel import Session

from models import postgresql_engine, sqlite_engine
from models.engine_errors import LockTimeout
from models.errors import ForumError, Unavailable
from models.jobs import Call, Job, Lane, one_by_one
from models.sqlite_checkpoints import Checkpoints
from models.sqlite_writer import SqliteWrites

__all__ = ["Database", "LockTimeout", "Sizes"]

P = ParamSpec("P")
R = TypeVar("R")
Verb = Callable[Concatenate[Session, P], R]

# Where a verb leaves in `session.info` which articles changed for the public, and to which number.
PUBLISHED: Final = "published"
READY_WITHIN: Final = 2.0


@dataclass(frozen=True)
class Sizes:
    """Bound threads and queues; each thread has a connection, and SQLite has one writer whatever stands here."""

    readers: int = 8
    writers: int = 4
    waiting: int = 1_000


@dataclass(frozen=True)
class Lanes:
    """Hold the threads and connections to one database; `inline` answers lookups without a thread."""

    dialect: str
    readers: Lane
    writers: Lane | SqliteWrites
    inline: Callable[[Call], Any] | None
    disconnect: Callable[[], None]


class Database:
    """Run verbs on readers and writers, whatever the engine."""

    def __init__(self, lanes: Lanes) -> None:
        self.dialect = lanes.dialect
        self._lanes = lanes
        self._inline_lock = threading.Lock()
        self._is_closed = False
        self._listeners: list[Callable[[Mapping[UUID, int]], None]] = []

    @classmethod
    def open(cls, url: str, *, sizes: Sizes = Sizes()) -> Self:
        """Open `sqlite:///path` or `postgresql://…`; a PostgreSQL that is down is met at the first verb."""
        parsed = make_url(url)
        return cls(_open_sqlite(parsed, sizes) if parsed.drivername == "sqlite" else _open_postgresql(parsed, sizes))

    async def read(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb on a reader, on one snapshot, where it cannot write.

        Raises Overloaded when too many wait, Unavailable, and whatever the verb raises.
        """
        return await _run(self._lanes.readers.submit, lambda session: verb(session, *args, **kwargs))

    async def glance(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb of one statement like `lookup`; on PostgreSQL without a transaction, two thirds of its way."""
        if self._lanes.inline is None:
            return await _run(self._lanes.readers.submit_brief, lambda session: verb(session, *args, **kwargs))
        return await self.lookup(verb, *args, **kwargs)

    async def lookup(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb of point queries like `read`; on SQLite at once, which blocks the loop for its tens of µs."""
        if self._lanes.inline is None:
            return await self.read(verb, *args, **kwargs)
        with self._inline_lock:
            if self._is_closed:
                raise Unavailable("the database is closed")
            result: R = self._lanes.inline(lambda session: verb(session, *args, **kwargs))
            return result

    async def write(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb in one transaction and give its result after the commit.

        Raises Overloaded when too many wait, LockTimeout, StorageFull, Unavailable, and whatever the verb raises;
        nothing is kept then, except that after Unavailable it may be.
        """
        return await self._write(self._lanes.writers.submit, lambda session: verb(session, *args, **kwargs))

    async def write_briefly(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb of few rows like `write`; on SQLite between requests, and only its commit beside the loop."""
        return await self._write(self._lanes.writers.submit_brief, lambda session: verb(session, *args, **kwargs))

    async def _write(self, submit: Callable[[Job], None], verb: Callable[[Session], R]) -> R:
        published: dict[UUID, int] = {}

        def call(session: Session) -> R:
            result = verb(session)
            published.clear()
            published.update(session.info.get(PUBLISHED, {}))
            return result

        result = await _run(submit, call)
        if published:
            for listener in self._listeners:
                listener(published)
        return result

    def on_published(self, listener: Callable[[Mapping[UUID, int]], None]) -> None:
        """Call a listener on the loop, after each commit of ours and before its answer, with the articles' numbers."""
        self._listeners.append(listener)

    async def is_ready(self) -> bool:
        """Tell whether the database answers in time."""
        try:
            async with asyncio.timeout(READY_WITHIN):
                await self.read(_ping)
        except (ForumError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Refuse new verbs, finish the queued ones and close the connections."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._lanes.readers.close()
        self._lanes.writers.close()
        with self._inline_lock:
            self._is_closed = True
            self._lanes.disconnect()


async def _run(submit: Callable[[Job], None], call: Callable[[Session], R]) -> R:
    loop = asyncio.get_running_loop()
    job = Job(call, loop, loop.create_future())
    submit(job)
    result: R = await job.answer
    return result


def _ping(session: Session) -> None:
    session.execute(text("SELECT 1"))


def _open_sqlite(url: URL, sizes: Sizes) -> Lanes:
    sqlite_engine.create_file(url)
    engine = sqlite_engine.open_engine(url)
    writer = sqlite_engine.connect(engine)
    readers = [sqlite_engine.connect_reader(engine) for _ in range(sizes.readers)]
    inline = sqlite_engine.connect(engine, sqlite_engine.LOOKUP_PRAGMAS)

    beside = sqlite_engine.connect(engine)
    checkpoints = Checkpoints(beside)

    def disconnect() -> None:
        checkpoints.close()
        for connection in (inline, *readers, beside, writer):
            connection.close()

    reads = [one_by_one(partial(sqlite_engine.perform, reader, is_write=False)) for reader in readers]
    return Lanes(
        dialect="sqlite",
        readers=Lane("reader", reads, limit=sizes.waiting),
        writers=SqliteWrites(writer, has_committed=checkpoints.count, limit=sizes.waiting),
        inline=partial(sqlite_engine.perform, inline, is_write=False),
        disconnect=disconnect,
    )


def _open_postgresql(url: URL, sizes: Sizes) -> Lanes:
    reading = postgresql_engine.connect(url, size=sizes.readers, is_write=False)
    writing = postgresql_engine.connect(url, size=sizes.writers, is_write=True)

    def disconnect() -> None:
        reading.dispose()
        writing.dispose()

    at_once = reading.execution_options(isolation_level="AUTOCOMMIT")
    read = one_by_one(*(partial(postgresql_engine.perform, way, is_write=False) for way in (reading, at_once)))
    write = one_by_one(partial(postgresql_engine.perform, writing, is_write=True))
    return Lanes(
        dialect="postgresql",
        readers=Lane("reader", [read] * sizes.readers, limit=sizes.waiting),
        writers=Lane("writer", [write] * sizes.writers, limit=sizes.waiting),
        inline=None,
        disconnect=disconnect,
    )
