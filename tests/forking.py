"""Run commands of the service in forks of a process that has loaded it, where it is not the start that is tested.

To load it takes two seconds of a processor. A fork is a process as any other: it has its own environment, database
connections and port, obeys signals and can be killed.
"""

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import main

ROOT = Path(__file__).parents[1]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


class Fork:
    """Hold a fork as subprocess.Popen holds what it started."""

    def __init__(self, words: list[str], *, environment: Mapping[str, str], log: Path) -> None:
        self._process: BaseProcess = FORKS.Process(target=_run, args=(words, dict(environment), log), daemon=True)
        self._process.start()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Give how it ended, or None while it runs."""
        if self.returncode is None:
            self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for the end; raise TimeoutExpired."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired("a fork", timeout)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None and self._process.pid is not None:
            os.kill(self._process.pid, how)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def _run(words: list[str], environment: dict[str, str], log: Path) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    main.cli(words)
