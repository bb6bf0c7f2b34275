"""Tell where a database stands, without what it takes to move it, which is large."""

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, inspect, select, table

from models.by_hand import Unusable

FILES: Final = Path(__file__).parent / "versions"
VERSIONS: Final = table("alembic_version", column("version_num"))


class WrongRevision(Unusable):
    """Say in one sentence that a database is at a revision that does not do, and what to do."""


@cache
def known() -> frozenset[str]:
    """Give the revisions that there are, by the numbers in the names of the files."""
    return frozenset(path.name.split("_")[3] for path in FILES.glob("2*.py"))


@cache
def head() -> str:
    """Give the newest revision."""
    return max(known())


def is_current(connection: Connection) -> bool:
    """Tell whether the database stands at the newest revision."""
    return _revisions(connection) == [head()]


def demand_known(connection: Connection) -> None:
    """Raise WrongRevision where a newer version of the program has moved the database."""
    newer = sorted(set(_revisions(connection)) - known())
    if newer:
        raise WrongRevision(
            f"The database is at revision {newer[0]}, which this version of the program does not know. Use the version"
            " that brought it there, or a copy from before."
        )


def demand_current(connection: Connection) -> None:
    """Raise WrongRevision unless the database stands at the newest revision."""
    demand_known(connection)
    if not is_current(connection):
        raise WrongRevision("The database is not at the newest migration. Run: .venv/bin/python main.py migrate")


def _revisions(connection: Connection) -> list[str]:
    if not inspect(connection).has_table(VERSIONS.name):
        return []
    return list(connection.execute(select(VERSIONS.c.version_num)).scalars())
