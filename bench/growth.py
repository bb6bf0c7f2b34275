"""Measure what readers, authors and moderators wait for in a large world and in a small one, over a socket, in turn."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from bench.figures import Figure, interleaved, medians, ratio_at_most
from bench.words import Writer
from bench.worlds import Place, Worlds, inhabited
from models.base import new_id

MOST_GROWTH = 1.5
MOST_QUEUE_GROWTH = 1.3
TIMES = 12


def acts_in(place: Place) -> Mapping[str, Callable[[], object]]:
    """Give what is timed in one world."""
    random = Random(2)
    return {**reading(place, random), **writing(place, random)}


def thread(place: Place, random: Random) -> str:
    """Choose a common thread."""
    return f"/v1/articles/{random.choice(place.articles)}/comments"


def reading(place: Place, random: Random) -> Mapping[str, Callable[[], object]]:
    """Give what is read. What is asked for with credentials is never answered from the cache."""
    member, moderator, nobody = place.member, place.moderator, place.nobody

    def some_counts() -> str:
        return "&".join(f"article={article}" for article in random.sample(list(place.articles), 20))

    hot = f"/v1/articles/{place.articles[0]}/comments"
    changes = f"/v1/articles/{place.articles[1]}/changes?after=50"
    return {
        "page of 50, hot": lambda: nobody.get(hot),
        "page of 50, cold": lambda: member.get(thread(place, random)),
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
        "post": lambda: write(thread(place, random)),
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
    return [
        ratio_at_most(
            engine,
            name,
            found[f"many {name}"],
            found[f"few {name}"],
            MOST_QUEUE_GROWTH if name.startswith("queue") else MOST_GROWTH,
        )
        for name in in_few
    ]
