"""Prove that PostgreSQL's deadlocks, lost connections and restarts end in a second try or a clear refusal."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from migrations.run import upgrade
from models.cases import ChainHead
from models.database import Database, LockTimeout, Sizes
from models.errors import ForumError, Overloaded, StorageFull, Unavailable
from models.plain import Insertion, savepoint
from tests.conftest import leave_out_without
from tests.databases import empty
from tests.models.verbs import count_up, insert, names, written
from tests.postgres import Cluster, Server, running_cluster, why_unavailable

LEAVE = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
def url(postgresql_url: str) -> Iterator[str]:
    """Give this worker's database, and empty it afterwards."""
    yield postgresql_url
    empty(postgresql_url)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Open it."""
    database = Database.open(url, sizes=Sizes(readers=2, writers=4))
    yield database
    asyncio.run(database.close())


class Counted:
    """Run a statement in the first `times` runs of a verb and count all its runs."""

    def __init__(self, statement: str, *, times: int = 1_000) -> None:
        self.statement = statement
        self.times = times
        self.runs = 0

    def __call__(self, session: Session) -> int:
        self.runs += 1
        insert(session, "a")
        session.flush()
        if self.runs <= self.times:
            session.connection().exec_driver_sql(self.statement)
        return self.runs

    def read(self, session: Session) -> int:
        self.runs += 1
        if self.runs <= self.times:
            session.connection().exec_driver_sql(self.statement)
        return self.runs


def failing(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"


def end_all(url: str) -> None:
    """End every connection of the service to the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'forum'"
        )


class TestPlainStatements:
    """Statements on the driver itself lose their connection as those of the session do."""

    @pytest.mark.parametrize("around", [nullcontext, savepoint])
    @pytest.mark.parametrize(("losses", "expected"), [(1, ["a", "b"]), (2, [])])
    def test_lost_connection_is_met_by_one_second_try(
        self, database: Database, url: str, losses: int, expected: list[str], around: Callable[..., Any]
    ) -> None:
        heads = Insertion(ChainHead)
        runs = 0

        def verb(session: Session) -> None:
            nonlocal runs
            runs += 1
            heads.write(session, heads.row(name="a", count=1, hash=""))
            with around(session):
                if runs <= losses:
                    end_all(url)
                heads.write(session, heads.row(name="b", count=1, hash=""))

        outcome = asyncio.run(gathered(database.write(verb)))
        assert (outcome is None) == (losses == 1)
        assert outcome is None or isinstance(outcome, Unavailable)
        assert runs == 2
        assert asyncio.run(database.read(names)) == expected


class TestReads:
    def test_lookup_sees_one_moment_and_glance_spends_no_transaction(self, database: Database) -> None:
        def moments(session: Session) -> set[object]:
            ask = "SELECT transaction_timestamp()"
            return {session.connection().exec_driver_sql(ask).scalar_one() for _ in range(3)}

        assert len(asyncio.run(database.lookup(moments))) == 1
        assert len(asyncio.run(database.glance(moments))) == 3


async def gathered(write: Coroutine[Any, Any, None]) -> BaseException | None:
    """Give what a write raised, if it did."""
    [outcome] = await asyncio.gather(write, return_exceptions=True)
    return outcome


class TestSecondTries:
    @pytest.mark.parametrize("state", ["40001", "40P01"])
    def test_transaction_that_the_engine_undid_is_run_again(self, database: Database, state: str) -> None:
        verb = Counted(failing(state), times=3)
        assert asyncio.run(database.write(verb)) == 4
        assert asyncio.run(database.read(names)) == ["a"]

    def test_transaction_that_is_always_undone_is_given_up_after_five_more_runs(self, database: Database) -> None:
        verb = Counted(failing("40001"))
        with pytest.raises(Overloaded):
            asyncio.run(database.write(verb))
        assert verb.runs == 6
        assert asyncio.run(database.read(names)) == []

    def test_two_verbs_that_lock_each_other_out_both_succeed(self, database: Database) -> None:
        both_hold_one = threading.Barrier(2)
        runs: list[str] = []

        def count_both(session: Session, first: str, second: str) -> None:
            runs.append(first)
            count_up(session, first)
            if runs.count(first) == 1:
                both_hold_one.wait(5)
            count_up(session, second)

        async def scenario() -> list[ChainHead]:
            await written(database, "a", "b")
            await asyncio.gather(database.write(count_both, "a", "b"), database.write(count_both, "b", "a"))
            return await database.read(lambda session: [session.get_one(ChainHead, name) for name in ("a", "b")])

        assert [row.count for row in asyncio.run(scenario())] == [3, 3]
        # The server ends one of the two, or both where they look for the circle at one moment.
        assert len(runs) in (3, 4)


