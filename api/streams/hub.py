"""Hold the channels of a process, who follows them and how many may."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Gauge

from api.streams.channels import Channel, Source
from api.streams.followers import Follower
from models.errors import Overloaded, RateLimited

MOST_STREAMS: Final = 5_000
# A network may be a mobile carrier's, with thousands of readers.
MOST_OF_ONE: Final = 500
RETRY_AFTER: Final = timedelta(seconds=30)
LIFETIME: Final = timedelta(minutes=15)
OPEN = Gauge("forum_open_streams", "Streams that are open now.")


class Hub:
    """Open a channel with its first follower, and close it with the last."""

    def __init__(self, *, is_limited: bool) -> None:
        self.channels: dict[Hashable, Channel] = {}
        self.is_closing = False
        self.lifetime = LIFETIME
        self._is_limited = is_limited
        self._taken: Counter[str] = Counter()

    @contextmanager
    def seat(self, who: str) -> Iterator[None]:
        """Count one stream of a client or user; raise RateLimited for too many of one, Overloaded for too many."""
        if self.is_closing or self._taken.total() >= MOST_STREAMS:
            raise Overloaded
        if self._is_limited and self._taken[who] >= MOST_OF_ONE:
            raise RateLimited(RETRY_AFTER)
        self._taken[who] += 1
        OPEN.inc()
        try:
            yield
        finally:
            OPEN.dec()
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]

    @contextmanager
    def followed(
        self, topic: Hashable, source: Source, *, start: int, newest: int, lifetime: float, beat: float
    ) -> Iterator[Follower]:
        """Follow a topic after one number, where its newest number is known to be another."""
        channel = self.channels.get(topic)
        if channel is None:
            channel = self.channels[topic] = Channel(source, newest)
        channel.wake(newest)
        follower = Follower(channel, start, is_closing=lambda: self.is_closing, lifetime=lifetime, beat=beat)
        channel.listeners.add(follower)
        try:
            yield follower
        finally:
            channel.listeners.discard(follower)
            if not channel.listeners:
                channel.close()
                del self.channels[topic]

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Wake the channels of articles that stand at newer numbers."""
        for article_id, number in numbers.items():
            if (channel := self.channels.get(article_id)) is not None:
                channel.wake(number)

    def look_again(self) -> list[UUID]:
        """Wake the channels of topics that have no number to compare, and give the articles that are followed."""
        for topic, channel in self.channels.items():
            if not isinstance(topic, UUID):
                channel.wake()
        return [topic for topic in self.channels if isinstance(topic, UUID)]

    def close(self) -> None:
        """Let every stream end, each with a word about coming back."""
        self.is_closing = True
        for channel in self.channels.values():
            for listener in list(channel.listeners):
                listener.wake()
