"""Write to SQLite on one connection, with one commit and one sync for all the verbs that have queued up.

Each verb has a savepoint of its own, so that its error is its own. When the engine ends the transaction of a batch,
each verb of it is run again in a transaction of its own: a verb may run twice, and one run of it at most is kept.

Verbs come two ways and take turns, a batch at a time. Those of any length run on a thread. Brief ones run on their
caller's event loop and are committed beside it: two threads that pass the interpreter to each other at every statement
take half as long again over it as one.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import Context
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import Any, Final

from pysqlite3 import dbapi2
from sqlalchemy import Connection

from models.engine_errors import sqlite_meaning
from models.errors import Overloaded, Unavailable
from models.jobs import Backlog, Call, Job, Lane, deliver
from models.sqlite_engine import PRAGMAS, perform

BATCH_SIZE: Final = 64
BATCH_SECONDS: Final = 0.01
LOCK_MILLISECONDS: Final = int(PRAGMAS["busy_timeout"])
# How long jobs of any length stand back for brief ones whose loop may be gone.
STANDS_BACK_SECONDS: Final = 0.1


class BatchWriter:
    """Run batches of verbs on one connection; only who has the turn may use it."""

    def __init__(self, connection: Connection, has_committed: Callable[[], None]) -> None:
        self._connection, self._has_committed = connection, has_committed
        self._driver: Any = connection.connection.driver_connection
        self._waits_for = LOCK_MILLISECONDS
        self.turn = threading.Lock()

    def run(self, batch: list[Job], take: Callable[[], Job | None]) -> None:
        """Run the first job and those that wait, however long that takes; `batch` grows by what was taken."""
        try:
            self._begin(LOCK_MILLISECONDS)
        except dbapi2.Error as error:
            # Whoever holds the lock held it for the whole time we wait: those behind would only wait as long again.
            batch.extend(iter(take, None))
            self.refuse(batch, error)
            return
        self.finish(batch, is_good=self._run_together(batch, take))

    def run_at_once(self, batch: list[Job], take: Callable[[], Job | None]) -> bool | None:
        """Run jobs as `run` does, but for the commit; tell whether they went well, or None where it had to wait."""
        try:
            self._begin(0)
        except dbapi2.Error:
            return None
        return self._run_together(batch, take)

    def finish(self, batch: list[Job], *, is_good: bool) -> None:
        """Commit what was run together, or run each job alone where that cannot be."""
        try:
            if is_good:
                self._keep()
                return
        except dbapi2.Error:
            is_good = False
        self._end_transaction()
        for job in batch:
            job.run(self._run_alone)

    def refuse(self, batch: list[Job], error: Exception) -> None:
        """Let an error that is no job's own be the outcome of all."""
        refusal = sqlite_meaning(error, is_write=True) or error
        for job in batch:
            job.refuse(refusal)

    def _begin(self, milliseconds: int) -> None:
        """Begin a transaction, waiting so long for other processes."""
        self._end_transaction()  # One that could not be ended is no reason for those that follow.
        if milliseconds != self._waits_for:
            self._driver.execute(f"PRAGMA busy_timeout = {milliseconds}")
            self._waits_for = milliseconds
        self._driver.execute("BEGIN IMMEDIATE")

    def _run_together(self, batch: list[Job], take: Callable[[], Job | None]) -> bool:
        for job in _taken(batch, take):
            job.run(self._perform)
            if not self._driver.in_transaction:
                return False
        return True

    def _run_alone(self, call: Call) -> Any:
        try:
            self._begin(LOCK_MILLISECONDS)
            result = self._perform(call)
            self._keep()
            return result
        except dbapi2.Error as error:
            if (refusal := sqlite_meaning(error, is_write=True)) is None:
                raise
            raise refusal from error
        finally:
            self._end_transaction()

    def _keep(self) -> None:
        self._driver.execute("COMMIT")
        self._has_committed()

    def _perform(self, call: Call) -> Any:
        return perform(self._connection, call, is_write=True)

    def _end_transaction(self) -> None:
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")