class TestMeanings:
    @pytest.mark.parametrize(
        ("state", "meaning"),
        [
            pytest.param("53100", StorageFull, id="the disk is full"),
            pytest.param("55P03", LockTimeout, id="a lock was held for too long"),
            pytest.param("57014", Unavailable, id="the statement took too long"),
            pytest.param("53200", Unavailable, id="the server is out of memory"),
            pytest.param("25006", Unavailable, id="the primary became a standby"),
            pytest.param("42P01", DBAPIError, id="a table that does not exist is a mistake of the verb"),
            pytest.param("23505", IntegrityError, id="a broken constraint is for the verb"),
        ],
    )
    def test_state_of_an_error_is_told_in_our_words(
        self, database: Database, state: str, meaning: type[Exception]
    ) -> None:
        verb = Counted(failing(state))
        with pytest.raises(meaning) as raised:
            asyncio.run(database.write(verb))
        assert type(raised.value) is meaning or not issubclass(meaning, ForumError)
        assert verb.runs == 1
        assert asyncio.run(database.write(insert, "a")) == "a"

    def test_row_locked_elsewhere_ends_in_a_lock_timeout(self, database: Database) -> None:
        begun, released = threading.Event(), threading.Event()

        def hold(session: Session) -> None:
            count_up(session, "a")
            begun.set()
            assert released.wait(10)

        def wait(session: Session) -> None:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            count_up(session, "a")

        async def scenario() -> None:
            await database.write(insert, "a")
            holding = asyncio.create_task(database.write(hold))
            await asyncio.to_thread(begun.wait, 10)
            with pytest.raises(LockTimeout):
                await database.write(wait)
            released.set()
            await holding

        asyncio.run(scenario())

    def test_database_that_is_not_there_is_unavailable(self, postgresql_server: Server) -> None:
        database = Database.open(postgresql_server.url("nowhere"))
        for act in (database.read(names), database.lookup(names), database.write(insert, "a")):
            with pytest.raises(Unavailable):
                asyncio.run(act)
        assert not asyncio.run(database.is_ready())
        asyncio.run(database.close())


class TestLostConnections:
    def test_connections_that_ended_while_idle_are_replaced_unnoticed(self, database: Database, url: str) -> None:
        async def use_all(prefix: str) -> None:
            assert await written(database, *(f"{prefix}{number}" for number in range(8))) != []
            await asyncio.gather(*(database.read(names) for _ in range(4)))

        asyncio.run(use_all("before"))
        end_all(url)
        asyncio.run(use_all("after"))
        assert len(asyncio.run(database.read(names))) == 16

    def test_connection_that_ends_during_a_verb_has_it_run_again_once(self, database: Database) -> None:
        verb = Counted(LEAVE, times=1)
        assert asyncio.run(database.write(verb)) == 2
        assert asyncio.run(database.read(names)) == ["a"]

    def test_connection_that_ends_during_every_run_is_unavailable(self, database: Database) -> None:
        verb = Counted(LEAVE)
        with pytest.raises(Unavailable):
            asyncio.run(database.write(verb))
        assert verb.runs == 2
        assert asyncio.run(database.read(names)) == []

    def test_connection_that_ends_for_idling_in_every_run_is_unavailable(self, database: Database) -> None:
        def idle(session: Session) -> None:
            session.connection().exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
            time.sleep(0.2)
            insert(session, "a")

        with pytest.raises(Unavailable):
            asyncio.run(database.write(idle))

    def test_connection_that_ends_during_a_read_has_it_run_again(self, database: Database) -> None:
        assert asyncio.run(database.read(Counted(LEAVE, times=1).read)) == 2

    def test_connection_that_ends_during_the_commit_leaves_the_outcome_open(self, postgresql_server: Server) -> None:
        url = postgresql_server.create_database("dies_in_commit")
        upgrade(url)
        with psycopg.connect(url) as connection:
            connection.execute(
                f"CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM ({LEAVE});"
                " PERFORM pg_sleep(5); RETURN NULL; END $$"
            )
            connection.execute(
                "CREATE CONSTRAINT TRIGGER leaves AFTER INSERT ON chain_heads DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION leave()"
            )
        database = Database.open(url)
        verb = Counted("SELECT 1")
        with pytest.raises(Unavailable):
            asyncio.run(database.write(verb))
        assert verb.runs == 1
        asyncio.run(database.close())
        postgresql_server.drop_database("dies_in_commit")


