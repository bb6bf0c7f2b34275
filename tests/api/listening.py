"""Open streams in the process of a test: the application is called as a server calls it, and what it sends is kept."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Message

from tests.service import Person, Service

PATIENCE = 10.0


@dataclass
class Told:
    """Hold one event as a client reads it."""

    type: str = "message"
    data: Any = None
    id: str | None = None


@dataclass
class Stream:
    """Hold what came on one stream."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    is_over: bool = False
    is_stalled: bool = False
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        """Give what a server gives of a client that sends nothing and may go away."""
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Keep what is sent, or take nothing any more."""
        if self.is_stalled:
            await self._gone.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self.content += message.get("body", b"")
        self.is_over = not message.get("more_body", False)

    def leave(self) -> None:
        """Go away."""
        self._gone.set()

    @property
    def told(self) -> list[Told]:
        """Read the events, as the standard says."""
        return told_in(self.content.decode())

    @property
    def position(self) -> str | None:
        """Give the last id, which a client sends when it comes back."""
        return last_id_in(self.content.decode())

    def wait(self, number: int) -> list[Told]:
        """Wait for so many events."""
        wait_until(lambda: len(self.told) >= number or self.is_over)
        assert len(self.told) >= number, self.content
        return self.told


def told_in(text: str) -> list[Told]:
    """Read the events of a stream; a block without data is none."""
    found = []
    for block in text.split("\n\n")[:-1]:
        event = Told()
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name == "event":
                event.type = value
            elif name == "data":
                event.data = orjson.loads(value)
            elif name == "id":
                event.id = value
        if event.data is not None:
            found.append(event)
    return found


def last_id_in(text: str) -> str | None:
    """Give the last id of the whole blocks of a stream."""
    whole = text.rpartition("\n\n")[0]
    return next((line[4:] for line in reversed(whole.split("\n")) if line.startswith("id: ")), None)


def wait_until(holds: Any) -> None:
    """Wait until something holds; fail when it takes too long."""
    ends_at = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends_at, "waited too long"
        time.sleep(0.005)


@contextmanager
def opened(service: Service, path: str, *, by: Person | None = None, **headers: str) -> Iterator[Stream]:
    """Open a stream and wait until it began; leave it at the end of the block."""
    assert service.client.portal is not None
    path, _, query = path.partition("?")
    sent = {**(by.headers if by else {}), **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("testserver", 80),
        "state": {},
    }
    stream = service.client.portal.call(Stream)
    running = service.client.portal.start_task_soon(service.app, scope, stream.receive, stream.send)
    wait_until(lambda: stream.content or stream.is_over or running.done())
    try:
        yield stream
    finally:
        service.client.portal.call(stream.leave)
        running.result(PATIENCE)
