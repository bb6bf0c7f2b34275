"""Measure what is read again and again beside bare answers of the same bytes: a part of `bench.service`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx

from bench.loading import PASSWORD, Rate, Server, keep_page, load, server_of
from tests.processes import Process

COUNTED = 20
GZIP = {"Accept-Encoding": "gzip"}


class Hot(NamedTuple):
    """Name what is asked for, and with which headers."""

    path: str
    headers: dict[str, str]


def hot_reads(service: Process, article: Any) -> dict[str, Hot]:
    """Name what readers ask for: pages, counts as a front page shows them, one article and its feed."""
    editor = service.caller("editor@example.org", PASSWORD)
    others = [
        editor.call("POST", "/v1/articles", {"title": f"موارد {number}"}, expect=201).json()["id"]
        for number in range(COUNTED - 1)
    ]
    thread = f"/v1/articles/{article['id']}/comments?limit=50"
    counts = "/v1/counts?" + "&".join(f"article={each}" for each in (article["id"], *others))
    tag = httpx.get(service.url + thread, headers=GZIP).headers["etag"]
    return {
        "page of 50, gzip": Hot(thread, GZIP),
        "page of 50, plain": Hot(thread, {}),
        "page of 50, not modified": Hot(thread, {**GZIP, "If-None-Match": tag}),
        f"counts of {COUNTED} articles": Hot(counts, {}),
        "one article": Hot(f"/v1/articles/{article['id']}", GZIP),
        "feed of an article": Hot(f"/v1/articles/{article['id']}/feed.atom", GZIP),
        "feed of all": Hot("/v1/feed.atom", GZIP),
    }


def hot_runs(service: Process, reads: dict[str, Hot], bare: Server) -> dict[str, Callable[[int], Rate]]:
    """Pair each read with its floor."""
    runs: dict[str, Callable[[int], Rate]] = {}
    for number, (name, hot) in enumerate(reads.items()):
        runs[f"floor: {name}"] = partial(load, bare, f"/{number}", headers=hot.headers)
        runs[name] = partial(load, server_of(service), hot.path, headers=hot.headers)
    return runs


def keep_pages(service: Process, reads: dict[str, Hot], folder: Path) -> None:
    """Keep the answers for the floor, by the numbers of the reads."""
    for number, hot in enumerate(reads.values()):
        keep_page(service.url + hot.path, folder / f"page{number}.json", hot.headers)
