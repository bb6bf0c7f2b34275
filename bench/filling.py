"""Fill tables as fast as an engine takes rows: without indexes, keys, triggers, and with them again at the end.

What is taken away is read from the engine itself and put back as it was written there, so the schema ends as it began,
and putting keys back proves them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg import sql
from pysqlite3 import dbapi2
from sqlalchemy import make_url

from models.base import Table, columns_of
from models.json_text import write_json

Row = tuple[Any, ...]
Step = tuple[str, str]


def stored(value: Any) -> Any:
    """Write a value in a form that both engines take for the same."""
    match value:
        case Enum():
            return value.value
        case UUID():
            return value.hex
        case datetime():
            return instant(value)
        case list() | dict():
            return write_json(value)
    return value


def instant(value: datetime) -> str:
    """Write an instant as SQLite keeps it; PostgreSQL reads the same where its time zone is UTC."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Mould:
    """Shape the rows of a table: what they share is written once, what differs comes with each row as it is stored."""

    def __init__(self, table: type[Table], differing: Sequence[str], **shared: Any) -> None:
        fields = table.model_fields
        rest = [name for name in columns_of(table).keys() if name not in {*differing, *shared}]  # noqa: SIM118
        same = {name: fields[name].get_default(call_default_factory=True) for name in rest} | shared
        self.table = str(table.__tablename__)
        self.columns = (*same, *differing)
        self._same = tuple(stored(value) for value in same.values())

    def row(self, *differing: Any) -> Row:
        """Give a row."""
        return self._same + differing


class Loader(Protocol):
    """Take rows."""

    def put(self, mould: Mould, rows: Sequence[Row]) -> None:
        """Write rows."""

    def run(self, statement: str) -> None:
        """Run one statement."""

    def restoring(self) -> list[Step]:
        """Say what is to be put back at the end: each step's name and its statement."""


class SqliteLoader:
    """Write to a file that nobody else has open."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        kept = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        self._restoring = [(name, statement) for kind, name, statement in kept if kind == "index"]
        self._restoring += [(name, statement) for kind, name, statement in kept if kind == "trigger"]
        for kind, name, _ in kept:
            connection.execute(f'DROP {kind} "{name}"')

    def put(self, mould: Mould, rows: Sequence[Row]) -> None:
        """Write rows in one transaction."""
        names, marks = ", ".join(f'"{name}"' for name in mould.columns), ", ".join("?" * len(mould.columns))
        self._connection.execute("BEGIN")
        self._connection.executemany(f"INSERT INTO {mould.table} ({names}) VALUES ({marks})", rows)
        self._connection.execute("COMMIT")

    def run(self, statement: str) -> None:
        """Run one statement."""
        self._connection.execute(statement)

    def restoring(self) -> list[Step]:
        """Give indexes, then triggers."""
        return self._restoring


CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype = ANY (%s) AND conrelid = ANY (%s::regclass[])
    ORDER BY contype = 'f', conrelid, conname
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY (%s::regclass[]) AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
UNTOUCHED = frozenset({"alembic_version", "chain_heads", "position_origins", "screening_settings"})


class PostgresqlLoader:
    """Write to a database that nobody else uses, as its owner."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        tables = [name for (name,) in connection.execute(TABLES).fetchall() if name not in UNTOUCHED]
        foreign = connection.execute(CONSTRAINTS, [["f"], [*tables]]).fetchall()
        own = connection.execute(CONSTRAINTS, [["p", "u"], [*tables]]).fetchall()
        indexes = connection.execute(INDEXES, [[*tables]]).fetchall()
        for table, name, _, _ in [*foreign, *own]:
            self.run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            self.run(f"DROP INDEX {name}")
        for table in tables:
            self.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        add = 'ALTER TABLE {0} ADD CONSTRAINT "{1}" {2}'
        self._restoring = [(name, add.format(table, name, meaning)) for table, name, meaning, _ in own]
        self._restoring += [(name, statement) for name, statement in indexes]
        self._restoring += [(name, add.format(table, name, meaning)) for table, name, meaning, _ in foreign]
        self._restoring += [(f"triggers of {table}", f"ALTER TABLE {table} ENABLE TRIGGER USER") for table in tables]

    def put(self, mould: Mould, rows: Sequence[Row]) -> None:
        """Write rows in one COPY."""
        columns = sql.SQL(", ").join(map(sql.Identifier, mould.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(mould.table), columns)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def run(self, statement: str) -> None:
        """Run one statement."""
        self._connection.execute(statement.encode())

    def restoring(self) -> list[Step]:
        """Give keys, indexes, foreign keys, then triggers."""
        return self._restoring


@contextmanager
def loading(url: str) -> Iterator[Loader]:
    """Open a migrated database for loading; for that long it must be nobody else's."""
    with _sqlite(url) if url.startswith("sqlite") else _postgresql(url) as loader:
        yield loader


@contextmanager
def _sqlite(url: str) -> Iterator[Loader]:
    connection = dbapi2.connect(str(make_url(url).database), isolation_level=None, cached_statements=512)
    pragmas: Mapping[str, str] = {
        "foreign_keys": "OFF",
        "journal_mode": "OFF",
        "synchronous": "OFF",
        "locking_mode": "EXCLUSIVE",
        "cache_size": "-1000000",
        "temp_store": "MEMORY",
    }
    try:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}").fetchall()
        yield SqliteLoader(connection)
        assert not connection.execute("PRAGMA foreign_key_check").fetchone()
        connection.execute("PRAGMA locking_mode = NORMAL").fetchall()
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    finally:
        connection.close()


@contextmanager
def _postgresql(url: str) -> Iterator[Loader]:
    options = "-c timezone=UTC -c synchronous_commit=off -c maintenance_work_mem=512MB"
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        yield PostgresqlLoader(connection)
        connection.execute("VACUUM ANALYZE")
