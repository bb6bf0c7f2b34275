"""Hold that rows which come all at once are those that would come one by one."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2

from models import sqlite_gathering
from models.database import Database
from models.sessions import line_of
from models.sqlite_gathering import Gathering

VALUES: list[Any] = [
    "كلام", 'a "quote" \\ and\ta tab', "line\nline", "", "\x01\x1f\x7f", "👩‍🔬 e\u0301 \u202e", "[1]", "null",
    None, 0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63), 0.1, 1 / 3, 1e300, 5e-324, -2.5,
]  # fmt: skip


@pytest.fixture
def connections(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """Give two connections to one table: one that reads row by row, and one that gathers."""
    path = tmp_path / "values.db"
    with (
        closing(dbapi2.connect(path, factory=Gathering, isolation_level=None)) as plain,
        closing(dbapi2.connect(path, factory=Gathering, isolation_level=None)) as gathering,
    ):
        plain.execute("CREATE TABLE some (number INTEGER PRIMARY KEY, value, same)")
        plain.executemany("INSERT INTO some VALUES (?, ?, ?)", [(n, value, value) for n, value in enumerate(VALUES)])
        gathering.gather()
        yield plain, gathering


def typed(rows: Any) -> list[list[tuple[type, Any]]]:
    """Give values with their types, since 1 equals 1.0."""
    return [[(type(value), value) for value in row] for row in rows]


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELECT * FROM some ORDER BY number DESC", []),
        ("SELECT value, same AS value FROM some ORDER BY number LIMIT ? OFFSET 3", [7]),
        ("WITH few AS (SELECT * FROM some WHERE number > :least) SELECT value FROM few ORDER BY -number", {"least": 4}),
        ("SELECT number FROM some WHERE number < 3 UNION ALL SELECT same FROM some WHERE number > 15", []),
        ("SELECT count(*), max(number) FROM some", []),
        ("SELECT number FROM some WHERE number > 1000", []),
        ("PRAGMA query_only", []),
        ("EXPLAIN QUERY PLAN SELECT * FROM some", []),
    ],
)
def test_rows_columns_and_order_are_those_of_the_driver(
    connections: tuple[Any, Any], statement: str, parameters: Any
) -> None:
    plain, gathering = connections
    expected = plain.execute(statement, parameters)
    columns, rows = [column[0] for column in expected.description], expected.fetchall()
    for _ in range(3):
        found = gathering.execute(statement, parameters)
        assert [column[0] for column in found.description] == columns
        assert typed(found.fetchall()) == typed(rows)
        assert found.fetchall() == []


def test_rows_are_taken_in_any_portions(connections: tuple[Any, Any]) -> None:
    _, gathering = connections
    for _ in range(2):
        found = gathering.execute("SELECT number FROM some ORDER BY number")
        assert [found.fetchone(), found.fetchmany(2), found.fetchmany()] == [(0,), [(1,), (2,)], [(3,)]]
        assert [number for (number,) in found] == list(range(4, len(VALUES)))
        assert (found.fetchone(), found.fetchmany(5), found.fetchall()) == (None, [], [])


def test_driver_hands_over_one_row_once_it_knows_the_statement(connections: tuple[Any, Any]) -> None:
    _, gathering = connections
    handed_over = []
    for _ in range(2):
        found = gathering.execute("SELECT value FROM some WHERE number >= 0")
        handed_over.append(dbapi2.Cursor.fetchall(found))
        found.fetchall()
    assert (len(handed_over[0]), handed_over[1]) == (len(VALUES), [])


def test_many_statements_make_room_for_more(connections: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    _, gathering = connections
    monkeypatch.setattr(sqlite_gathering, "KNOWN_STATEMENTS", 3)
    monkeypatch.setattr(sqlite_gathering, "_known", {})
    for number in range(10):
        for _ in range(2):
            found = gathering.execute(f"SELECT {number} FROM some")
            assert found.fetchmany(1) == [(number,)]
        assert dbapi2.Cursor.fetchall(found) == []
        assert len(sqlite_gathering._known) <= 3


def test_change_is_refused_by_a_reader_and_named_as_the_driver_names_it(connections: tuple[Any, Any]) -> None:
    _, gathering = connections
    gathering.execute("PRAGMA query_only = ON")
    with pytest.raises(dbapi2.OperationalError, match="readonly"):
        gathering.execute("DELETE FROM some")
    with pytest.raises(dbapi2.OperationalError, match="no such table"):
        gathering.execute("SELECT * FROM none")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_threads_that_read_gather_and_who_runs_on_the_loop_does_not(database: Database) -> None:
    async def scenario() -> list[bool]:
        ways = (database.read, database.lookup, database.glance, database.write, database.write_briefly)
        return [await way(lambda session: line_of(session).driver.gathers) for way in ways]

    assert asyncio.run(scenario()) == [True, False, False, False, False]
