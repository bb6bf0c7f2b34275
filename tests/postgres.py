"""Run a PostgreSQL of our own for tests: a cluster in a temporary folder that listens on loopback only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.servers import free_port, stop, wait_for

SUPERUSER = "forum"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
    # What was committed is with the operating system, so it outlives a kill, and only a power cut would show the rest.
    "fsync": "off",
    "full_page_writes": "off",
}


def folder_of_binaries() -> Path | None:
    """Find the newest PostgreSQL: in Debian's folders first, since its `initdb` is not on the path there."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    found = [str(versions[-1])] if versions else [path for path in [shutil.which("postgres")] if path]
    return Path(found[0]).resolve().parent if found else None


def why_unavailable() -> str | None:
    """Say why no cluster can be started here, or None when one can."""
    return None if folder_of_binaries() else "PostgreSQL is not installed (no postgres in /usr/lib/postgresql or PATH)"


def _account() -> pwd.struct_passwd | None:
    """Choose the account to run as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@dataclass(frozen=True)
class Server:
    """Know where a cluster listens, whoever started it."""

    port: int

    def url(self, database: str = "postgres") -> str:
        """Give the address of one of its databases."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make a database and give its address."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class Cluster:
    """Start, stop and restart one cluster; what it answered is kept through a kill of any process."""

    def __init__(self) -> None:
        binaries = folder_of_binaries()
        assert binaries is not None, why_unavailable()
        self.server = Server(free_port())
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="forum-postgresql-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: dict[str, Any] = {}
        if account := _account():
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._initialise()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        arguments = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._folder / "data", "-p", str(self.server.port), *arguments],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,  # A Ctrl-C in the terminal is for the tests, which then stop it.
                **self._identity,
            )
        wait_for(self._process, self._answers)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT for fast, SIGQUIT for immediate."""
        if self._process is not None:
            stop(self._process, how)
            self._process = None

    def remove(self) -> None:
        """Stop the server and drop its files."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)

    def _initialise(self) -> None:
        subprocess.run(
            [
                *(self._binaries / "initdb", "-D", self._folder / "data", "-U", SUPERUSER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=60,
            **self._identity,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.server.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Run a cluster for the length of a block."""
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()
