"""Count what is limited, in windows that begin with their first count, in this process."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, Protocol

MOST_KEYS = 50_000


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


class SharedWindows(Counters, Protocol):
    """Count for several processes."""

    async def close(self) -> None:
        """Close what is open for it."""


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
        # Of two floats the difference may come out a little longer than the window.
        return Count(spent + 1, min(ends - now, window.total_seconds()))
