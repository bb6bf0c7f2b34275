"""Put a bad network before a service: a proxy that delays each direction and resets connections.

What happens is drawn anew for each exchange of a request and its answer, since clients keep connections.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

LARGEST_CHUNK = 1 << 16
QUIET = 0.01
# On close the kernel sends a reset rather than an end (SO_LINGER with no time).
AT_ONCE = struct.pack("ii", 1, 0)


class Cut(StrEnum):
    """Say where an exchange is cut, if it is."""

    NOWHERE = "nowhere"
    REQUEST = "before the request arrives"
    UNANSWERED = "after the work, before the answer"
    HALFWAY = "during the answer"
    ANSWERED = "after the answer"


CUTS = tuple(cut for cut in Cut if cut is not Cut.NOWHERE)
Fate = tuple[Cut, float, float]
CALM: Fate = (Cut.NOWHERE, 0.0, 0.0)


@dataclass(frozen=True)
class Weather:
    """Draw where an exchange is cut and how long each direction takes, in seconds."""

    chance: Random
    share_cut: float
    delay: tuple[float, float]

    def __call__(self) -> Fate:
        """Draw."""
        cut = self.chance.choice(CUTS) if self.chance.random() < self.share_cut else Cut.NOWHERE
        return cut, self.chance.uniform(*self.delay), self.chance.uniform(*self.delay)


class Connection:
    """Carry one connection until either side ends it or it is cut."""

    def __init__(self, line: "BadLine", client: "Side", service: "Side") -> None:
        self._line, self._client, self._service = line, client, service
        self._is_asking = False
        self._cut, self._up, self._down = CALM

    async def carry(self) -> None:
        """Carry both directions; whichever ends first ends the other."""
        pumps = [asyncio.create_task(self._carry_requests()), asyncio.create_task(self._carry_answers())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for side in (self._client, self._service):
                side.reset()
            ends = await asyncio.gather(*pumps, return_exceptions=True)
        wrong = [end for end in ends if isinstance(end, Exception) and not isinstance(end, ConnectionError)]
        if wrong:
            raise wrong[0]

    async def _carry_requests(self) -> None:
        while chunk := await self._client.reader.read(LARGEST_CHUNK):
            if not self._is_asking:
                self._is_asking = True
                self._cut, self._up, self._down = self._line.next_fate()
                await asyncio.sleep(self._up)
                if self._cut is Cut.REQUEST:
                    await self._service.write(chunk[: len(chunk) // 2])
                    return
            await self._service.write(chunk)

    async def _carry_answers(self) -> None:
        while chunk := await self._service.reader.read(LARGEST_CHUNK):
            if self._is_asking:
                self._is_asking = False
                if self._cut is Cut.UNANSWERED:
                    return
                await asyncio.sleep(self._down)
                if self._cut in {Cut.HALFWAY, Cut.ANSWERED}:
                    whole = chunk + await self._service.rest()
                    await self._client.write(whole[: len(whole) // 2] if self._cut is Cut.HALFWAY else whole)
                    await asyncio.sleep(QUIET)
                    return
            await self._client.write(chunk)


@dataclass(frozen=True)
class Side:
    """Hold both directions of one socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def write(self, chunk: bytes) -> None:
        """Write and wait until it has gone."""
        self.writer.write(chunk)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """Read on until nothing more comes."""
        found = b""
        try:
            while True:
                async with asyncio.timeout(QUIET):
                    chunk = await self.reader.read(LARGEST_CHUNK)
                if not chunk:
                    return found
                found += chunk
        except TimeoutError:
            return found

    def reset(self) -> None:
        """Reset the connection, as a lost network does, unless it is closed already."""
        if self.writer.transport.is_closing():
            return
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.writer.transport.abort()


@dataclass
class BadLine:
    """Stand before one port, and count where exchanges were cut."""

    service_port: int
    draw: Callable[[], Fate]
    port: int = 0
    cuts: Counter[Cut] = field(default_factory=Counter)
    _carrying: list[asyncio.Task[None]] = field(default_factory=list)

    def next_fate(self) -> Fate:
        """Draw what happens to the next exchange."""
        fate = self.draw()
        self.cuts[fate[0]] += 1
        return fate

    def accept(self, *client: Any) -> None:
        """Carry one connection of a client; not as a coroutine, whose end the server would log."""
        self._carrying.append(asyncio.create_task(self._carry(Side(*client))))

    async def end(self) -> None:
        """End every connection; raise what went wrong with one beside being cut."""
        for task in self._carrying:
            task.cancel()
        for end in await asyncio.gather(*self._carrying, return_exceptions=True):
            if isinstance(end, Exception):
                raise end

    async def _carry(self, client: Side) -> None:
        service = await asyncio.open_connection("127.0.0.1", self.service_port)
        await Connection(self, client, Side(*service)).carry()


@asynccontextmanager
async def bad_line(service_port: int, draw: Callable[[], Fate]) -> AsyncIterator[BadLine]:
    """Put a bad line before a service for the length of a block."""
    line = BadLine(service_port, draw)
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.end()
