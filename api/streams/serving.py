"""Send a stream: an opening, what comes, signs of life, and a farewell that asks to come back."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.streams import events
from api.streams.channels import Source
from api.streams.followers import Follower
from api.streams.hub import Hub
from models.errors import ForumError

# A reader that takes nothing for so long is let go.
SEND_WITHIN: Final = 30.0
SPREAD: Final = 0.2
RETRY_MILLISECONDS: Final = (1_000, 5_000)
# Of its own, so that nobody else's draws depend on it.
_chance: Final = random.Random()  # noqa: S311 - Nobody is kept out by it.


async def always() -> bool:
    """Let anybody go on."""
    return True


@dataclass(frozen=True)
class Topic:
    """Name what is followed, its source, who follows, and how many seconds lie between signs of life.

    `may_go_on` is asked before each send.
    """

    name: object
    source: Source
    who: str
    beat: float
    may_go_on: Callable[[], Awaitable[bool]] = always


class EventStream(Response):
    """Answer with the events of a topic after a number, as long as the stream may live."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, topic: Topic, *, start: int | None, newest: int) -> None:
        """Begin after `start`, or where the topic stands when there is none; a number beyond that resets the client."""
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._hub, self._topic, self._newest = hub, topic, newest
        self._is_reset = start is not None and not 0 <= start <= newest
        self._start = newest if start is None or self._is_reset else start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; raise RateLimited and Overloaded before it began."""
        # Streams that were opened together do not end together.
        lifetime = self._hub.lifetime.total_seconds() * _chance.uniform(1 - SPREAD, 1)
        topic = self._topic
        with (
            self._hub.seat(topic.who),
            self._hub.followed(
                topic.name, topic.source, start=self._start, newest=self._newest, lifetime=lifetime, beat=topic.beat
            ) as follower,
        ):
            watching = asyncio.create_task(follower.watch(receive))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                with suppress(TimeoutError):
                    await self._speak(follower, send)
            finally:
                watching.cancel()

    async def _speak(self, follower: Follower, send: Send) -> None:
        await _send(send, events.opening(self._start, retry=_retry()))
        if self._is_reset:
            await _send(send, events.reset(self._start))
        with suppress(ForumError):  # What cannot be read now is read after coming back.
            while (body := await follower.next()) is not None and await self._topic.may_go_on():
                await _send(send, body)
        if not follower.is_gone:
            await _send(send, events.farewell(retry=_retry()), more=False)


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_WITHIN):
        await send({"type": "http.response.body", "body": body, "more_body": more})


def _retry() -> int:
    return _chance.randint(*RETRY_MILLISECONDS)