class TestConnections:
    @pytest.mark.parametrize(
        ("way", "setting", "value"),
        [
            ("write", "lock_timeout", "5s"),
            ("write", "statement_timeout", "30s"),
            ("write", "idle_in_transaction_session_timeout", "30s"),
            ("write", "transaction_isolation", "read committed"),
            ("write", "transaction_read_only", "off"),
            ("write", "timezone", "UTC"),
            ("read", "statement_timeout", "30s"),
            ("read", "transaction_isolation", "repeatable read"),
            ("read", "transaction_read_only", "on"),
            ("lookup", "transaction_read_only", "on"),
        ],
    )
    def test_connection_has_its_setting(self, database: Database, way: str, setting: str, value: str) -> None:
        def ask(session: Session) -> object:
            return session.connection().exec_driver_sql(f"SHOW {setting}").scalar_one()

        act: Callable[..., object] = getattr(database, way)
        assert asyncio.run(act(ask)) == value  # type: ignore[arg-type]

    def test_options_of_the_address_are_kept_beside_ours(self, url: str) -> None:
        def ask(session: Session) -> tuple[object, ...]:
            connection = session.connection()
            asked = ("application_name", "work_mem", "lock_timeout")
            return tuple(connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in asked)

        database = Database.open(f"{url}?application_name=other&options=-c%20work_mem%3D5MB")
        assert asyncio.run(database.write(ask)) == ("other", "5MB", "5s")
        asyncio.run(database.close())


class TestRestart:
    @pytest.fixture
    def cluster(self, pytestconfig: pytest.Config) -> Iterator[Cluster]:
        """Run a cluster that nobody else uses."""
        leave_out_without(pytestconfig, why_unavailable())
        with running_cluster() as cluster:
            yield cluster

    @pytest.mark.drill  # The suite does it once under the whole service (tests/test_kills.py).
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
    def test_server_that_restarts_under_load_is_unavailable_until_it_is_back(
        self, cluster: Cluster, how: signal.Signals
    ) -> None:
        upgrade(cluster.server.url())
        database = Database.open(cluster.server.url(), sizes=Sizes(readers=2, writers=4))
        refusals: set[type[Exception]] = set()
        answered: set[str] = set()
        is_over = False

        async def keep_writing(caller: int) -> None:
            number = 0
            while not is_over:
                number += 1
                try:
                    answered.add(await database.write(insert, f"{caller}-{number}"))
                    await database.read(names)
                except Exception as error:  # noqa: BLE001  The test is about which ones come.
                    refusals.add(type(error))
                    await asyncio.sleep(0.01)

        async def scenario() -> None:
            nonlocal is_over
            writers = [asyncio.create_task(keep_writing(caller)) for caller in range(8)]
            while len(answered) < 50:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(cluster.stop, how)
            await asyncio.sleep(0.2)
            assert not await database.is_ready()
            await asyncio.to_thread(cluster.start)
            back_at = time.monotonic()
            while not await database.is_ready():
                assert time.monotonic() - back_at < 5
            is_over = True
            await asyncio.gather(*writers)
            assert await database.write(insert, "after") == "after"
            assert answered <= set(await database.read(names))
            await database.close()

        asyncio.run(scenario())
        assert refusals == {Unavailable}
