"""Measure one process: what it takes in memory after use, and how long it takes to be ready."""

import os
import signal
import statistics
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep

from rich.progress import track

from bench.figures import Figure, at_most, console
from bench.growth import acts_in
from bench.streams import resident
from bench.worlds import Worlds, inhabited
from tests.processes import ROOT, Process
from tests.servers import free_port, stop

MOST_MEGABYTES = 200.0
MOST_SECONDS = 2.0
PAGES = 2_000
TICKS = os.sysconf("SC_CLK_TCK")


def measure(worlds: Worlds, engine: str, size: int, folder: Path, rounds: int) -> list[Figure]:
    """Give memory after reads and writes of every kind, and the time to readiness."""
    url = worlds.url(engine, size)
    with inhabited(url, folder) as place:
        acts = acts_in(place)
        for _ in track(range(PAGES // len(acts)), description="use", console=console, transient=True):
            for act in acts.values():
                act()
        for article in place.articles:
            place.nobody.get(f"/v1/articles/{article}/comments", **{"Accept-Encoding": "gzip"})
        megabytes = resident(place.service) / 2**20
    starts = [_seconds_to_ready(url, folder) for _ in range(rounds)]
    imports = [_seconds_of([sys.executable, "-c", "import main, api.application"]) for _ in range(rounds)]
    start, imported = statistics.median(starts), statistics.median(imports)
    return [
        at_most(engine, "resident memory of one process after use", megabytes, MOST_MEGABYTES, unit="MB"),
        at_most(engine, f"cold start ({imported:.2f} s of it are imports)", start, MOST_SECONDS, unit="s"),
    ]


def _seconds_of(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run(command, cwd=ROOT, check=True)
    return perf_counter() - start


def _seconds_to_ready(url: str, folder: Path) -> float:
    service = Process(url, folder, free_port())
    start = perf_counter()
    process = serve(service, workers=1)
    try:
        while not is_ready(service.port):
            assert process.poll() is None
            sleep(0.005)
        return perf_counter() - start
    finally:
        stop(process, signal.SIGTERM)


def serve(service: Process, *, workers: int) -> subprocess.Popen[bytes]:
    """Start the service as its users do, with so many processes."""
    words = ["serve", "--port", str(service.port), "--workers", str(workers)]
    quiet = subprocess.DEVNULL
    environment = service.environment | {"FORUM_LOG_LEVEL": "INFO"}
    return subprocess.Popen([sys.executable, "main.py", *words], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)


def is_ready(port: int) -> bool:
    """Tell whether somebody at this port says that they can serve."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
