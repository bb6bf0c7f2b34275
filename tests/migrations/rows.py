"""Fill every table of a database, whatever its revision, by what the database itself says of its columns."""

import re
import warnings
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, MetaData, Table, func, inspect, select

from tests.migrations.schema import ALEMBIC, SEQUENCES

VALUES: dict[type, Any] = {
    bool: True,
    datetime: datetime(2026, 11, 24, tzinfo=UTC),
    int: 7,
    object: {},  # What SQLAlchemy answers for JSON.
    str: "x",
    UUID: UUID(int=7),
}


def fill(connection: Connection) -> None:
    """Give each empty table a row, whose parents are there."""
    for table in _tables(connection):
        if not _count(connection, table):
            words = _words(connection, table)
            row = {column.name: _value(connection, column, words) for column in table.columns}
            connection.execute(table.insert().values(row))


def repeat(connection: Connection, name: str, number: int, **values: Any) -> None:
    """Give a table that has a row another one with an id of its own, which differs in some values."""
    [table] = [table for table in _tables(connection) if table.name == name]
    row = connection.execute(select(table).limit(1)).mappings().one()
    named = UUID(int=number) if table.c.id.type.python_type is UUID else UUID(int=number).hex
    connection.execute(table.insert().values({**row, "id": named, **values}))


def counts(connection: Connection) -> dict[str, int]:
    """Count the rows of each table."""
    return {table.name: _count(connection, table) for table in _tables(connection)}


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    with warnings.catch_warnings():
        # SQLite does not say what an index on an expression is made of, and a row needs no index.
        warnings.filterwarnings("ignore", message="Skipped unsupported reflection of expression-based index")
        metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in {ALEMBIC, SEQUENCES}]


def _words(connection: Connection, table: Table) -> dict[str, str]:
    """Give, for each column that a CHECK holds to some words, the first of them."""
    texts = [check["sqltext"] for check in inspect(connection).get_check_constraints(table.name)]
    found = [re.match(r"\W*(\w+).*?'(\w+)'", text) for text in texts]
    return {match.group(1): match.group(2) for match in found if match}


def _value(connection: Connection, column: Column[Any], words: dict[str, str]) -> Any:
    for key in column.foreign_keys:
        is_own = key.column.table is column.table
        return None if is_own else connection.execute(select(key.column).limit(1)).scalar_one()
    return words.get(column.name, VALUES[column.type.python_type])
