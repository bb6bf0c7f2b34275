"""The service on a port: what it announces, and where its links lead."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from settings import announce_address, load_settings
from tests.forking import ROOT
from tests.processes import Process
from tests.servers import free_port, stop, wait_for


class Unnamed(Process):
    """Run the service without telling it under which address it is known."""

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables without the address."""
        return {name: value for name, value in super().environment.items() if name != "FORUM_PUBLIC_URL"}


@pytest.mark.long_table
def test_links_lead_to_the_port_that_was_asked_for(database_url: str, tmp_path: Path) -> None:
    process = Unnamed(database_url, tmp_path, free_port())
    process.start()
    try:
        feed = httpx.get(f"{process.url}/v1/feed.atom").text
        assert f'href="{process.url}/v1/feed.atom"' in feed
        assert f"Serving {process.url}" in process.log()
    finally:
        process.end(signal.SIGKILL)


@pytest.mark.parametrize(
    ("named", "public_url", "issuer"),
    [
        pytest.param({}, "http://127.0.0.1:8011", "http://127.0.0.1:8000", id="tokens hold at every port"),
        pytest.param({"FORUM_ISSUER": "here"}, "http://127.0.0.1:8011", "here", id="who issues them may be named"),
        pytest.param(
            {"FORUM_PUBLIC_URL": "https://a.example/"}, "https://a.example", "https://a.example", id="as the address is"
        ),
    ],
)
def test_address_that_is_announced_is_for_links_alone(
    monkeypatch: pytest.MonkeyPatch, named: dict[str, str], public_url: str, issuer: str
) -> None:
    for name in ("FORUM_PUBLIC_URL", "FORUM_ISSUER"):
        # Set first, so that what is announced goes with the test.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    announce_address("http://127.0.0.1:8011")
    settings = load_settings()
    assert (settings.public_url, settings.token_issuer) == (public_url, issuer)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # It ends before any database is opened for good.
def test_nothing_is_announced_on_a_port_that_is_taken(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path, free_port())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", process.port))
        taken.listen()
        command = [sys.executable, "main.py", "serve", "--port", str(process.port)]
        finished = subprocess.run(
            command, cwd=ROOT, env=process.environment, capture_output=True, timeout=60, check=False
        )
    assert finished.returncode != 0
    assert (b"Serving" in finished.stdout, b"in use" in finished.stderr) == (False, True)


class TestStart:
    def test_what_few_processes_need_is_not_loaded_by_all(self) -> None:
        """Together these take thirty megabytes and a fifth of the time until the first answer."""
        asked = "import sys, main; print(sorted({'alembic', 'redis', 'zxcvbn'} & set(sys.modules)))"
        said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
        assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_workers_end_when_their_parent_was_killed_and_the_address_is_free(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path, free_port())
    with two_workers(process) as parent:
        assert parent.poll() is None
    wait_until(lambda: is_free(process.port))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_workers_that_end_take_no_connection_that_none_of_them_answers(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path, free_port())
    with two_workers(process) as parent, socket.create_connection(("127.0.0.1", process.port)) as slow:
        # One of them waits for the rest of this as long as it may.
        slow.sendall(
            b"POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        parent.send_signal(signal.SIGTERM)
        wait_until(lambda: is_free(process.port))
        slow.setblocking(False)
        with pytest.raises(BlockingIOError):
            slow.recv(1)


@contextmanager
def two_workers(process: Process) -> Iterator[Any]:
    """Let two workers serve for the length of a block; their parent is killed at its end."""
    parent = process.launched("serve", "--port", str(process.port), "--workers", "2")
    try:
        wait_for(parent, process.is_ready)
        yield parent
    finally:
        stop(parent, signal.SIGKILL)


def is_free(port: int) -> bool:
    """Tell whether nobody listens at a port."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait a minute at most."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that within a minute")