class SqliteWrites:
    """Take verbs for the one connection that writes: brief ones, and those of any length."""

    def __init__(self, connection: Connection, *, has_committed: Callable[[], None], limit: int) -> None:
        self._writer = BatchWriter(connection, has_committed)
        self._limit = limit
        self._lock = threading.Lock()
        self._is_closed = False
        self._brief: deque[Job] = deque()
        self._brief_has_turn = threading.Event()
        self._long_waits = False
        self._ran: SimpleQueue[tuple[list[Job], bool | None] | None] = SimpleQueue()
        self._committer = threading.Thread(target=self._commit, name="committer", daemon=True)
        self._committer.start()
        self._long = Lane("writer", [self._work], limit=limit)

    def submit(self, job: Job) -> None:
        """Queue a job of any length; raise Overloaded or Unavailable, as Backlog.put does."""
        self._long.submit(job)

    def submit_brief(self, job: Job) -> None:
        """Queue a job that is run on its own loop, on which this is called; raise as `submit` does."""
        with self._lock:
            if self._is_closed:
                raise Unavailable("the database is closed")
            if len(self._brief) >= self._limit:
                raise Overloaded
            self._brief.append(job)
        # The first to come runs what others have asked for, which is not to be told of as its own.
        job.loop.call_soon(self._run_brief, context=Context())

    def close(self) -> None:
        """Refuse new jobs and wait until the queued ones are done."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
        self._long.close()
        if not was_closed:
            self.drain()
            self._ran.put(None)
        self._committer.join()

    def drain(self) -> None:
        """Wait until no brief job waits, whether the loops of those that do go on or not."""
        while True:
            self._writer.turn.acquire()
            if not self._hand_over():
                return

    def _run_brief(self) -> None:
        """Run what waits, unless it is not its turn: whoever has that comes back to it."""
        if self._long_waits or not self._brief or not self._writer.turn.acquire(blocking=False):
            return
        self._brief_has_turn.set()
        if (first := self._take_brief()) is None:
            self._release()
            return
        batch: list[Job] = [first]
        is_good: bool | None = False
        try:
            is_good = self._writer.run_at_once(batch, self._take_brief)
        finally:
            self._ran.put((batch, is_good))

    def _hand_over(self) -> bool:
        """Leave what waits to the committing thread, with the turn; give the turn back where nothing does."""
        if (first := self._take_brief()) is None:
            self._release()
            return False
        self._ran.put(([first], None))
        return True

    def _take_brief(self) -> Job | None:
        try:
            return self._brief.popleft()
        except IndexError:
            return None

    def _commit(self) -> None:
        """End what loops have begun, until there is no more to come."""
        while (ran := self._ran.get()) is not None:
            batch, is_good = ran
            if is_good is None:
                self._take_turn(batch, lambda batch: self._writer.run(batch, self._take_brief))
            else:
                self._take_turn(batch, partial(self._writer.finish, is_good=is_good))

    def _work(self, backlog: Backlog) -> None:
        """Run jobs of any length; where brief ones wait, these have every second turn."""
        while (first := backlog.take()) is not None:
            self._long_waits = True
            self._writer.turn.acquire()
            self._long_waits = False
            self._brief_has_turn.clear()
            self._take_turn([first], lambda batch: self._writer.run(batch, backlog.take_waiting))
            if self._brief:
                self._brief_has_turn.wait(STANDS_BACK_SECONDS)

    def _take_turn(self, batch: list[Job], run: Callable[[list[Job]], None]) -> None:
        """Use the turn, and give it back whatever happens: the threads outlive it."""
        try:
            run(batch)
        except Exception as error:  # noqa: BLE001  Jobs keep their own errors, so this is the engine's or ours.
            self._writer.refuse(batch, error)
        deliver(batch)
        self._release()

    def _release(self) -> None:
        """Give the turn back, and let the loops of brief jobs know."""
        self._writer.turn.release()
        if self._long_waits:
            return
        for loop in {job.loop for job in tuple(self._brief)}:
            try:
                loop.call_soon_threadsafe(self._run_brief)
            except RuntimeError:  # It is closed, and so is everybody who waited there.
                if self._writer.turn.acquire(blocking=False):
                    self._hand_over()


def _taken(batch: list[Job], take: Callable[[], Job | None]) -> Iterator[Job]:
    """Give the first job, then what waits, until the batch is as large or as old as it may be."""
    yield batch[0]
    ends_at = monotonic() + BATCH_SECONDS
    while len(batch) < BATCH_SIZE and monotonic() < ends_at and (job := take()) is not None:
        batch.append(job)
        yield job
