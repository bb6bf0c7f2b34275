"""Copy a database while it is in use."""

import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import make_url


class BackupFailed(Exception):
    """Say in one sentence why there is no copy."""


def back_up(url: str, target: Path) -> None:
    """Write one consistent copy to a file that must not exist; raise BackupFailed.

    A SQLite copy is a database file; a PostgreSQL copy is an archive for `pg_restore`.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already; name a new file")
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _copy_sqlite(str(parsed.database), target)
    else:
        _dump_postgresql(url, target)


def _copy_sqlite(source: str, target: Path) -> None:
    if not Path(source).exists():
        raise BackupFailed(f"there is no database at {source}")
    with closing(sqlite.connect(source)) as original, closing(sqlite.connect(str(target))) as copy:
        original.backup(copy)


def _dump_postgresql(url: str, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed("pg_dump is not installed; it comes with PostgreSQL's client programs")
    finished = subprocess.run(  # noqa: S603 - The program was found on PATH, the words are ours.
        [program, "--format=custom", f"--file={target}", f"--dbname={url}"], check=False, capture_output=True
    )
    if finished.returncode != 0:
        target.unlink(missing_ok=True)
        raise BackupFailed(f"pg_dump ended with status {finished.returncode}")
