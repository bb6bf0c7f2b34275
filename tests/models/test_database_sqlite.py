"""Prove the group commit on SQLite, and that an engine's error stays with the verb that caused it."""

import asyncio
import stat
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

import pytest
from pysqlite3 import dbapi2
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from models import sqlite_writer
from models.database import Database, Sizes
from models.errors import NotFound, StorageFull, Unavailable
from tests.databases import copy_sqlite
from tests.models.verbs import busy_writer, insert, names, written


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    """Give the test's own migrated file."""
    copy_sqlite(sqlite_template, tmp_path / "forum.db")
    return tmp_path / "forum.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """Open the file."""
    database = Database.open(f"sqlite:///{path}", sizes=Sizes(readers=2))
    yield database
    asyncio.run(database.close())


def commits(path: Path) -> int:
    """Count the commits in the write-ahead log: frames whose header gives the size of the database."""
    log = Path(f"{path}-wal").read_bytes()
    (page_size,) = struct.unpack(">I", log[8:12])
    headers = (log[start : start + 24] for start in range(32, len(log), 24 + page_size))
    return sum(struct.unpack(">I", header[4:8]) != (0,) for header in headers)


def run_on_writer(database: Database, statement: str) -> None:
    """Run one statement on the writer's own connection."""
    asyncio.run(database.write(lambda session: session.connection().exec_driver_sql(statement).close()))


class TestGroupCommit:
    @pytest.mark.parametrize(
        ("verbs", "size", "seconds", "expected"),
        [
            pytest.param(20, 64, 10, 1, id="verbs that queued up share one commit"),
            pytest.param(40, 8, 10, 6, id="a batch takes only so many verbs"),
            pytest.param(20, 64, 0, 20, id="a batch takes no more verbs once its time is over"),
        ],
    )
    def test_commits(
        self,
        database: Database,
        path: Path,
        monkeypatch: pytest.MonkeyPatch,
        verbs: int,
        size: int,
        seconds: float,
        expected: int,
    ) -> None:
        async def scenario() -> None:
            async with busy_writer(database):
                outcomes = asyncio.create_task(written(database, *map(str, range(verbs))))
                await asyncio.sleep(0.01)
            await outcomes

        asyncio.run(database.write(insert, "first"))
        before = commits(path)
        monkeypatch.setattr(sqlite_writer, "BATCH_SIZE", size)
        monkeypatch.setattr(sqlite_writer, "BATCH_SECONDS", seconds)
        asyncio.run(scenario())
        assert commits(path) - before == expected

    def test_answered_write_is_in_the_file_for_other_processes(self, database: Database, path: Path) -> None:
        asyncio.run(database.write(insert, "answered"))
        with dbapi2.connect(path) as other:
            assert other.execute("SELECT count FROM chain_heads WHERE name = 'answered'").fetchall() == [(1,)]
        other.close()


