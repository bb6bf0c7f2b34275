"""Move a database between revisions, each time in one transaction that a second migration waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, make_url, text

from migrations.standing import demand_known
from models import postgresql_engine, sqlite_engine
from models.by_hand import Unusable

PROJECT: Final = Path(__file__).parent.parent / "pyproject.toml"
# A rebuilt table is dropped under its old name, which would delete the rows that refer to it.
SQLITE_PRAGMAS: Final = {**sqlite_engine.PRAGMAS, "foreign_keys": "OFF", "busy_timeout": "60000"}
# Any number will do, as long as every migration takes the same.
ADVISORY_LOCK: Final = int.from_bytes(b"forum")
# Whoever asks for a table that we wait for waits behind us, so we give up soon and may be started again.
LOCK_TIMEOUT: Final = "5s"


class BrokenReference(Unusable):
    """Say that a migration would leave a row whose parent is not there."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to a revision.

    Raises WrongRevision where it is past all that are known, BrokenReference where rows lost a parent, and changes
    nothing then.
    """
    with transaction(url) as connection:
        demand_known(connection)
        command.upgrade(configuration(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Bring the database back to a revision (`base` is before the first) with the loss of what came after."""
    with transaction(url) as connection:
        command.downgrade(configuration(connection), revision)


def configuration(connection: Connection | None = None) -> Config:
    """Read Alembic's settings from the project file and hand the connection to `env.py`."""
    return Config(toml_file=PROJECT, attributes={"connection": connection})


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """Open the one transaction in which a database may be migrated; an error undoes all of it."""
    parsed = make_url(url)
    open_transaction = _on_sqlite if parsed.drivername == "sqlite" else _on_postgresql
    with open_transaction(parsed) as connection:
        yield connection


@contextmanager
def _on_sqlite(url: URL) -> Iterator[Connection]:
    sqlite_engine.create_file(url)
    with sqlite_engine.connect(sqlite_engine.open_engine(url, SQLITE_PRAGMAS)) as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        try:
            with connection.begin():
                yield connection
                _demand_references(connection)
            driver.execute("COMMIT")
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")


def _demand_references(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        raise BrokenReference(
            f"The database was left as it is: row {broken.rowid} of {broken.table} refers to no row of {broken.parent}."
            " Bring back a copy from before that."
        )


@contextmanager
def _on_postgresql(url: URL) -> Iterator[Connection]:
    engine = postgresql_engine.connect(url, size=1, is_write=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            yield connection
    finally:
        engine.dispose()
