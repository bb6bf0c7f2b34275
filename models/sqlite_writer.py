"""Write to SQLite from one thread, with one commit and one sync for all the verbs that have queued up.

Each verb has a savepoint of its own, so that its error is its own. When the engine ends the transaction of a batch,
each verb of it is run again in a transaction of its own: a verb may run twice, and one run of it at most is kept.
"""

from collections.abc import Iterator
from time import monotonic
from typing import Any, Final

from pysqlite3 import dbapi2
from sqlalchemy import Connection

from models.engine_errors import sqlite_meaning
from models.jobs import Backlog, Call, Job, deliver
from models.sqlite_engine import perform

BATCH_SIZE: Final = 64
BATCH_SECONDS: Final = 0.01


class BatchBroken(Exception):
    """Say that the transaction ended before its commit."""


class BatchWriter:
    """Run batches of verbs on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection

    def work(self, backlog: Backlog) -> None:
        """Take batches until the backlog ends."""
        while (first := backlog.take()) is not None:
            batch = [first]
            try:
                self._run(batch, backlog)
            except Exception as error:  # noqa: BLE001  The thread outlives whatever happens to a batch.
                refusal = sqlite_meaning(error, is_write=True) or error
                for job in batch:
                    job.refuse(refusal)
            deliver(batch)

    def _run(self, batch: list[Job], backlog: Backlog) -> None:
        """Run the first job and those that wait; `batch` grows by what was taken."""
        try:
            self._driver.execute("BEGIN IMMEDIATE")
        except dbapi2.Error:
            # Whoever holds the lock held it for the whole time we wait: those behind would only wait as long again.
            batch.extend(iter(backlog.take_waiting, None))
            raise
        try:
            self._run_together(batch, backlog)
        except Exception:  # noqa: BLE001  Verbs keep their errors, so this is the engine's, of whatever kind.
            self._end_transaction()
            for job in batch:
                job.run(self._run_alone)

    def _run_together(self, batch: list[Job], backlog: Backlog) -> None:
        for job in _taken(batch, backlog):
            job.run(self._perform)
            if not self._driver.in_transaction:
                raise BatchBroken
        self._driver.execute("COMMIT")

    def _run_alone(self, call: Call) -> Any:
        try:
            self._driver.execute("BEGIN IMMEDIATE")
            result = self._perform(call)
            self._driver.execute("COMMIT")
            return result
        except dbapi2.Error as error:
            if (refusal := sqlite_meaning(error, is_write=True)) is None:
                raise
            raise refusal from error
        finally:
            self._end_transaction()

    def _perform(self, call: Call) -> Any:
        return perform(self._connection, call, is_write=True)

    def _end_transaction(self) -> None:
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")


def _taken(batch: list[Job], backlog: Backlog) -> Iterator[Job]:
    """Give the first job, then what waits, until the batch is as large or as old as it may be."""
    yield batch[0]
    ends_at = monotonic() + BATCH_SECONDS
    while len(batch) < BATCH_SIZE and monotonic() < ends_at and (job := backlog.take_waiting()) is not None:
        batch.append(job)
        yield job
