"""Read on from one topic, once for all who follow it.

A channel keeps the newest batches as ready bytes. Whoever follows stands at a number of their own and takes what came
after it, so that nobody waits for a slow reader: one who stands behind what is kept reads on from the source alone.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, Protocol

import structlog

MOST_KEPT: Final = 256 * 1024
PAUSE: Final = 1.0
logger = structlog.get_logger("forum.streams")


class Batch(NamedTuple):
    """Hold all events of one number as bytes."""

    number: int
    body: bytes


class Slice(NamedTuple):
    """Hold what a source has after a number, the number up to which that is all, and whether more is there already."""

    batches: Sequence[Batch]
    number: int
    more: bool


Source = Callable[[int], Awaitable[Slice]]


class Listener(Protocol):
    """Stand for whoever wants to know that something came."""

    def wake(self) -> None:
        """Look again."""


class Channel:
    """Hold the newest batches of one source."""

    def __init__(self, source: Source, number: int) -> None:
        self.source = source
        self.number = number
        self.listeners: set[Listener] = set()
        self._kept: deque[Batch] = deque()
        self._kept_after = number
        self._bytes = 0
        self._wanted = number
        self._woken = asyncio.Event()
        self._reading = asyncio.create_task(self._read_on())

    def wake(self, number: int | None = None) -> None:
        """Read on, at least to a number that the source is known to stand at, or else whatever there is."""
        self._wanted = max(self._wanted, self.number + 1 if number is None else number)
        if self._wanted > self.number:
            self._woken.set()

    def since(self, number: int) -> bytes | None:
        """Give what came after a number; nothing where that is no longer kept."""
        if number < self._kept_after:
            return None
        found: list[bytes] = []
        for batch in reversed(self._kept):
            if batch.number <= number:
                break
            found.append(batch.body)
        return found[0] if len(found) == 1 else b"".join(reversed(found))

    def close(self) -> None:
        """Stop reading."""
        self._reading.cancel()

    async def _read_on(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._wanted <= self.number:
                continue  # What woke the channel was read before it got here.
            self._wanted = self.number
            try:
                found = await self.source(self.number)
            except Exception as error:  # noqa: BLE001 - A failed read must not end all later ones; it is recorded.
                logger.warning("stream not read", kind=type(error).__name__)
                await asyncio.sleep(PAUSE)
                self.wake()
                continue
            self._take(found)
            if found.more:
                self.wake()

    def _take(self, found: Slice) -> None:
        self.number = max(self.number, found.number)
        if not found.batches:
            return
        self._kept.extend(found.batches)
        self._bytes += sum(len(batch.body) for batch in found.batches)
        while self._bytes > MOST_KEPT and len(self._kept) > 1:
            oldest = self._kept.popleft()
            self._kept_after = oldest.number
            self._bytes -= len(oldest.body)
        for listener in list(self.listeners):
            listener.wake()
