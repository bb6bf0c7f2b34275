"""Run the suite on both engines, and say loudly what was left out where a server is missing."""

import asyncio
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
from pysqlite3 import dbapi2

from models.database import Database
from tests import kept, postgres, redis_server
from tests.databases import copy_sqlite, empty_through, make_postgresql_database, make_sqlite_template, restore
from tests.postgres import Cluster, Server
from tests.redis_server import running_redis

LEFT_OUT = "left out: "
REQUIRE_ALL = "FORUM_TEST_REQUIRE_ALL"
PORT = "postgresql_port"
IN_MEMORY, ROOM = Path("/dev/shm"), 2**30

cluster_key = pytest.StashKey[Cluster]()
requires_all_key = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Take our one variable out of the environment, since the service refuses variables that it does not know."""
    in_environment = os.environ.pop(REQUIRE_ALL, "") == "1"
    config.stash[requires_all_key] = _from_controller(config).get(REQUIRE_ALL, in_environment)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the drill what is long and asks PostgreSQL the same: the suite goes through it on SQLite."""
    for item in items:
        given = getattr(item, "callspec", None)
        if item.get_closest_marker("long_table") and given is not None and "postgresql" in given.params.values():
            item.add_marker("drill")


def pytest_collection_finish() -> None:
    """Leave what was imported and collected to stay, so that looking for garbage does not walk through it each time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start one cluster for all workers of pytest-xdist and tell each where it listens."""
    node.workerinput[REQUIRE_ALL] = node.config.stash[requires_all_key]
    if postgres.why_unavailable() is None:
        node.workerinput[PORT] = _cluster(node.config).server.port


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the loop of the services, and stop the cluster where it was started."""
    kept.LASTING.close()
    if (cluster := config.stash.get(cluster_key, None)) is not None:
        cluster.remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out, in a section of its own."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())]
    left_out = [reason.partition(LEFT_OUT)[2] for reason in reasons if LEFT_OUT in reason]
    for what in sorted(set(left_out)):
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{left_out.count(what)} tests left out: {what}", red=True, bold=True)


def _from_controller(config: pytest.Config) -> dict[str, Any]:
    return getattr(config, "workerinput", {})


def _cluster(config: pytest.Config) -> Cluster:
    if cluster_key not in config.stash:
        cluster = config.stash[cluster_key] = Cluster()
        cluster.start()
    return config.stash[cluster_key]


def leave_out_without(config: pytest.Config, reason: str | None) -> None:
    if reason is not None and config.stash[requires_all_key]:
        pytest.fail(f"{REQUIRE_ALL} is set and {reason}")
    if reason is not None:
        pytest.skip(LEFT_OUT + reason)


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> Server:
    """Give the cluster that all workers share; whoever stops it stops it for all."""
    leave_out_without(pytestconfig, postgres.why_unavailable())
    port = _from_controller(pytestconfig).get(PORT)
    return Server(port) if port else _cluster(pytestconfig).server


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: Server, worker_id: str) -> Iterator[str]:
    """Give this worker's migrated database, which is emptied after each test and kept open between them."""
    url = make_postgresql_database(postgresql_server, f"forum_{worker_id}")
    kept.keep(url)
    yield url
    kept.let_go(url)


@pytest.fixture(scope="session")
def emptying(postgresql_url: str) -> Iterator[Callable[[], None]]:
    """Give what empties this worker's database, on one connection until a test ends all that there are."""
    held = [psycopg.connect(postgresql_url, autocommit=True)]

    def empty_it() -> None:
        try:
            empty_through(held[-1])
        except psycopg.OperationalError:
            held.append(psycopg.connect(postgresql_url, autocommit=True))
            empty_through(held[-1])

    yield empty_it
    for connection in held:
        connection.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give this worker's migrated file, which tests copy."""
    return make_sqlite_template(tmp_path_factory.mktemp("template") / "forum.db")


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """Give a folder in memory where there is room: a service that no test kills need wait for no disk."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    with TemporaryDirectory(prefix="forum-", dir=IN_MEMORY if has_room else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def kept_sqlite(sqlite_template: Path, quick_folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Give the address of a file that is kept open between tests, and what puts its content back after each."""
    path = quick_folder / "kept.db"
    url = copy_sqlite(sqlite_template, path)
    kept.keep(url)
    with closing(dbapi2.connect(sqlite_template)) as template, closing(dbapi2.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield url, partial(restore, template, connection)
        kept.let_go(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Run the test on each engine; leave one out loudly where it is missing."""
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_server")
    name: str = request.param
    return name


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a migrated database of the test's own; services in this process share a file that is put back after each."""
    if engine == "sqlite" and "service" not in request.fixturenames:
        yield copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path / "forum.db")
    elif engine == "sqlite":
        url, put_back = request.getfixturevalue("kept_sqlite")
        yield url
        put_back()
    else:
        empty_it = request.getfixturevalue("emptying")
        yield request.getfixturevalue("postgresql_url")
        empty_it()


@pytest.fixture
def blank_database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database without tables, for tests of migrations."""
    with blank_database(engine, request, tmp_path) as url:
        yield url


@contextmanager
def blank_database(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Keep a database without tables for the length of a block."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'blank.db'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = f"blank_{uuid4().hex}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open the test's database; it belongs to no event loop."""
    database = Database.open(database_url)
    yield database
    asyncio.run(database.close())


@pytest.fixture(scope="session")
def redis_address(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run this worker's Redis."""
    leave_out_without(pytestconfig, redis_server.why_unavailable())
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_address: str) -> str:
    """Give an empty Redis."""
    with redis.Redis.from_url(redis_address) as client:
        client.flushall()
    return redis_address
