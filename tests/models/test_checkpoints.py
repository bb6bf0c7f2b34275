"""Prove that the log of SQLite comes into its file beside the writer, whatever goes wrong with that."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pysqlite3 import dbapi2
from sqlmodel import Session

from models.database import Database
from models.sqlite_checkpoints import COMMITS_A_LOOK, LEAST_PAGES, Checkpoints

MOST_LOOKS = 500
PAGE = 4_096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the place of a file."""
    return tmp_path / "forum.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """Open it with a table to fill."""
    database = Database.open(f"sqlite:///{path}")
    asyncio.run(database.write(lambda session: _run(session, "CREATE TABLE heaps (content BLOB)")))
    yield database
    asyncio.run(database.close())


def _run(session: Session, statement: str) -> None:
    session.connection().exec_driver_sql(statement).close()


def fill(database: Database, pages: int) -> None:
    """Write so many pages by as many commits as are looked at together."""
    size = pages * PAGE // COMMITS_A_LOOK
    for _ in range(COMMITS_A_LOOK):
        asyncio.run(
            database.write_briefly(lambda session: _run(session, f"INSERT INTO heaps VALUES (zeroblob({size}))"))
        )


def brought_over(path: Path) -> int:
    """Count the pages of the log that are in the file too."""
    other = dbapi2.connect(path)
    _, _, done = other.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
    other.close()
    return cast(int, done)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait, in a bounded number of looks."""
    for _ in range(MOST_LOOKS):
        if is_so():
            return
        time.sleep(0.02)
    pytest.fail("it did not come about")


class TestCheckpoints:
    def test_long_log_is_brought_over_beside_the_writer(self, database: Database, path: Path) -> None:
        fill(database, 2 * LEAST_PAGES)
        wait_until(lambda: brought_over(path) >= LEAST_PAGES)

    def test_short_log_is_let_be(self, database: Database, path: Path) -> None:
        fill(database, LEAST_PAGES // 4)
        assert brought_over(path) == 0

    def test_thread_ends_with_the_database(self, path: Path) -> None:
        before = set(threading.enumerate())
        asyncio.run(Database.open(f"sqlite:///{path}").close())
        assert set(threading.enumerate()) <= before

    def test_what_goes_wrong_is_said_and_tried_again(self, capfd: pytest.CaptureFixture[str]) -> None:
        asked: list[str] = []

        def execute(statement: str) -> Any:
            asked.append(statement)
            if len(asked) == 1:
                raise dbapi2.OperationalError("disk I/O error")
            return SimpleNamespace(fetchone=lambda: (0, LEAST_PAGES, 0))

        driver = SimpleNamespace(execute=execute)
        checkpoints = Checkpoints(cast(Any, SimpleNamespace(connection=SimpleNamespace(driver_connection=driver))))
        for looks in (1, 3):
            for _ in range(COMMITS_A_LOOK):
                checkpoints.count()
            wait_until(lambda looks=looks: len(asked) == looks)  # type: ignore[misc]
        checkpoints.close()
        assert asked[1:] == ["PRAGMA wal_checkpoint(NOOP)", "PRAGMA wal_checkpoint(PASSIVE)"]
        assert "checkpoint put off" in "".join(capfd.readouterr())
