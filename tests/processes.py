"""Run the service as its users do: a process of its own, on a port, with a log that can be read."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx2 as httpx
from typer.testing import CliRunner

import main
from tests.forking import ROOT, Fork
from tests.servers import free_port, stop, wait_for

SECRET_KEYS = "test:" + "k" * 48
TIMEOUT = 20.0


@dataclass(frozen=True)
class Caller:
    """Call the service over a socket as somebody."""

    client: httpx.Client

    def call(self, method: str, path: str, body: Any = None, *, expect: int, **headers: str) -> Any:
        """Send one request, demand its status and give the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.request(method, path, json=body, headers=named)
        assert answer.status_code == expect, answer.text
        return answer


@dataclass
class Process:
    """Start, kill and start again one service on one database; loaded anew each time where the start is tested."""

    database_url: str
    folder: Path
    port: int
    is_forked: bool = False
    process: subprocess.Popen[bytes] | Fork | None = None
    callers: list[Caller] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Give the address of the service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables that the service and its commands run with."""
        ours = {
            "FORUM_DATABASE_URL": self.database_url,
            "FORUM_SECRET_KEYS": SECRET_KEYS,
            "FORUM_PUBLIC_URL": self.url,
            "FORUM_RATE_LIMITS": "off",
            "FORUM_MAIL_FOLDER": str(self.folder / "mail"),
            "FORUM_LOG_LEVEL": "DEBUG",
        }
        return {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")} | ours

    def start(self) -> None:
        """Start the service and wait until it is ready."""
        self.process = self.launched("serve", "--port", str(self.port))
        wait_for(self.process, self.is_ready)

    def launched(self, *words: str) -> subprocess.Popen[bytes] | Fork:
        """Start a command that runs until it is ended."""
        if self.is_forked:
            return Fork([*words], environment=self.environment, log=self.folder / "log")
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "main.py", *words]
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def is_ready(self) -> bool:
        """Tell whether the service says that it can serve."""
        # Asked many times a second while the service starts: a client of httpx would read all certificates each time.
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the service by its process id."""
        if self.process is not None:
            stop(self.process, how)
            self.process = None

    def command(self, *words: str, given: str = "") -> str:
        """Run one of the service's commands on its database, within this process, and give what it said."""
        finished = CliRunner().invoke(main.cli, words, input=given, env=self.environment, catch_exceptions=False)
        assert finished.exit_code == 0, finished.output
        return finished.output

    def caller(self, email: str | None = None, password: str | None = None) -> Caller:
        """Give nobody, or sign in as somebody."""
        client = httpx.Client(base_url=self.url, timeout=TIMEOUT)
        self.callers.append(Caller(client))
        if email is not None:
            form = {"grant_type": "password", "username": email, "password": password}
            answer = client.post("/v1/auth/token", data=form)
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self.callers[-1]

    def log(self) -> str:
        """Give all that the service wrote."""
        return (self.folder / "log").read_text()


@contextmanager
def running_process(database_url: str, folder: Path, *, is_forked: bool = True) -> Iterator[Process]:
    """Run the service for the length of a block."""
    process = Process(database_url, folder, free_port(), is_forked)
    process.start()
    try:
        yield process
    finally:
        for caller in process.callers:
            caller.client.close()
        process.end(signal.SIGKILL)
