"""Start and stop servers for tests: on loopback, on a free port, ended by their own process id."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any, Protocol

START_WITHIN = 30.0
STOP_WITHIN = 15.0


class Running(Protocol):
    """Name what is asked of a process that was started, as subprocess.Popen answers it."""

    returncode: Any

    def poll(self) -> int | None:
        """Give how it ended, or None while it runs."""

    def wait(self, timeout: float) -> int:
        """Wait for the end; raise TimeoutExpired."""

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal."""

    def kill(self) -> None:
        """End it at once."""


def free_port() -> int:
    """Find a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(process: Running, is_up: Callable[[], bool]) -> None:
    """Wait until the server answers; raise RuntimeError when it ended or takes too long."""
    ends_at = time.monotonic() + START_WITHIN
    while not is_up():
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        if time.monotonic() > ends_at:
            stop(process, signal.SIGKILL)
            raise RuntimeError(f"the server did not answer within {START_WITHIN:.0f} s")
        time.sleep(0.02)


def stop(process: Running, how: signal.Signals) -> None:
    """Send a signal and wait for the end; a server that does not end is killed."""
    process.send_signal(how)
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_WITHIN)
