"""Tell where a database stands, without what it takes to move it, which is large."""

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, inspect, select, table

FILES: Final = Path(__file__).parent / "versions"
VERSIONS: Final = table("alembic_version", column("version_num"))


@cache
def head() -> str:
    """Give the newest revision, by the numbers in the names of the files."""
    return max(path.name.split("_")[3] for path in FILES.glob("2*.py"))


def is_current(connection: Connection) -> bool:
    """Tell whether the database stands at the newest revision."""
    if not inspect(connection).has_table(VERSIONS.name):
        return False
    return connection.execute(select(VERSIONS.c.version_num)).scalars().all() == [head()]
