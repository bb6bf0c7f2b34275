"""Limit how often somebody may do something, by one table, and say in headers where they stand.

The headers follow draft-ietf-httpapi-ratelimit-headers. A limit is never the cause of a failure: while Redis does not
answer, each process counts for itself and grants its share.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Literal, NamedTuple, Self

import structlog
from fastapi import Request

from api.counters import Count, OwnCounters, SharedWindows, Unreachable
from models.errors import RateLimited
from settings import Settings

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SAID_EVERY = MINUTE
logger = structlog.get_logger("forum.limits")


class Limit(NamedTuple):
    """Grant so many uses in a window to each of those who are told apart as the sentence says."""

    quota: int
    window: timedelta
    sentence: str


# Whoever spends names one of these, which is checked before anything runs.
LimitName = Literal["write", "sign_in", "refresh", "registration", "recovery", "export"]
LIMITS: Mapping[LimitName, Limit] = {
    "write": Limit(120, MINUTE, "Each user may write twice a second all along; only a machine does."),
    "sign_in": Limit(300, MINUTE, "Each client network may ask for tokens; a mobile carrier's has thousands of users."),
    "refresh": Limit(
        3_000, MINUTE, "Each client network may go on with sessions; an open page does six times an hour."
    ),
    "registration": Limit(30, MINUTE, "Each client network may open accounts; a classroom does it all at once."),
    "recovery": Limit(30, HOUR, "Each client network may ask for mail."),
    "export": Limit(10, HOUR, "Each user may take all that is held on them; it reads as much as a thousand pages."),
}


class Standing(NamedTuple):
    """Say where somebody stands in one limit."""

    name: str
    quota: int
    window: timedelta
    counted: Count

    def policy(self) -> str:
        """Write the member of RateLimit-Policy."""
        return f'"{self.name}";q={self.quota};w={self.window // timedelta(seconds=1)}'

    def rest(self) -> str:
        """Write the member of RateLimit."""
        return f'"{self.name}";r={max(0, self.quota - self.counted.spent)};t={math.ceil(self.counted.seconds_left)}'


def limit_headers(standings: Iterable[Standing]) -> dict[str, str]:
    """Give the headers that tell a client where it stands; nothing where nothing was spent."""
    known = list(standings)
    if not known:
        return {}
    return {
        "RateLimit-Policy": ", ".join(standing.policy() for standing in known),
        "RateLimit": ", ".join(standing.rest() for standing in known),
    }


class Limiter:
    """Count what is spent and refuse what is too much."""

    def __init__(
        self,
        shared: SharedWindows | None = None,
        *,
        workers: int = 1,
        is_on: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own, self._shared = OwnCounters(clock), shared
        self._workers, self._is_on, self._clock = workers, is_on, clock
        self._says_again_at = clock()

    @classmethod
    def open(cls, settings: Settings, *, workers: int = 1) -> Self:
        """Make the limiter of one of so many processes, as the settings say; it connects when first needed."""
        shared = _shared(settings.redis_url) if settings.redis_url else None
        return cls(shared, workers=workers, is_on=settings.rate_limits)

    async def spend(self, name: LimitName, who: str, request: Request) -> None:
        """Count one use and leave the standing on the request for its headers; raises RateLimited."""
        if not self._is_on:
            return
        standing = await self._stand(name, LIMITS[name], who)
        request.scope.setdefault("state", {}).setdefault("standings", []).append(standing)
        if standing.counted.spent > standing.quota:
            raise RateLimited(timedelta(seconds=standing.counted.seconds_left))

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._shared:
            await self._shared.close()

    async def _stand(self, name: LimitName, limit: Limit, who: str) -> Standing:
        # Neither an address nor an e-mail is kept in clear outside of the database.
        key = f"forum:{name}:{blake2b(who.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"
        if self._shared:
            try:
                counted = await self._shared.count(key, limit.window)
                return Standing(name, limit.quota, limit.window, counted)
            except Unreachable as error:
                self._say(error)
        share = max(1, limit.quota // self._workers)
        return Standing(name, share, limit.window, await self._own.count(key, limit.window))

    def _say(self, error: Unreachable) -> None:
        if self._clock() >= self._says_again_at:
            self._says_again_at = self._clock() + SAID_EVERY.total_seconds()
            logger.warning("redis does not answer, so this process grants its share of the limits", kind=error.kind)


def _shared(url: str) -> SharedWindows:
    from api.shared_counters import SharedCounters  # noqa: PLC0415

    return SharedCounters(url, time.monotonic)
