"""Measure what readers, authors and moderators wait for in a large world and in a small one, over a socket, in turn.

What is asked for again lies in the memory of the system in both worlds, so that the ratio is about their size. How much
longer a page takes that has to be fetched from the disk is a figure of its own.
"""

import os
import statistics
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter
from uuid import UUID

from sqlalchemy import make_url

from bench.figures import Figure, interleaved, medians, ratio_at_most
from bench.words import Writer
from bench.worlds import Place, Worlds, inhabited
from models.base import new_id

MOST_GROWTH = 1.5
MOST_QUEUE_GROWTH = 1.3
TIMES = 12
# As many in the small world as in the large one, which has a hundred times as many to choose from.
DISCUSSIONS = 20


def acts_in(place: Place) -> Mapping[str, Callable[[], object]]:
    """Give what is timed in one world."""
    random = Random(2)
    return {**reading(place, random), **writing(place, random)}


def thread_of(article: UUID) -> str:
    """Name the thread below an article."""
    return f"/v1/articles/{article}/comments"


def reading(place: Place, random: Random) -> Mapping[str, Callable[[], object]]:
    """Give what is read. What is asked for with credentials is never answered from the cache."""
    member, moderator, nobody = place.member, place.moderator, place.nobody

    def some_counts() -> str:
        return "&".join(f"article={article}" for article in random.sample(list(place.articles), 20))

    hot = thread_of(place.articles[0])
    # Each has been read before it is timed.
    known = cycle([thread_of(article) for article in place.articles[:DISCUSSIONS]])
    for _ in range(DISCUSSIONS):
        member.get(next(known))
    changes = f"/v1/articles/{place.articles[1]}/changes?after=50"
    return {
        "page of 50, hot": lambda: nobody.get(hot),
        "page of 50, cold": lambda: member.get(next(known)),
        "page of 50 of the longest thread, newest, cold": lambda: member.get("/v1/articles/large/comments?sort=newest"),
        "page of 50 of the longest thread, top, cold": lambda: member.get("/v1/articles/large/comments?sort=top"),
        "single comment": lambda: nobody.get(f"/v1/comments/{random.choice(place.comments)}"),
        "counts of 20 articles": lambda: nobody.get(f"/v1/counts?{some_counts()}"),
        "list of articles": lambda: member.get("/v1/articles"),
        "own comments": lambda: member.get("/v1/me/comments"),
        "changes since a number": lambda: member.get(changes),
        "queue page of 50": lambda: moderator.get("/v1/moderation/cases"),
        "summary": lambda: moderator.get("/v1/moderation/summary"),
        "log of decisions": lambda: moderator.get("/v1/moderation/decisions"),
    }


def writing(place: Place, random: Random) -> Mapping[str, Callable[[], object]]:
    """Give what is written."""
    writer = Writer(random)
    member, moderator = place.member, place.moderator

    def decide() -> None:
        ruling = {"verdict": "approve", "revision": 1}
        moderator.send("POST", f"/v1/moderation/cases/{next(place.cases)}/decisions", ruling, expect=(201,))

    def react() -> None:
        path = f"/v1/comments/{random.choice(place.comments)}/reactions/agree"
        member.send("PUT", path, expect=(200, 204))

    def write(path: str) -> None:
        member.send("POST", path, {"body": f"{writer.text().body} {new_id()}"}, expect=(201,))

    return {
        "post": lambda: write(thread_of(random.choice(place.articles))),
        "reply at the end of the longest thread": lambda: write(f"/v1/comments/{place.newest_of_large}/replies"),
        "decision": decide,
        "reaction": react,
    }


def measure(worlds: Worlds, engine: str, sizes: tuple[int, int], folder: Path, rounds: int) -> list[Figure]:
    """Give the figures of the larger world beside those of the smaller."""
    small, large = (worlds.url(engine, size) for size in sizes)
    folders = [folder / f"{engine}_{size}" for size in sizes]
    for one in folders:
        one.mkdir(parents=True, exist_ok=True)
    with inhabited(small, folders[0]) as few, inhabited(large, folders[1]) as many:
        acts = {}
        in_few, in_many = acts_in(few), acts_in(many)
        for name in in_few:
            acts |= {f"few {name}": in_few[name], f"many {name}": in_many[name]}
        found = medians(interleaved(acts, rounds=rounds, times=TIMES))
        # Last, since all else would have to come from the disk again after it.
        from_disk = [_from_disk(engine, (few, small), (many, large))] if engine == "sqlite" else []
    growth = [
        ratio_at_most(
            engine,
            name,
            found[f"many {name}"],
            found[f"few {name}"],
            MOST_QUEUE_GROWTH if name.startswith("queue") else MOST_GROWTH,
        )
        for name in in_few
    ]
    return [*growth, *from_disk]


def _from_disk(engine: str, *worlds: tuple[Place, str]) -> Figure:
    """Read threads of which the system holds nothing; what PostgreSQL holds itself cannot be taken from it."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(DISCUSSIONS):
        for (place, url), found in zip(worlds, times, strict=True):
            forget(Path(make_url(url).database or ""))
            start = perf_counter()
            place.member.get(thread_of(place.articles[number]))
            found.append((perf_counter() - start) * 1_000)
    few, many = map(statistics.median, times)
    return ratio_at_most(engine, "page of 50, cold, from the disk", many, few, MOST_GROWTH)


def forget(path: Path) -> None:
    """Ask the system to let go of what it holds of a file."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
