"""Follow a channel from a number on, until the time is over, the process ends or the reader is gone."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import Receive

from api.streams.channels import Channel
from api.streams.events import BEAT

BEAT_SECONDS: Final = 15.0


class Follower:
    """Stand at a number of a channel; every wait of a stream is here."""

    def __init__(
        self, channel: Channel, number: int, *, is_closing: Callable[[], bool], lifetime: float, beat: float
    ) -> None:
        self._channel, self._number, self._beat = channel, number, beat
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + lifetime
        self._is_closing = is_closing
        self._waiting: asyncio.Future[None] | None = None
        self.is_gone = False

    def wake(self) -> None:
        """End the rest, if there is one."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def watch(self, receive: Receive) -> None:
        """Notice when the reader goes away."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self.wake()

    async def next(self) -> bytes | None:
        """Wait for what comes, or for the time of a sign of life; give nothing at the end. Raises what reading does."""
        while not self._is_over():
            body = self._channel.since(self._number)
            if body is None:
                return await self._read_alone()
            self._number = max(self._number, self._channel.number)
            if body:
                return body
            if not await self._is_woken():
                return BEAT
        return None

    async def _read_alone(self) -> bytes:
        """Read what the channel no longer keeps, a page at a time."""
        found = await self._channel.source(self._number)
        self._number = found.number
        return b"".join(batch.body for batch in found.batches) or BEAT

    async def _is_woken(self) -> bool:
        """Rest; tell whether that ended before the time of a sign of life."""
        waiting = self._waiting = self._loop.create_future()
        until = min(self._loop.time() + self._beat, self._ends_at)
        timer = self._loop.call_at(until, self.wake)
        try:
            await waiting
        finally:
            timer.cancel()
        return self._loop.time() < until or self._is_over()

    def _is_over(self) -> bool:
        return self.is_gone or self._is_closing() or self._loop.time() >= self._ends_at
