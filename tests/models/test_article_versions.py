"""What is known of articles' numbers is never taken for right once somebody has committed something else."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
from pysqlite3 import dbapi2

from models import article_versions, wal_index
from models.article_versions import FRESH_FOR, PostgresqlVersions, SqliteVersions, numbers_of
from models.wal_index import mapped_header
from tests.databases import empty
from tests.service import Service, running_service

ARTICLE = UUID(int=7)
OTHER_PROCESS = """
import sys
from pysqlite3 import dbapi2
connection = dbapi2.connect(sys.argv[1], isolation_level=None)
for line in sys.stdin:
    connection.execute(line)
    print("done", flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Give a file in WAL mode with one number in it."""
    path = str(tmp_path / "numbers.db")
    connection = dbapi2.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE articles (id TEXT PRIMARY KEY, seq INTEGER)")
    connection.execute("INSERT INTO articles VALUES (?, 1)", (ARTICLE.hex,))
    connection.close()
    return path


@pytest.fixture
def other_process(path: str) -> Iterator[Callable[[str], None]]:
    """Let another process run a statement on the file."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def run(statement: str) -> None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(statement + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        yield run
        process.stdin.close()


@pytest.fixture(params=["in memory", "by pragma"])
def versions(path: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteVersions]:
    """Know the numbers of the file, also where a system does not list its mappings."""
    if request.param == "by pragma":
        monkeypatch.setattr(wal_index, "MAPPINGS", "/nowhere")
    versions = SqliteVersions(f"sqlite:///{path}")
    yield versions
    asyncio.run(versions.close())


STATEMENTS = (
    "UPDATE articles SET seq = seq + 1",
    "UPDATE articles SET seq = seq",
    "BEGIN IMMEDIATE; UPDATE articles SET seq = 99",
    "PRAGMA wal_checkpoint(PASSIVE)",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "SELECT seq FROM articles",
    "CREATE TABLE IF NOT EXISTS more (words TEXT)",
    "INSERT INTO articles SELECT hex(randomblob(16)), 1",
    "VACUUM",
)


class TestSqlite:
    def test_commit_of_another_process_ends_the_moment(
        self, versions: SqliteVersions, other_process: Callable[[str], None]
    ) -> None:
        moment = versions.moment_of(((ARTICLE, 1),))
        assert versions.holds(moment)
        other_process("UPDATE articles SET seq = 2")
        assert not versions.holds(moment)
        assert versions.moment_of(((ARTICLE, 1),)) is None
        assert versions.holds(versions.moment_of(((ARTICLE, 2),)))

    def test_moment_ends_with_every_commit_and_lasts_through_all_else(
        self, path: str, other_process: Callable[[str], None]
    ) -> None:
        versions = SqliteVersions(f"sqlite:///{path}")
        judge, own = dbapi2.connect(path, isolation_level=None), dbapi2.connect(path, isolation_level=None)
        chance, ends = random.Random(5), 0

        def commits() -> int:
            number: int = judge.execute("PRAGMA data_version").fetchone()[0]
            return number

        for _ in range(200):
            moment, before = versions.now(), commits()
            statement = chance.choice(STATEMENTS)
            if statement.startswith("BEGIN"):  # Given up again, so nothing was committed.
                own.executescript(statement)
                own.execute("ROLLBACK")
            else:
                chance.choice((other_process, own.execute))(statement)
            if commits() != before:
                assert not versions.holds(moment), statement
                ends += 1
            elif not statement.startswith("PRAGMA"):
                assert versions.holds(moment), statement
        assert 20 < ends < 200
        for connection in (judge, own):
            connection.close()
        asyncio.run(versions.close())

    def test_what_cannot_be_read_holds_for_nobody(self, versions: SqliteVersions) -> None:
        moment = versions.moment_of(((ARTICLE, 1),))
        asyncio.run(versions.close())
        assert not versions.holds(moment)
        assert not versions.holds(versions.now())
        assert versions.moment_of(((ARTICLE, 1),)) is None

    def test_header_of_another_form_or_file_is_not_looked_at(
        self, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection = dbapi2.connect(path)
        connection.execute("PRAGMA data_version")
        assert mapped_header(path) is not None
        assert mapped_header(str(tmp_path / "other.db")) is None
        monkeypatch.setattr(wal_index, "FORMAT", 3_008_000)
        assert mapped_header(path) is None
        connection.close()
        assert mapped_header(path) is None


@pytest.fixture
def shared(postgresql_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service on PostgreSQL."""
    with running_service(postgresql_url, tmp_path) as service:
        yield service
    empty(postgresql_url)


class TestPostgresql:
    def test_moment_ends_once_any_publication_is_heard_of(self, shared: Service) -> None:
        versions: PostgresqlVersions = shared.app.state.versions
        stands = ((UUID(shared.article()["id"]), 1),)

        async def moments() -> tuple[bool, bool, bool]:
            moment = await versions.confirm(stands)
            before = versions.holds(moment)
            versions.hear({UUID(int=1): 5})
            return before, versions.holds(moment), versions.holds(versions.moment_of(stands))

        assert shared.client.portal is not None
        assert shared.client.portal.call(moments) == (True, False, True)

    def test_number_that_another_process_told_of_makes_the_older_one_old(self, shared: Service) -> None:
        versions: PostgresqlVersions = shared.app.state.versions
        article = UUID(shared.article()["id"])

        async def moments() -> list[bool]:
            found = [await versions.confirm(((article, 1),)) is not None]
            versions.hear({article: 2})
            found += [versions.moment_of(((article, number),)) is not None for number in (1, 2)]
            return found

        # What is heard vouches for nothing: whoever has made a page at that number asks for it.
        assert shared.client.portal is not None
        assert shared.client.portal.call(moments) == [True, False, False]

    def test_what_was_read_is_not_known_for_long(self, shared: Service) -> None:
        versions: PostgresqlVersions = shared.app.state.versions
        stands = ((UUID(shared.article()["id"]), 1),)

        async def moments() -> list[bool]:
            await asyncio.sleep(FRESH_FOR)  # Until then it is known from having been put up.
            versions.trust(stands, asked_at=monotonic() - FRESH_FOR)
            return [versions.moment_of(stands) is not None, versions.holds(await versions.confirm(stands))]

        assert shared.client.portal is not None
        assert shared.client.portal.call(moments) == [False, True]


class TestNumbers:
    def test_more_numbers_than_fit_one_statement_are_read_in_several(
        self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(article_versions, "MOST_AT_ONCE", 2)
        with running_service(database_url, tmp_path) as service:
            ids = [UUID(service.article(title=f"مقال {number}")["id"]) for number in range(5)]
            assert service.read(numbers_of, ids) == dict.fromkeys(ids, 1)
