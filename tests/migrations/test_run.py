"""Show that a database moves between revisions with rows in it, alone at a time, and wholly or not at all."""

import stat
import threading
from contextlib import suppress
from pathlib import Path
from unicodedata import normalize

import psycopg
import pytest
from alembic.script import ScriptDirectory
from pysqlite3 import dbapi2
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from auth.accounts import email_key
from migrations import run
from migrations.run import BrokenReference, configuration, downgrade, transaction, upgrade
from migrations.standing import head, is_current
from tests.migrations.rows import counts, fill, repeat
from tests.migrations.schema import schema_of

# Addresses and the keys that they get; of a twin the other has the key of both already.
TWIN = "g@xn--bcher-kva.example"
KEYS = {
    "a@xn--bcher-kva.example": "a@bücher.example",
    "B@XN--BCHER-KVA.example": "b@bücher.example",
    "c@bücher.example": "c@bücher.example",
    "d@bücher。example": "d@bücher.example",
    "e@xn--a.example": "e@xn--a.example",
    "Xn--f@example.org": "xn--f@example.org",
    TWIN: "g@bücher.example",
    "g@bücher.example": "g@bücher.example",
}
REVISIONS = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


def email_keys(connection: Connection) -> tuple[dict[str, str], ...]:
    """Give the key of each address, of users and of invitations."""
    tables = ("users", "invitations")
    found = [connection.execute(text(f"SELECT email, email_key FROM {table}")) for table in tables]
    return tuple({row.email: row.email_key for row in rows} for rows in found)


def stands_at_head(url: str) -> bool:
    """Ask as the service does before it starts."""
    with transaction(url) as connection:
        return is_current(connection)


class TestRows:
    @pytest.mark.long_table
    def test_rows_laid_at_each_revision_are_all_there_at_the_newest(self, blank_database_url: str) -> None:
        for revision in REVISIONS:
            upgrade(blank_database_url, revision)
            with transaction(blank_database_url) as connection:
                before = counts(connection)
                fill(connection)
        with transaction(blank_database_url) as connection:
            assert all(counts(connection).values())
            assert len(counts(connection)) == len(before)

    def test_with_rows_in_every_table_a_database_goes_down_step_by_step_and_up_again(
        self, blank_database_url: str
    ) -> None:
        upgrade(blank_database_url)
        with transaction(blank_database_url) as connection:
            fill(connection)
            newest = schema_of(connection)
        for revision in [*REVISIONS[-2::-1], "base"]:
            downgrade(blank_database_url, revision)
        upgrade(blank_database_url)
        with transaction(blank_database_url) as connection:
            assert schema_of(connection) == newest

    def test_a_new_database_has_an_empty_chain_of_decisions(self, blank_database_url: str) -> None:
        upgrade(blank_database_url)
        with transaction(blank_database_url) as connection:
            heads = connection.execute(text("SELECT name, count, hash FROM chain_heads")).all()
        assert [tuple(row) for row in heads] == [("decisions", 0, "0" * 64)]

    def test_cases_that_were_open_before_they_were_tallied_count(self, blank_database_url: str) -> None:
        upgrade(blank_database_url, "0010")
        with transaction(blank_database_url) as connection:
            fill(connection)
            [case] = connection.execute(text("SELECT kind, state FROM cases")).all()
        assert case.state == "open"
        upgrade(blank_database_url)
        with transaction(blank_database_url) as connection:
            tallies = connection.execute(text("SELECT kind, change FROM case_tallies")).all()
        assert [tuple(row) for row in tallies] == [(case.kind, 1)]

    def test_an_address_gets_the_key_of_its_domain_however_that_is_spelt(self, blank_database_url: str) -> None:
        upgrade(blank_database_url, "0012")
        with transaction(blank_database_url) as connection:
            fill(connection)
            for number, email in enumerate(KEYS, start=100):
                key = normalize("NFKC", email.casefold())
                repeat(connection, "users", number, email=email, email_key=key)
                repeat(connection, "invitations", number, email=email, email_key=key, token_hash=str(number))
            repeat(connection, "users", 99, email="", email_key="erased xn--99")
            before = email_keys(connection)
        assert {email: email_key(email) for email in KEYS} == KEYS  # As the service makes them.
        for _ in range(2):
            upgrade(blank_database_url)
            with transaction(blank_database_url) as connection:
                users, invitations = email_keys(connection)
            assert invitations == {**KEYS, "x": "x"}
            assert users == {**KEYS, "x": "x", "": "erased xn--99", TWIN: TWIN}
            downgrade(blank_database_url, "0012")
            with transaction(blank_database_url) as connection:
                assert email_keys(connection) == before


