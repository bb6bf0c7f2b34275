"""Count what is limited in Redis, for all processes at once; loaded only where one is named, since it is large."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from api.counters import Count, Unreachable

MOST_CONNECTIONS = 16
PATIENCE = timedelta(milliseconds=500)
PAUSE = timedelta(seconds=5)

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


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
