"""Bring what was committed to SQLite from its log into its file, beside the writer.

SQLite does so within a commit once the log has a thousand pages, and whoever waits for that commit waits for two syncs
and a thousand pages more. A passive checkpoint stands in nobody's way (https://sqlite.org/pragma.html#pragma_wal_checkpoint).
Where writes come so fast that the log never rests, the writer brings over what is left at `wal_autocheckpoint`.
"""

import threading
from typing import Any, Final

import structlog
from pysqlite3 import dbapi2
from sqlalchemy import Connection

LEAST_PAGES: Final = 1_000
# Looking costs as much as a small read, and a commit of ours writes some ten to sixty pages.
COMMITS_A_LOOK: Final = 16

logger = structlog.get_logger("forum.database")


class Checkpoints:
    """Look at the log now and then, on a thread and a connection of its own."""

    def __init__(self, connection: Connection) -> None:
        self._driver: Any = connection.connection.driver_connection
        self._commits = 0
        self._is_closed = False
        self._is_wanted = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpointer", daemon=True)
        self._thread.start()

    def count(self) -> None:
        """Take note of a commit."""
        self._commits += 1
        if self._commits % COMMITS_A_LOOK == 0:
            self._is_wanted.set()

    def close(self) -> None:
        """End what runs; the last connection that is closed brings the rest over."""
        self._is_closed = True
        self._is_wanted.set()
        self._thread.join()

    def _work(self) -> None:
        while self._is_wanted.wait() and not self._is_closed:
            self._is_wanted.clear()
            try:
                self._bring_over()
            except dbapi2.Error as error:
                # The log keeps everything until the writer does it, which then says what is wrong.
                logger.warning("checkpoint put off", kind=type(error).__name__)

    def _bring_over(self) -> None:
        _, pages, done = self._driver.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
        if pages - done >= LEAST_PAGES:
            self._driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
