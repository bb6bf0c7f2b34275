"""Measure eight moderators who decide at the same time, with all open cases of a world waiting."""

import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from uuid import UUID

from bench.figures import Figure, at_most
from bench.worlds import Client, Worlds, inhabited

MODERATORS = 8
DECISIONS = 20
MOST_MILLISECONDS = 15.0


def measure(worlds: Worlds, engine: str, size: int, folder: Path, rounds: int) -> list[Figure]:
    """Give the median time of a decision of one among eight, over a socket, with the commit."""
    times: list[float] = []
    with inhabited(worlds.url(engine, size), folder) as place, ThreadPoolExecutor(MODERATORS) as people:
        seats = [place.another(place.moderator) for _ in range(MODERATORS)]
        for _ in range(rounds):
            shares = [[next(place.cases) for _ in range(DECISIONS)] for _ in seats]
            for found in people.map(_decide, seats, shares):
                times += found
        for seat in seats:
            seat.close()
    what = f"decision, {MODERATORS} moderators at once, {size // 10:,} open cases"
    return [at_most(engine, what, statistics.median(times), MOST_MILLISECONDS)]


def _decide(seat: Client, cases: list[UUID]) -> list[float]:
    times = []
    for case_id in cases:
        start = perf_counter()
        ruling = {"verdict": "approve", "revision": 1}
        seat.send("POST", f"/v1/moderation/cases/{case_id}/decisions", ruling, expect=(201,))
        times.append((perf_counter() - start) * 1_000)
    return times