class TestCurrent:
    def test_a_blank_database_is_not_current(self, blank_database_url: str) -> None:
        assert not stands_at_head(blank_database_url)

    def test_a_migrated_database_is_current(self, blank_database_url: str) -> None:
        upgrade(blank_database_url)
        assert stands_at_head(blank_database_url)

    def test_migrating_again_changes_nothing(self, blank_database_url: str) -> None:
        upgrade(blank_database_url)
        upgrade(blank_database_url)
        assert stands_at_head(blank_database_url)

    def test_a_database_brought_back_is_not_current(self, blank_database_url: str) -> None:
        upgrade(blank_database_url)
        downgrade(blank_database_url, "base")
        assert not stands_at_head(blank_database_url)

    def test_a_database_of_a_later_version_is_not_current(self, blank_database_url: str) -> None:
        upgrade(blank_database_url)
        with transaction(blank_database_url) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        assert not stands_at_head(blank_database_url)

    def test_the_newest_revision_is_the_last_of_the_line(self) -> None:
        assert head() == REVISIONS[-1]


class TestTransaction:
    def test_a_second_migration_waits_for_the_first(self, blank_database_url: str) -> None:
        entered = threading.Event()

        def enter() -> None:
            with transaction(blank_database_url):
                entered.set()

        second = threading.Thread(target=enter)
        with transaction(blank_database_url):
            second.start()
            assert not entered.wait(0.3)
        second.join(5)
        assert entered.is_set()

    def test_an_error_undoes_all_of_a_migration(self, blank_database_url: str) -> None:
        with suppress(ZeroDivisionError), transaction(blank_database_url) as connection:
            connection.execute(text("CREATE TABLE halves (id INTEGER)"))
            raise ZeroDivisionError
        with transaction(blank_database_url) as connection:
            assert schema_of(connection) == {}


class TestPostgreSQL:
    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_a_table_in_use_ends_the_migration_soon_and_changes_nothing(
        self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upgrade(blank_database_url)
        monkeypatch.setattr(run, "LOCK_TIMEOUT", "100ms")
        with psycopg.connect(blank_database_url) as other:
            other.execute("LOCK TABLE articles IN ACCESS SHARE MODE")
            with pytest.raises(OperationalError, match="lock timeout"):
                downgrade(blank_database_url, "base")
        assert stands_at_head(blank_database_url)


class TestSQLite:
    def test_a_row_without_its_parent_refuses_the_migration_and_nothing_is_changed(self, tmp_path: Path) -> None:
        with dbapi2.connect(tmp_path / "forum.db") as connection:
            connection.execute("CREATE TABLE strays (id INTEGER, article_id CHAR(32) REFERENCES articles (id))")
            connection.execute("INSERT INTO strays VALUES (1, 'missing')")
        connection.close()
        url = f"sqlite:///{tmp_path / 'forum.db'}"
        with pytest.raises(BrokenReference, match="row 1 of strays refers to no row of articles"):
            upgrade(url)
        with dbapi2.connect(tmp_path / "forum.db") as connection:
            assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("strays",)]
        connection.close()

    def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'forum.db'}"
        with transaction(url) as connection:
            for statement in (
                "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
                "CREATE TABLE children (parent_id INTEGER REFERENCES parents (id) ON DELETE CASCADE)",
                "INSERT INTO parents VALUES (1)",
                "INSERT INTO children VALUES (1)",
            ):
                connection.execute(text(statement))
        with transaction(url) as connection:
            for statement in (
                "CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT)",
                "INSERT INTO fresh (id) SELECT id FROM parents",
                "DROP TABLE parents",
                "ALTER TABLE fresh RENAME TO parents",
            ):
                connection.execute(text(statement))
            assert counts(connection) == {"parents": 1, "children": 1}

    def test_a_new_file_is_readable_by_its_owner_only(self, tmp_path: Path) -> None:
        upgrade(f"sqlite:///{tmp_path / 'forum.db'}")
        assert stat.S_IMODE((tmp_path / "forum.db").stat().st_mode) == 0o600