class TestEngineErrors:
    @pytest.fixture(autouse=True)
    def patient_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let what waits together run together, however slow the machine is."""
        monkeypatch.setattr("models.sqlite_writer.BATCH_SECONDS", 10.0)

    def test_full_disk_is_told_to_the_verb_that_met_it_and_the_others_are_run_again(self, database: Database) -> None:
        runs: list[str] = []

        def counted(session: Session, name: str, size: int) -> str:
            runs.append(name)
            insert(session, name, size=size)
            session.flush()
            return name

        async def scenario() -> Sequence[object]:
            async with busy_writer(database):
                outcomes = asyncio.gather(
                    *(database.write(counted, name, size) for name, size in sizes.items()), return_exceptions=True
                )
                await asyncio.sleep(0.02)
            return await outcomes

        sizes = {"small": 10, "huge": 10_000_000, "little": 10}
        run_on_writer(database, "PRAGMA max_page_count = 300")
        small, huge, little = asyncio.run(scenario())
        assert (small, type(huge), little) == ("small", StorageFull, "little")
        assert asyncio.run(database.read(names)) == ["little", "small"]
        assert runs == ["small", "huge", "small", "huge", "little"]

    def test_verb_that_failed_beside_another_is_judged_by_its_run_alone(self, database: Database) -> None:
        runs: list[str] = []

        def change_its_mind(session: Session) -> None:
            runs.append("first")
            if len(runs) > 1:
                raise NotFound
            insert(session, "same")

        async def scenario() -> Sequence[object]:
            async with busy_writer(database):
                outcomes = asyncio.gather(
                    database.write(change_its_mind),
                    database.write(insert, "same"),
                    database.write(insert, "huge", size=10_000_000),
                    return_exceptions=True,
                )
                await asyncio.sleep(0.02)
            return await outcomes

        run_on_writer(database, "PRAGMA max_page_count = 300")
        first, second, _ = asyncio.run(scenario())
        assert (type(first), second) == (NotFound, "same")
        assert asyncio.run(database.read(names)) == ["same"]

    def test_full_disk_that_has_room_again_takes_writes(self, database: Database) -> None:
        run_on_writer(database, "PRAGMA max_page_count = 300")
        with pytest.raises(StorageFull):
            asyncio.run(database.write(insert, "a", size=10_000_000))
        run_on_writer(database, "PRAGMA max_page_count = 10000")
        assert asyncio.run(database.write(insert, "a", size=10_000_000)) == "a"

    def test_verb_that_ended_the_transaction_takes_nobody_with_it(self, database: Database) -> None:
        def roll_back(session: Session) -> None:
            insert(session, "lost")
            session.flush()
            session.connection().exec_driver_sql("ROLLBACK")

        async def scenario() -> Sequence[object]:
            async with busy_writer(database):
                outcomes = asyncio.gather(
                    *(database.write(insert, "a"), database.write(roll_back), database.write(insert, "b")),
                    return_exceptions=True,
                )
                await asyncio.sleep(0.02)
            return await outcomes

        first, ended, last = asyncio.run(scenario())
        assert (first, last) == ("a", "b")
        assert isinstance(ended, Exception)
        assert asyncio.run(database.read(names)) == ["a", "b"]

    def test_error_that_shows_only_at_the_commit_is_told_to_its_verb_alone(self, database: Database) -> None:
        def orphan(session: Session) -> None:
            connection = session.connection()
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql("INSERT INTO reactions VALUES ('nothing', 'nobody', 'agree', '2026-01-01')")

        async def scenario() -> Sequence[object]:
            async with busy_writer(database):
                outcomes = asyncio.gather(
                    *(database.write(insert, "a"), database.write(orphan), database.write(insert, "b")),
                    return_exceptions=True,
                )
                await asyncio.sleep(0.02)
            return await outcomes

        first, orphaned, last = asyncio.run(scenario())
        assert (first, type(orphaned), last) == ("a", dbapi2.IntegrityError, "b")
        assert asyncio.run(database.read(names)) == ["a", "b"]

    def test_lock_held_elsewhere_refuses_all_that_wait_after_one_wait(self, database: Database, path: Path) -> None:
        run_on_writer(database, "PRAGMA busy_timeout = 200")
        other = dbapi2.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began_at = monotonic()
        outcomes = asyncio.run(written(database, *map(str, range(20))))
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 20
        assert monotonic() - began_at < 3
        assert asyncio.run(database.read(names)) == []
        other.close()
        assert asyncio.run(database.write(insert, "a")) == "a"

    def test_disk_that_became_read_only_is_unavailable(self, database: Database) -> None:
        run_on_writer(database, "PRAGMA query_only = ON")
        with pytest.raises(Unavailable):
            asyncio.run(database.write(insert, "a"))

    def test_file_that_is_no_database_stops_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "damaged.db").write_bytes(b"not a database" * 1_000)
        with pytest.raises(DatabaseError, match="not a database"):
            Database.open(f"sqlite:///{tmp_path / 'damaged.db'}")


class TestConnections:
    def test_lookup_runs_on_the_calling_thread(self, database: Database) -> None:
        assert asyncio.run(database.lookup(lambda _: threading.current_thread())) is threading.current_thread()

    def test_readers_keep_no_snapshot_that_would_hold_the_log_back(self, database: Database, path: Path) -> None:
        asyncio.run(written(database, "a", "b"))
        for act in (database.read, database.lookup):
            assert asyncio.run(act(names)) == ["a", "b"]
        other = dbapi2.connect(path)
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        other.close()

    @pytest.mark.parametrize(
        ("pragma", "value"),
        [
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 5000),
            ("wal_autocheckpoint", 8000),
        ],
    )
    def test_writer_has_its_setting(self, database: Database, pragma: str, value: object) -> None:
        def ask(session: Session) -> object:
            return session.connection().exec_driver_sql(f"PRAGMA {pragma}").scalar_one()

        assert asyncio.run(database.write(ask)) == value

    def test_new_file_and_folder_are_made_for_their_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "forum.db"
        asyncio.run(Database.open(f"sqlite:///{path}").close())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_database_in_memory_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="needs a file"):
            Database.open(url)
