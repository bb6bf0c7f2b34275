"""Show that a decision, once written, can be neither changed nor taken away."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from migrations.run import transaction
from tests.migrations.rows import fill


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """Open a database with one decision in it."""
    with transaction(database_url) as connection:
        fill(connection)
        yield connection


class TestDecisions:
    def test_a_change_is_refused(self, connection: Connection) -> None:
        with pytest.raises(IntegrityError, match="append-only: UPDATE is refused"), connection.begin_nested():
            connection.execute(text("UPDATE decisions SET note = 'other'"))

    def test_taking_a_row_away_is_refused(self, connection: Connection) -> None:
        with pytest.raises(IntegrityError, match="append-only: DELETE is refused"), connection.begin_nested():
            connection.execute(text("DELETE FROM decisions"))

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_emptying_the_table_is_refused_on_postgresql(self, connection: Connection) -> None:
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE is refused"), connection.begin_nested():
            connection.execute(text("TRUNCATE decisions CASCADE"))

    @pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("same", ["id", "number"])
    def test_replacing_a_row_is_refused_on_sqlite(self, connection: Connection, same: str) -> None:
        columns = connection.execute(text("SELECT * FROM decisions")).keys()
        values = [{"id": "'other'", "number": "9"}.get(name, name) if name != same else name for name in columns]
        replacement = f"INSERT OR REPLACE INTO decisions SELECT {', '.join(values)} FROM decisions"
        with pytest.raises(IntegrityError, match="append-only: REPLACE is refused"), connection.begin_nested():
            connection.execute(text(replacement))

    def test_another_decision_joins(self, connection: Connection) -> None:
        row = dict(connection.execute(text("SELECT * FROM decisions")).mappings().one())
        row |= {"id": "0" * 31 + "8", "number": 8, "case_id": None}
        columns = ", ".join(row)
        connection.execute(text(f"INSERT INTO decisions ({columns}) VALUES (:{', :'.join(row)})"), row)
