"""Prove what brief verbs may count on: their loop runs them, the disk is waited for beside it, and turns are fair."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlmodel import Session

from models.database import Database, Sizes
from models.errors import StorageFull
from models.jobs import Job
from models.sqlite_writer import BatchWriter
from tests.databases import copy_sqlite
from tests.models.test_database_sqlite import commits, run_on_writer
from tests.models.verbs import busy_writer, insert, names


@pytest.fixture
def narrow(database_url: str) -> Iterator[Database]:
    """Open a database with one reader, one writer and room for three waiting verbs."""
    database = Database.open(database_url, sizes=Sizes(readers=1, writers=1, waiting=3))
    yield database
    asyncio.run(database.close())


class TestOnBothEngines:
    def test_loops_that_ended_leave_nothing_that_holds_others_up(self, narrow: Database) -> None:
        begun, released = threading.Event(), threading.Event()

        def hold(_: Session) -> None:
            begun.set()
            assert released.wait(10)

        async def leave() -> None:
            tasks = [asyncio.create_task(narrow.write(hold))]
            await asyncio.to_thread(begun.wait, 10)
            tasks += [asyncio.create_task(narrow.write_briefly(insert, name)) for name in "ab"]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()

        asyncio.run(leave())
        released.set()
        assert asyncio.run(narrow.write_briefly(insert, "next")) == "next"
        assert asyncio.run(narrow.read(names)) == ["next"]

    def test_several_loops_write_side_by_side(self, database: Database) -> None:
        async def write_ten(thread: int) -> list[str]:
            return [await database.write_briefly(insert, f"{thread}{number}") for number in range(10)]

        threads = [threading.Thread(target=lambda number=number: asyncio.run(write_ten(number))) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(asyncio.run(database.read(names))) == 50


class TestOnSqlite:
    @pytest.fixture
    def path(self, tmp_path: Path, sqlite_template: Path) -> Path:
        copy_sqlite(sqlite_template, tmp_path / "forum.db")
        return tmp_path / "forum.db"

    @pytest.fixture
    def database(self, path: Path) -> Iterator[Database]:
        database = Database.open(f"sqlite:///{path}", sizes=Sizes(readers=1))
        yield database
        asyncio.run(database.close())

    def test_verb_runs_on_the_loop_and_its_commit_does_not(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        committed_on: list[threading.Thread] = []
        finish = BatchWriter.finish

        def noted(writer: BatchWriter, batch: list[Job], *, is_good: bool) -> None:
            committed_on.append(threading.current_thread())
            finish(writer, batch, is_good=is_good)

        monkeypatch.setattr(BatchWriter, "finish", noted)
        ran_on = asyncio.run(database.write_briefly(lambda _: threading.current_thread()))
        assert ran_on is threading.current_thread()
        assert committed_on != []
        assert threading.current_thread() not in committed_on

    def test_verbs_of_one_moment_share_a_commit(
        self, database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def scenario() -> None:
            await asyncio.gather(*(database.write_briefly(insert, str(number)) for number in range(20)))

        asyncio.run(database.write(insert, "first"))
        before = commits(path)
        monkeypatch.setattr("models.sqlite_writer.BATCH_SECONDS", 10.0)
        asyncio.run(scenario())
        assert commits(path) - before == 1

    def test_lock_held_elsewhere_is_waited_for_beside_the_loop(self, database: Database, path: Path) -> None:
        other = dbapi2.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        async def scenario() -> int:
            writing, turns = asyncio.create_task(database.write_briefly(insert, "a")), 0
            while turns < 20:
                await asyncio.sleep(0.01)
                turns += 1
                assert not writing.done()
            other.close()
            assert await writing == "a"
            return turns

        assert asyncio.run(scenario()) == 20
        # What waited elsewhere has left the writer as patient as it was.
        ask = asyncio.run(database.write(lambda s: s.connection().exec_driver_sql("PRAGMA busy_timeout").scalar_one()))
        assert ask == 5000

    def test_transaction_that_could_not_be_ended_is_ended_by_the_next(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def leave_open(writer: BatchWriter) -> None:
            monkeypatch.undo()
            raise dbapi2.OperationalError("disk I/O error")

        def orphan(session: Session) -> None:
            connection = session.connection()
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql("INSERT INTO reactions VALUES ('nothing', 'nobody', 'agree', '2026-01-01')")

        monkeypatch.setattr(BatchWriter, "_end_transaction", lambda _: None)
        assert asyncio.run(database.write_briefly(insert, "a")) == "a"
        monkeypatch.setattr(BatchWriter, "finish", lambda writer, batch, *, is_good: leave_open(writer))
        with pytest.raises(dbapi2.OperationalError):
            asyncio.run(database.write_briefly(orphan))
        for write in (database.write_briefly, database.write):
            assert asyncio.run(write(insert, write.__name__)) == write.__name__

    def test_fault_of_ours_is_told_to_its_callers_and_ends_nothing(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(writer: BatchWriter, milliseconds: int) -> None:
            raise MemoryError

        for write in (database.write_briefly, database.write):
            monkeypatch.setattr(BatchWriter, "_begin", fail)
            with pytest.raises(MemoryError):
                asyncio.run(write(insert, "a"))
            monkeypatch.undo()
            assert asyncio.run(write(insert, write.__name__)) == write.__name__

    def test_verb_is_not_taken_for_a_part_of_the_request_whose_loop_runs_it(self, database: Database) -> None:
        asked: ContextVar[str] = ContextVar("asked", default="nobody")

        async def ask(name: str) -> str:
            asked.set(name)
            return await database.write_briefly(lambda _: asked.get())

        async def scenario() -> list[str]:
            return await asyncio.gather(ask("a"), ask("b"))

        assert asyncio.run(scenario()) == ["nobody", "nobody"]

    def test_full_disk_is_told_to_the_verb_that_met_it(self, database: Database) -> None:
        async def scenario() -> Sequence[object]:
            sizes = {"small": 10, "huge": 10_000_000, "little": 10}
            return await asyncio.gather(
                *(database.write_briefly(insert, name, size=size) for name, size in sizes.items()),
                return_exceptions=True,
            )

        run_on_writer(database, "PRAGMA max_page_count = 300")
        small, huge, little = asyncio.run(scenario())
        assert (small, type(huge), little) == ("small", StorageFull, "little")
        assert asyncio.run(database.read(names)) == ["little", "small"]

    def test_brief_and_long_verbs_take_turns(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("models.sqlite_writer.BATCH_SIZE", 1)
        order: list[str] = []

        def note(session: Session, name: str) -> None:
            insert(session, name)
            order.append(name[0])

        async def scenario() -> None:
            async with busy_writer(database):
                verbs = [database.write(note, f"long {number}") for number in range(10)]
                verbs += [database.write_briefly(note, f"brief {number}") for number in range(10)]
                running = asyncio.gather(*verbs)
                await asyncio.sleep(0.01)
            await running

        asyncio.run(scenario())
        assert sorted(order) == ["b"] * 10 + ["l"] * 10
        assert "bbbb" not in "".join(order)[:10]
        assert "llll" not in "".join(order)[:10]
