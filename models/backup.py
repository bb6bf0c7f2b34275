"""Copy a database while it is in use, to a file that nobody but its owner can read at any moment."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, make_url

# What SQLite keeps beside a file while it writes to it, with the mode of that file.
BESIDE: Final = ("-journal", "-wal", "-shm")


class BackupFailed(Exception):
    """Say in one sentence why there is no copy."""


def back_up(url: str, target: Path) -> None:
    """Write one consistent copy to a file that must not exist; raise BackupFailed and leave nothing there.

    A SQLite copy is a database file; a PostgreSQL copy is an archive for `pg_restore`.
    """
    parsed = make_url(url)
    with _new_file(target) as descriptor:
        if parsed.get_backend_name() == "sqlite":
            _copy_sqlite(str(parsed.database), target)
        else:
            _dump_postgresql(parsed, descriptor)


@contextmanager
def _new_file(target: Path) -> Iterator[int]:
    """Make a file for its owner alone, and take it away again where it does not become whole."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupFailed(f"{target} exists already; name a new file") from None
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written ({error.strerror}); name a file elsewhere") from None
    try:
        yield descriptor
    except BaseException:
        for name in (target, *(target.with_name(target.name + ending) for ending in BESIDE)):
            name.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _copy_sqlite(source: str, target: Path) -> None:
    if not Path(source).exists():
        raise BackupFailed(f"there is no database at {source}; look at FORUM_DATABASE_URL")
    try:
        with closing(sqlite.connect(source)) as original, closing(sqlite.connect(str(target))) as copy:
            original.backup(copy)
    except sqlite.Error as error:
        raise BackupFailed(f"{error}; look at {source} and at the room beside {target}") from error


def _dump_postgresql(url: URL, descriptor: int) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed("pg_dump is not installed; it comes with PostgreSQL's client programs")
    with _without_password(url) as address:
        finished = subprocess.run(  # noqa: S603 - The program was found on PATH, the words are ours.
            [program, "--format=custom", f"--dbname={address}"],
            check=False,
            stdout=descriptor,
            stderr=subprocess.PIPE,
            text=True,
        )
    if finished.returncode != 0:
        # Further lines may hold the statement that failed.
        reasons = [line for line in finished.stderr.splitlines() if "error:" in line]
        reason = reasons[0] if reasons else f"pg_dump ended with status {finished.returncode}"
        raise BackupFailed(f"{reason}; is the server running, and is FORUM_DATABASE_URL right")


@contextmanager
def _without_password(url: URL) -> Iterator[str]:
    """Keep the password in a file for the length of a block: every account of a machine can read command lines."""
    with NamedTemporaryFile("w", encoding="utf-8") as file:
        query = dict(url.query)
        password = url.password if url.password is not None else query.pop("password", None)
        if password is not None:
            # https://www.postgresql.org/docs/current/libpq-pgpass.html
            file.write("*:*:*:*:" + re.sub(r"([:\\])", r"\\\1", str(password)))
            file.flush()
            query["passfile"] = file.name
        address = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
        yield address.render_as_string(hide_password=False)
