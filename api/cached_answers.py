"""Count the answers that left as ready bytes, at less cost than a counter with a lock."""

from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, Metric


class Tally:
    """Count answers of one route and status, on the event loop alone."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


class CachedAnswers:
    """Hold a tally for each route and status."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, int], Tally] = {}

    def tally(self, route: str, status: int) -> Tally:
        """Give the tally to count at."""
        return self._tallies.setdefault((route, status), Tally())

    def collect(self) -> Iterator[Metric]:
        """Give the counts to the exposition."""
        family = CounterMetricFamily("forum_cached_answers", "Answers from ready bytes.", labels=["route", "status"])
        for (route, status), tally in list(self._tallies.items()):
            family.add_metric([route, str(status)], tally.number)
        yield family


CACHED = CachedAnswers()
REGISTRY.register(CACHED)
