"""Count what is limited, in windows that begin with their first count: in this process, or in Redis for all of them."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

MOST_KEYS = 50_000
MOST_CONNECTIONS = 16
PATIENCE = timedelta(milliseconds=500)
PAUSE = timedelta(seconds=5)

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


class Count(NamedTuple):
    """Say how often a key was counted in its window, and how many seconds of that are left."""

    spent: int
    seconds_left: float


class Unreachable(Exception):
    """Say that the shared counters do not answer; `kind` names the error."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Counters(Protocol):
    """Count one use of a key."""

    async def count(self, key: str, window: timedelta) -> Count:
        """Count the key once and say where it stands."""


class OwnCounters:
    """Count in this process; of each length of window at most MOST_KEYS are kept, and the oldest give way."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Keys of one length of window stand in the order in which they end, so that old ones are dropped at the front.
        self._windows: defaultdict[timedelta, OrderedDict[str, tuple[int, float]]] = defaultdict(OrderedDict)

    async def count(self, key: str, window: timedelta) -> Count:
        """Count the key once and say where it stands."""
        now, kept = self._clock(), self._windows[window]
        while kept and next(iter(kept.values()))[1] <= now:
            kept.popitem(last=False)
        spent, ends = kept.get(key, (0, now + window.total_seconds()))
        kept[key] = (spent + 1, ends)
        if len(kept) > MOST_KEYS:
            kept.popitem(last=False)
        return Count(spent + 1, ends - now)


class SharedCounters:
    """Count in Redis; after a failure it is left alone for PAUSE, so that callers wait PATIENCE once and not each."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        seconds = PATIENCE.total_seconds()
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=seconds,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(COUNT)
        self._clock = clock
        self._asks_again_at = clock()

    async def count(self, key: str, window: timedelta) -> Count:
        """Count the key once and say where it stands; raises Unreachable."""
        if self._clock() < self._asks_again_at:
            raise Unreachable("Pause")
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                spent, milliseconds = await self._script([key], [window // timedelta(milliseconds=1)])
        except (RedisError, OSError, TimeoutError) as error:
            self._asks_again_at = self._clock() + PAUSE.total_seconds()
            raise Unreachable(type(error).__name__) from None
        return Count(spent, milliseconds / 1000)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
