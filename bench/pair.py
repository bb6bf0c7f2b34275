"""Measure what a second process adds on PostgreSQL: requests a second, and the CPU time that each request takes."""

import signal
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from rich.progress import track
from sqlmodel import Session

from bench.figures import Figure, console, ratio_at_most, share_at_least
from bench.loading import WRITERS, load, server_of
from bench.processes import TICKS, is_ready, serve
from bench.service import POST_SCRIPT
from bench.worlds import Worlds, common_discussions, engine_for, sign_in
from tests.processes import Process
from tests.servers import free_port, stop

LEAST_RATE, MOST_CPU = 1.2, 1.1
SECONDS = 4
LOADS = ("cold reads", "posts")


READ_SCRIPT = """
local n = 0
local articles = {ARTICLES}
request = function()
  n = n + 1
  return wrk.format("GET", "/v1/articles/" .. articles[n % #articles + 1] .. "/comments")
end
"""


def measure(worlds: Worlds, size: int, folder: Path, rounds: int) -> list[Figure]:
    """Set two processes beside one, in turn."""
    url = worlds.url("postgresql", size)
    found: dict[tuple[str, int], list[tuple[float, float]]] = {
        (what, number): [] for what in LOADS for number in (1, 2)
    }
    for _ in track(range(rounds), description="one and two processes", console=console, transient=True):
        for number in (1, 2):
            with processes(url, folder, number) as service:
                for what, run in _loads(url, service, folder).items():
                    before = cpu_seconds(service)
                    rate = run()
                    spent = (cpu_seconds(service) - before) / (rate * SECONDS) * 1_000
                    found[what, number].append((rate, spent))
    rates, costs = (
        {key: statistics.median(pair[place] for pair in pairs) for key, pairs in found.items()} for place in (0, 1)
    )
    engine = "postgresql"
    return [
        *(
            share_at_least(engine, f"{what}, two processes beside one", rates[what, 2], rates[what, 1], LEAST_RATE)
            for what in LOADS
        ),
        *(
            ratio_at_most(engine, f"CPU time for each of the {what}", costs[what, 2], costs[what, 1], MOST_CPU)
            for what in LOADS
        ),
    ]


@contextmanager
def processes(url: str, folder: Path, number: int) -> Iterator[Process]:
    """Run the service with so many processes for the length of a block."""
    service = Process(url, folder, free_port())
    service.process = serve(service, workers=number)
    try:
        while not is_ready(service.port):
            assert service.process.poll() is None
            sleep(0.02)
        sleep(2)  # The other process may still be on its way.
        yield service
    finally:
        stop(service.process, signal.SIGTERM)


def cpu_seconds(service: Process) -> float:
    """Give the CPU time of a service with its processes so far (Linux)."""
    assert service.process is not None
    ticks, found = 0, {service.process.pid}
    for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # It has ended just now.
            continue
        pid, parent = int(stat.parent.name), int(fields[1])
        if pid in found or parent in found:
            found.add(pid)
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def _loads(url: str, service: Process, folder: Path) -> Mapping[str, Callable[[], float]]:
    engine = engine_for(url)
    with Session(engine) as session:
        people = [sign_in(session, service.url, f"member{number}@example.org") for number in range(WRITERS)]
        articles = common_discussions(session)
    engine.dispose()
    named = ", ".join(f'"{article}"' for article in articles)
    tokens = ", ".join(f'"{person.credentials()["Authorization"].removeprefix("Bearer ")}"' for person in people)
    reads, posts = folder / "read.lua", folder / "post.lua"
    reads.write_text(READ_SCRIPT.replace("ARTICLES", named))
    posts.write_text(POST_SCRIPT.replace("TOKENS", tokens))
    to, sent = f"/v1/articles/{articles[0]}/comments", {"Content-Type": "application/json"}
    server, reader = server_of(service), people[0].credentials()
    return {
        LOADS[0]: lambda: load(server, "/", SECONDS, headers=reader, script=reads).requests,
        LOADS[1]: lambda: load(server, to, SECONDS, clients=WRITERS, headers=sent, script=posts).requests,
    }
