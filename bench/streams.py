"""Measure open streams of one article: bytes for each, and the time in which an approved comment reaches them all.

Run `python -m bench.streams`; it needs no other program. The service runs in a process of its own, and its memory is
the resident size that the kernel tells (Linux).
"""

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from bench.loading import PASSWORD
from migrations.run import upgrade
from tests.postgres import running_cluster, why_unavailable
from tests.processes import Caller, Process, running_process

BODY = "يرى باحثون أن إدارة الموارد تحتاج إلى أرقام منشورة ومقارنة عادلة بين السنوات. " * 3
FILES = 16_384

console = Console()


class Reader(asyncio.Protocol):
    """Count the events of one stream and note when each came; nothing is kept of them."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.is_open = False
        self.came_at: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"GET {self._path} HTTP/1.1\r\nHost: forum\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Note the opening and each event."""
        self.is_open = self.is_open or b"retry: " in data
        self.came_at += [time.perf_counter()] * data.count(b"event: comment")


def resident(service: Process) -> int:
    """Give the resident bytes of the service."""
    assert service.process is not None
    lines = Path(f"/proc/{service.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def prepare(service: Process, rounds: int) -> tuple[Caller, str, list[Any]]:
    """Put an article up and let comments wait for approval; give the moderator, the article and the cases."""
    for role in ("editor", "moderator"):
        words = ["create-user", "--email", f"{role}@example.org", "--display-name", f"أحد {role}", "--role", role]
        service.command(*words, "--password-stdin", given=PASSWORD + "\n")
    editor, moderator = (service.caller(f"{role}@example.org", PASSWORD) for role in ("editor", "moderator"))
    article = editor.call("POST", "/v1/articles", {"title": "موارد"}, expect=201).json()["id"]
    for number in range(rounds):
        path = f"/v1/articles/{article}/comments"
        editor.call("POST", path, {"body": f"{number} {BODY}"}, expect=201)
    cases = moderator.call("GET", "/v1/moderation/cases?limit=100", expect=200).json()["items"]
    return moderator, article, cases


async def measure(service: Process, streams: int, rounds: int) -> tuple[float, list[list[float]]]:
    """Open streams and approve comments one by one; give bytes a stream, and the seconds to each reader by round."""
    moderator, article, cases = await asyncio.to_thread(prepare, service, rounds)
    path, loop = f"/v1/articles/{article}/stream", asyncio.get_running_loop()
    before = resident(service)
    readers = []
    for _ in range(streams):
        _, reader = await loop.create_connection(lambda: Reader(path), "127.0.0.1", service.port)
        readers.append(reader)
    await _until(lambda: all(reader.is_open for reader in readers))
    await asyncio.sleep(1)
    each = (resident(service) - before) / streams
    rounds_taken = []
    for number, case in enumerate(cases):
        decisions = f"/v1/moderation/cases/{case['id']}/decisions"
        began = time.perf_counter()
        await asyncio.to_thread(moderator.call, "POST", decisions, {"verdict": "approve", "revision": 1}, expect=201)
        await _until(lambda number=number: all(len(reader.came_at) > number for reader in readers))
        rounds_taken.append([reader.came_at[number] - began for reader in readers])
        await asyncio.sleep(0.2)
    return each, rounds_taken


async def _until(holds: Any) -> None:
    async with asyncio.timeout(120):
        while not holds():
            await asyncio.sleep(0.005)


@contextmanager
def services(folder: Path) -> Iterator[list[tuple[str, Process]]]:
    """Run the service on each engine."""
    with ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{folder / 'forum.db'}"}
        if why_unavailable() is None:
            urls["PostgreSQL"] = stack.enter_context(running_cluster()).server.url()
        running = []
        for name, url in urls.items():
            upgrade(url)
            (folder / name).mkdir()
            running.append((name, stack.enter_context(running_process(url, folder / name, is_forked=False))))
        yield running


def main(streams: int = 1_000, rounds: int = 9) -> None:
    """Measure and print a table."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    table = Table("engine", "streams", "KB a stream", "median ms to a reader", "median ms to the last reader")
    with tempfile.TemporaryDirectory() as folder, services(Path(folder)) as running:
        for name, service in running:
            each, taken = asyncio.run(measure(service, streams, rounds))
            middle = statistics.median(seconds for one in taken for seconds in one) * 1_000
            last = statistics.median(max(one) for one in taken) * 1_000
            table.add_row(name, str(streams), f"{each / 1024:.1f}", f"{middle:.0f}", f"{last:.0f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
