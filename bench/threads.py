"""Measure pages of threads of 100, 5 000 and 100 000 comments: hot, cold, beside a load, the last, a whole thread."""

import re
import shutil
import statistics
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path
from random import Random
from time import perf_counter

from rich.progress import track

from bench.figures import Figure, at_most, console, interleaved, medians, ratio_at_most, share_at_least
from bench.growth import writing
from bench.loading import load, read_without_pause, server_of
from bench.worlds import Client, Place, Worlds, inhabited

LEAST_HOT = 0.9
MOST_LAST = 1.2
MOST_WHOLE, MOST_FIRST_BYTE = 200.0, 5.0
MOST_BESIDE_READERS, READERS = 15.0, 4
SECONDS = 2
PAGES_A_ROUND = 20
NEXT = re.compile(r"<([^>]+)>")


def measure(worlds: Worlds, engine: str, size: int, folder: Path, rounds: int) -> list[Figure]:
    """Give the figures of one world."""
    with inhabited(worlds.url(engine, size), folder) as place:
        figures = [*_last(engine, place, rounds), _first_byte(engine, place, rounds), _whole(engine, place, rounds)]
        if shutil.which("wrk"):
            figures += [_hot(engine, place, rounds), *_busy(engine, place, rounds)]
        return figures


def _busy(engine: str, place: Place, rounds: int) -> Iterator[Figure]:
    """Time what no cache answers while others read a page that one does, as fast as they can."""
    articles = cycle(place.articles)
    written = writing(place, Random(4))
    acts = {
        "cold page of 50": lambda: place.member.get(f"/v1/articles/{next(articles)}/comments?limit=50"),
        "page of 50 of the queue": lambda: place.moderator.get("/v1/moderation/cases?limit=50"),
        **{what: written[what] for what in ("post", "decision")},
    }
    with read_without_pause(f"{place.service.url}/v1/articles/small/comments?limit=50", clients=READERS):
        found = medians(interleaved(acts, rounds=rounds, times=PAGES_A_ROUND))
    for what, number in found.items():
        yield at_most(engine, f"{what}, beside {READERS} readers who never pause", number, MOST_BESIDE_READERS)


def _hot(engine: str, place: Place, rounds: int) -> Figure:
    rates: dict[str, list[float]] = {"small": [], "large": []}
    for _ in track(range(rounds), description="hot pages", console=console, transient=True):
        for article, found in rates.items():
            path = f"/v1/articles/{article}/comments?limit=100"
            found.append(load(server_of(place.service), path, SECONDS, headers={"Accept-Encoding": "gzip"}).requests)
    large, small = statistics.median(rates["large"]), statistics.median(rates["small"])
    return share_at_least(
        engine, "hot page of 100 out of the longest thread, beside 100 of 100", large, small, LEAST_HOT
    )


def _last(engine: str, place: Place, rounds: int) -> Iterator[Figure]:
    """Set the last page of the longest thread beside its first, with credentials, so that no cache answers."""
    last = dict(
        track(map(_end_of, [place] * 3, SORTS), total=3, description="to the ends", console=console, transient=True)
    )
    for sort in SORTS:
        first = f"/v1/articles/large/comments?sort={sort}"
        acts = {
            "first": lambda path=first: place.member.get(path),
            "last": lambda path=last[sort]: place.member.get(path),
        }
        found = medians(interleaved(acts, rounds=rounds, times=PAGES_A_ROUND))
        what = f"last page of the longest thread beside its first, {sort}"
        yield ratio_at_most(engine, what, found["last"], found["first"], MOST_LAST)


SORTS = ("conversation", "newest", "top")


def _end_of(place: Place, sort: str) -> tuple[str, str]:
    """Go to the last page that is full, by pages of 50, or as far as hundred times that from the first."""
    path = f"/v1/articles/large/comments?sort={sort}"
    before = path
    while (following := _next(place.member, path)) is not None:
        before, path = path, following
    return sort, before


def _next(client: Client, path: str) -> str | None:
    link = NEXT.search(client.get(path).headers.get("link", ""))
    return link.group(1) if link else None


def _first_byte(engine: str, place: Place, rounds: int) -> Figure:
    """Time the first byte of pages that nobody has asked for before: each limit makes another page."""
    times = []
    for limit in range(50, 50 - rounds, -1):
        for article in place.articles[:PAGES_A_ROUND]:
            times.append(place.nobody.get(f"/v1/articles/{article}/comments?limit={limit}").first_byte)
    return at_most(engine, "first byte of a cold page of 50", statistics.median(times), MOST_FIRST_BYTE)


def _whole(engine: str, place: Place, rounds: int) -> Figure:
    """Read the thread of 5 000 from its first page to its last; each limit makes pages of its own."""
    limits, times = count(100, -1), []
    for _ in range(rounds):
        path: str | None = f"/v1/articles/medium/comments?limit={next(limits)}"
        start = perf_counter()
        while path is not None:
            path = _next(place.nobody, path)
        times.append((perf_counter() - start) * 1_000)
    return at_most(engine, "whole thread `medium`, cold, by pages of 100", statistics.median(times), MOST_WHOLE)
