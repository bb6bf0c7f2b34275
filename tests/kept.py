"""Keep databases open and one event loop running between tests, so that what was made for one serves the next.

A service is lent a database and gives it back when it ends. Lent, it behaves as one of its own: closed, it refuses, and
closing waits for what runs. Only threads, connections and compiled statements outlive it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial
from typing import Any, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal

from models.database import Database, Lanes
from models.errors import Unavailable
from models.jobs import Job, Lane
from models.sqlite_writer import SqliteWrites

PATIENCE = 60
# By address, what no service has at the moment; what is not named here opens and closes with its service.
IDLE: dict[str, list[Lanes]] = {}
# What ends with the tests.
LASTING = ExitStack()


@cache
def lasting_portal() -> BlockingPortal:
    """Start the loop that all services of this process run on: a thread and a loop for each took as long as they."""
    return LASTING.enter_context(start_blocking_portal())


def keep(url: str) -> None:
    """Keep what will be opened at an address from now on."""
    IDLE[url] = []


def let_go(url: str) -> None:
    """Close what is kept at an address, which every service has given back."""
    for lanes in IDLE.pop(url):
        lanes.readers.close()
        lanes.writers.close()
        lanes.disconnect()


def opened(url: str) -> Database:
    """Open a database, or lend one that is kept to one service at a time."""
    if url not in IDLE:
        return Database.open(url)
    lanes = IDLE[url].pop() if IDLE[url] else Database.open(url)._lanes
    readers, writers = LentLane(lanes.readers), _lent(lanes.writers)
    return Database(replace(lanes, readers=readers, writers=writers, disconnect=partial(IDLE[url].append, lanes)))


class LentLane(Lane):
    """Pass jobs on to a lane that outlives this one."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._is_closed = False

    def submit(self, job: Job) -> None:
        """Queue a job; raise Overloaded, and Unavailable after close."""
        if self._is_closed:
            raise Unavailable("the database is closed")
        self._lane.submit(job)

    def close(self) -> None:
        """Refuse new jobs and wait until all threads have come to the end of what was queued."""
        self._is_closed = True
        all_here = threading.Barrier(len(self._lane._threads))
        waits = [_job(lambda _: all_here.wait(PATIENCE)) for _ in self._lane._threads]
        for job in waits:
            self._lane.submit(job)
        for job in waits:
            cast(Any, job.answer).result(PATIENCE)


class LentWrites(LentLane):
    """Pass brief jobs on too."""

    def __init__(self, writes: SqliteWrites) -> None:
        super().__init__(writes._long)
        self._writes = writes

    def submit_brief(self, job: Job) -> None:
        """Queue a job; raise Overloaded, and Unavailable after close."""
        if self._is_closed:
            raise Unavailable("the database is closed")
        self._writes.submit_brief(job)

    def close(self) -> None:
        """Refuse new jobs and wait until those that wait are done."""
        super().close()
        self._writes.drain()


class AtOnce:
    """Stand for an event loop where nobody runs one: whoever brings an answer settles it."""

    def call_soon_threadsafe(self, settle: Callable[..., None], *args: Any) -> None:
        """Settle."""
        settle(*args)


def _lent(writers: Lane | SqliteWrites) -> LentLane:
    return LentWrites(writers) if isinstance(writers, SqliteWrites) else LentLane(writers)


def _job(call: Callable[[Any], Any]) -> Job:
    return Job(call, cast(Any, AtOnce()), cast(Any, Future()))
