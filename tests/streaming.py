"""Follow streams over sockets as clients do: cut them anywhere, come back with the last id, remember what came."""

import asyncio
from dataclasses import dataclass, field

from tests.api.listening import last_id_in, told_in


@dataclass
class Reader:
    """Follow one stream of a service, through any number of cuts."""

    port: int
    path: str
    last_id: str | None = None
    seen: list[tuple[int, str]] = field(default_factory=list)
    text: str = ""
    statuses: list[int] = field(default_factory=list)
    is_connected: bool = False
    ended_cleanly: bool = False
    _writer: asyncio.StreamWriter | None = None

    async def follow(self) -> None:
        """Read until the stream ends or is cut."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        resume = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        self._writer.write(f"GET {self.path} HTTP/1.1\r\nHost: forum\r\n{resume}\r\n".encode())
        self.text, self.ended_cleanly = "", False
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.statuses.append(int(head.split()[1]))
            self.is_connected = True
            while size := int(await reader.readuntil(b"\r\n"), 16):
                self.text += (await reader.readexactly(size + 2))[:-2].decode()
            self.ended_cleanly = True
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.is_connected = False
            self._writer.close()
            self._remember()

    def cut(self) -> None:
        """Break the connection, as a lost network does."""
        if self._writer is not None:
            self._writer.transport.abort()

    def _remember(self) -> None:
        # What came after the last id comes again, so only what stands before it counts as taken.
        self.last_id = last_id_in(self.text) or self.last_id
        for event in told_in(self.text):
            if event.data["seq"] <= int(self.last_id or 0):
                self.seen.append((event.data["seq"], event.data[event.type]["id"]))


async def until(holds: object, within: float = 10.0) -> None:
    """Wait on the loop until something holds."""
    async with asyncio.timeout(within):
        while not holds():  # type: ignore[operator]
            await asyncio.sleep(0.01)
