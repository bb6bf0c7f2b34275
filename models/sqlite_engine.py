"""Open connections to SQLite as this service uses it: WAL, full sync, and savepoints for transactions of verbs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from pysqlite3 import dbapi2
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError

from models.engine_errors import sqlite_meaning
from models.jobs import Call
from models.json_text import write_json
from models.sessions import run_in_session
from models.sqlite_gathering import Gathering

PRAGMAS: Final = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": "5000",
    "cache_size": "-8000",
    # Thirty-two megabytes: what else brings the log over does so long before (models/sqlite_checkpoints.py).
    "wal_autocheckpoint": "8000",
    "journal_size_limit": "67108864",
    "temp_store": "MEMORY",
}
# The system keeps the file's pages for all connections, so a reader's own copies of many gain nothing and each costs.
READ_PRAGMAS: Final = {"query_only": "ON", "cache_size": "-1000"}
# A lookup runs on the event loop, which must not stand still for long.
LOOKUP_PRAGMAS: Final = {**READ_PRAGMAS, "busy_timeout": "250"}


class SteadyLimits(SQLiteCompiler):
    """Write LIMIT so that a statement is compiled once.

    The planner looks at a parameter that stands there by itself, so that SQLite compiles the statement anew for each
    value, which takes several times as long as it runs. It does not look at what has to be reckoned.
    """

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """Write LIMIT with a sign before its parameter, and OFFSET where there is one."""
        limit, offset = select._limit_clause, select._offset_clause
        written = "" if limit is None and offset is None else "\n LIMIT "
        written += "-1" if limit is None and offset is not None else ""
        written += f"+{self.process(limit, **kw)}" if limit is not None else ""
        return written + (f" OFFSET {self.process(offset, **kw)}" if offset is not None else "")


class SavepointDialect(SQLiteDialect_pysqlite):
    """Make each transaction of a session a savepoint.

    Inside BEGIN IMMEDIATE many verbs then share one commit, and each can still fail alone. Outside of it the outermost
    savepoint is a deferred transaction (https://www.sqlite.org/lang_savepoint.html), as a reader wants it.
    """

    supports_statement_cache = True
    statement_compiler = SteadyLimits

    def do_begin(self, dbapi_connection: Any) -> None:
        """Open the savepoint."""
        dbapi_connection.execute("SAVEPOINT verb")

    def do_commit(self, dbapi_connection: Any) -> None:
        """Keep what was done since the savepoint."""
        dbapi_connection.execute("RELEASE verb")

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Undo what was done since the savepoint."""
        if dbapi_connection.in_transaction:  # A full disk has ended the whole transaction by itself.
            dbapi_connection.execute("ROLLBACK TO verb")
            dbapi_connection.execute("RELEASE verb")


registry.register("sqlite.savepoint", __name__, SavepointDialect.__name__)


def create_file(url: URL) -> None:
    """Make the database's file and folder, readable by their owner only; raise ValueError for a database in memory."""
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: a database in memory has one connection and loses what was answered")
    path = Path(url.database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def open_engine(url: URL, pragmas: Mapping[str, str] = PRAGMAS) -> Engine:
    """Prepare one engine for all connections to a file, so that each statement is compiled once for all of them."""
    engine = create_engine(
        url.set(drivername="sqlite+savepoint"),
        module=dbapi2,
        poolclass=NullPool,
        json_serializer=write_json,
        json_deserializer=orjson.loads,
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": 512,
            "factory": Gathering,
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        _set(connection, pragmas)

    return engine


def connect(engine: Engine, pragmas: Mapping[str, str] = {}) -> Connection:
    """Open one connection, with more pragmas of its own; only one thread at a time may use it."""
    connection = engine.connect()
    _set(connection.connection.driver_connection, pragmas)
    return connection


def connect_reader(engine: Engine) -> Connection:
    """Open a connection for a thread that reads beside the event loop."""
    connection = connect(engine, READ_PRAGMAS)
    connection.connection.driver_connection.gather()  # type: ignore[union-attr]
    return connection


def _set(connection: Any, pragmas: Mapping[str, str]) -> None:
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")


def perform(connection: Connection, call: Call, *, is_write: bool) -> Any:
    """Run a call in a session and a savepoint of its own; a change that a read makes is an error."""
    try:
        return _write(connection, call) if is_write else _read(connection, call)
    except (DBAPIError, dbapi2.Error) as error:
        if (refusal := sqlite_meaning(getattr(error, "orig", error), is_write=is_write)) is None:
            raise
        raise refusal from error
    finally:
        # A savepoint that could not be released leaves a transaction that only a rollback takes off the connection.
        connection.rollback()


def _write(connection: Connection, call: Call) -> Any:
    with connection.begin():
        return run_in_session(connection, call)


def _read(connection: Connection, call: Call) -> Any:
    # There is nothing to keep, so SQLAlchemy need not watch over it; most reads are one statement.
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT verb")
    try:
        return run_in_session(connection, call)
    finally:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
