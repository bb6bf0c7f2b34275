"""Run a Redis (or Valkey) of our own for tests, on loopback, keeping nothing."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.servers import free_port, stop, wait_for


def binary() -> str | None:
    """Find the server."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def why_unavailable() -> str | None:
    """Say why no server can be started here, or None when one can."""
    return None if binary() else "Redis is not installed (no redis-server or valkey-server on PATH)"


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run a server for the length of a block and give its address."""
    found, port = binary(), free_port()
    assert found is not None, why_unavailable()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([found, *options], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        with redis.Redis(port=port) as client:
            wait_for(process, lambda: _answers(client))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        stop(process, signal.SIGTERM)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
