"""Prove what every verb may count on, on both engines."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from models.cases import ChainHead
from models.database import Database, Sizes
from models.errors import NotFound, Overloaded, Unavailable
from tests.models.verbs import busy_writer, insert, names, written


@pytest.fixture
def narrow(database_url: str) -> Iterator[Database]:
    """Open a database with one reader, one writer and room for three waiting verbs."""
    database = Database.open(database_url, sizes=Sizes(readers=1, writers=1, waiting=3))
    yield database
    asyncio.run(database.close())


class TestWrite:
    @pytest.mark.parametrize("way", ["write", "write_briefly"])
    def test_written_row_is_seen_by_the_next_read_and_lookup(self, database: Database, way: str) -> None:
        async def scenario() -> None:
            for number in range(50):
                name = f"{number:02}"
                assert await getattr(database, way)(insert, name) == name
                assert name in await database.read(names)
                assert name in await database.lookup(names)

        asyncio.run(scenario())

    def test_result_can_be_read_after_the_commit(self, database: Database) -> None:
        def verb(session: Session) -> ChainHead:
            session.add(row := ChainHead(name="a", count=1, hash=""))
            return row

        assert asyncio.run(database.write(verb)).count == 1

    @pytest.mark.parametrize("way", ["write", "write_briefly"])
    def test_refusing_verb_keeps_nothing_and_its_neighbours_stay(self, narrow: Database, way: str) -> None:
        def refuse(session: Session) -> None:
            insert(session, "refused")
            session.flush()
            raise NotFound

        write = getattr(narrow, way)

        async def scenario() -> Sequence[object]:
            async with busy_writer(narrow):
                outcomes = asyncio.gather(
                    *(write(insert, "before"), write(refuse), write(insert, "after")),
                    return_exceptions=True,
                )
                await asyncio.sleep(0)
            return await outcomes

        before, refused, after = asyncio.run(scenario())
        assert (before, type(refused), after) == ("before", NotFound, "after")
        assert asyncio.run(narrow.read(names)) == ["after", "before"]

    def test_broken_constraint_is_raised_to_its_caller_and_the_neighbours_stay(self, narrow: Database) -> None:
        async def scenario() -> Sequence[object]:
            async with busy_writer(narrow):
                outcomes = asyncio.create_task(written(narrow, "same", "same", "other"))
                await asyncio.sleep(0.01)
            return await outcomes

        first, second, other = asyncio.run(scenario())
        assert (first, type(second), other) == ("same", IntegrityError, "other")
        assert asyncio.run(narrow.read(names)) == ["other", "same"]

    def test_savepoint_inside_a_verb_undoes_its_own_part_alone(self, database: Database) -> None:
        def verb(session: Session) -> None:
            insert(session, "kept")
            session.flush()
            with suppress(IntegrityError), session.begin_nested():
                insert(session, "undone")
                session.flush()
                session.connection().exec_driver_sql("INSERT INTO chain_heads VALUES ('kept', 1, '')")
            insert(session, "kept after")

        asyncio.run(database.write(verb))
        assert asyncio.run(database.read(names)) == ["kept", "kept after"]

    def test_stop_iteration_reaches_the_caller_instead_of_hanging_it(self, database: Database) -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            asyncio.run(asyncio.wait_for(database.write(lambda _: next(iter(()))), 5))

    def test_hundred_callers_each_get_their_own_result(self, database: Database) -> None:
        wanted = [f"{number:03}" for number in range(100)]
        assert asyncio.run(written(database, *wanted)) == wanted
        assert asyncio.run(database.read(names)) == wanted


class TestQueue:
    @pytest.mark.parametrize("way", ["write", "write_briefly"])
    def test_full_queue_refuses_at_once_and_keeps_what_it_took(self, narrow: Database, way: str) -> None:
        async def scenario() -> None:
            async with busy_writer(narrow):
                taken = asyncio.create_task(written(narrow, "a", "b", "c", way=way))
                await asyncio.sleep(0.01)
                with pytest.raises(Overloaded):
                    await asyncio.wait_for(getattr(narrow, way)(insert, "too many"), 1)
            assert await taken == ["a", "b", "c"]
            assert await narrow.write(insert, "d") == "d"

        asyncio.run(scenario())
        assert asyncio.run(narrow.read(names)) == ["a", "b", "c", "d"]

    @pytest.mark.parametrize("way", ["write", "write_briefly"])
    def test_caller_cancelled_while_waiting_gives_up_its_verb(self, narrow: Database, way: str) -> None:
        async def scenario() -> None:
            async with busy_writer(narrow):
                given_up = asyncio.create_task(getattr(narrow, way)(insert, "given up"))
                kept = asyncio.create_task(getattr(narrow, way)(insert, "kept"))
                await asyncio.sleep(0.01)
                given_up.cancel()
                await asyncio.gather(given_up, return_exceptions=True)
            await kept

        asyncio.run(scenario())
        assert asyncio.run(narrow.read(names)) == ["kept"]

    def test_verb_that_has_begun_is_carried_out_though_its_caller_went_away(self, narrow: Database) -> None:
        begun, released = threading.Event(), threading.Event()

        def verb(session: Session) -> None:
            begun.set()
            assert released.wait(10)
            insert(session, "carried out")

        async def scenario() -> None:
            task = asyncio.create_task(narrow.write(verb))
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            released.set()
            await narrow.write(insert, "next")

        asyncio.run(scenario())
        assert asyncio.run(narrow.read(names)) == ["carried out", "next"]

    def test_loop_that_ended_does_not_disturb_the_writer(self, narrow: Database) -> None:
        begun, released = threading.Event(), threading.Event()

        def verb(session: Session) -> None:
            begun.set()
            assert released.wait(10)

        async def leave() -> None:
            task = asyncio.create_task(narrow.write(verb))
            await asyncio.to_thread(begun.wait, 10)
            task.cancel()

        asyncio.run(leave())
        released.set()
        assert asyncio.run(narrow.write(insert, "still there")) == "still there"


class TestClose:
    def test_closed_database_refuses_and_may_be_closed_again(self, narrow: Database) -> None:
        async def scenario() -> None:
            await narrow.close()
            for act in (narrow.write(insert, "late"), narrow.read(names), narrow.lookup(names), narrow.glance(names)):
                with pytest.raises(Unavailable):
                    await act
            assert not await narrow.is_ready()

        asyncio.run(scenario())

    @pytest.mark.parametrize("way", ["write", "write_briefly"])
    def test_close_finishes_what_waits_and_refuses_what_comes(
        self, narrow: Database, database_url: str, way: str
    ) -> None:
        async def scenario() -> None:
            async with busy_writer(narrow):
                waiting = asyncio.create_task(written(narrow, "a", "b", "c", way=way))
                await asyncio.sleep(0.01)
                closing = asyncio.create_task(narrow.close())
                await asyncio.sleep(0.05)
                with pytest.raises(Unavailable):
                    await getattr(narrow, way)(insert, "late")
            await closing
            assert await waiting == ["a", "b", "c"]

        asyncio.run(scenario())
        again = Database.open(database_url)
        assert asyncio.run(again.read(names)) == ["a", "b", "c"]
        asyncio.run(again.close())


class TestRead:
    @pytest.mark.parametrize("way", ["read", "lookup", "glance"])
    def test_write_in_a_read_is_an_error_and_changes_nothing(self, database: Database, way: str) -> None:
        with pytest.raises(DBAPIError):
            asyncio.run(getattr(database, way)(insert, "smuggled"))
        assert asyncio.run(database.read(names)) == []
        assert asyncio.run(database.write(insert, "allowed")) == "allowed"

    def test_one_read_sees_one_state_though_another_commits_meanwhile(self, database: Database) -> None:
        begun, committed = threading.Event(), threading.Event()

        def twice(session: Session) -> tuple[list[str], list[str]]:
            first = names(session)
            begun.set()
            assert committed.wait(10)
            return first, names(session)

        async def scenario() -> tuple[list[str], list[str]]:
            reading = asyncio.create_task(database.read(twice))
            await asyncio.to_thread(begun.wait, 10)
            await database.write(insert, "meanwhile")
            committed.set()
            return await reading

        assert asyncio.run(scenario()) == ([], [])
        assert asyncio.run(database.read(names)) == ["meanwhile"]

    def test_error_in_a_read_leaves_its_connection_usable(self, narrow: Database) -> None:
        def fail(session: Session) -> None:
            names(session)
            session.connection().exec_driver_sql("SELECT nothing")

        async def scenario() -> list[str]:
            for act in (narrow.read, narrow.lookup, narrow.glance):
                with pytest.raises(DBAPIError):
                    await act(fail)
            await narrow.write(insert, "a")
            assert await narrow.lookup(names) == await narrow.glance(names) == ["a"]
            return await narrow.read(names)

        assert asyncio.run(scenario()) == ["a"]

    def test_full_queue_of_reads_refuses_at_once(self, narrow: Database) -> None:
        begun, released = threading.Event(), threading.Event()

        def hold(session: Session) -> None:
            begun.set()
            assert released.wait(10)

        async def scenario() -> None:
            held = asyncio.create_task(narrow.read(hold))
            await asyncio.to_thread(begun.wait, 10)
            waiting = [asyncio.create_task(narrow.read(names)) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                await narrow.read(names)
            released.set()
            await asyncio.gather(held, *waiting)

        asyncio.run(scenario())

    def test_open_database_is_ready_and_names_its_engine(self, database: Database, engine: str) -> None:
        assert asyncio.run(database.is_ready())
        assert database.dialect == engine
