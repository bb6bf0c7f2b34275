"""What one process keeps ready is what any other would render now, whoever wrote and through which of them.

Two services stand on one database, each with connections, numbers and hints of its own. A third renders every page
anew: by that the kept ones are judged, byte for byte, in every encoding.
"""

import gzip
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import brotli
import pytest
from starlette.types import ASGIApp

from api.json_ld import MEDIA_TYPE as JSON_LD
from tests.api.turmoil import Turmoil
from tests.recount import differences
from tests.service import Service, running_service

# A page may be so old on a process that was not told, counted from the answer to who changed it.
OLDEST = 0.25
NEVER = float("-inf")
DECODE: dict[str, Any] = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}
DRILL = (pytest.mark.drill, pytest.mark.timeout(1_800))


class Address(NamedTuple):
    """Name one page, and in which form it is asked for."""

    url: str
    accept: str = "*/*"


class Answer(NamedTuple):
    """Hold what must agree of two answers; of a refusal only its status does."""

    status: int
    body: bytes = b""
    tag: str = ""
    link: str | None = None
    media_type: str | None = None


class Sent(NamedTuple):
    """Hold the messages of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(service: Service, app: ASGIApp, address: Address, **headers: str) -> Sent:
    """Ask an application without a client between, which would undo encodings."""
    path, _, query = address.url.partition("?")
    given = {"host": "testserver", "accept": address.accept} | headers
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
        "http_version": "1.1",
    }
    assert service.client.portal is not None
    service.client.portal.call(app, scope, receive, send)
    start, *rest = messages
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Sent(start["status"], answered, b"".join(message.get("body", b"") for message in rest))


def answer_of(sent: Sent) -> Answer:
    """Give what must agree."""
    if sent.status != 200:
        return Answer(sent.status)
    coding = sent.headers.get("content-encoding", "identity")
    assert int(sent.headers["content-length"]) == len(sent.body)
    tag = sent.headers["etag"].replace(f'-{coding}"', '"')
    return Answer(200, DECODE[coding](sent.body), tag, sent.headers.get("link"), sent.headers["content-type"])


class Judge:
    """Render every page anew, and remember what each was before and until when."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._now: dict[Address, Answer] = {}
        self._before: dict[Address, list[tuple[Answer, float]]] = {}

    def look(self, addresses: list[Address], changed_at: float) -> None:
        """Render the pages again, after a change whose answer came at an instant."""
        for address in addresses:
            seen = answer_of(ask(self._service, self._service.app.front.app, address))
            if address in self._now and self._now[address] != seen:
                self._before.setdefault(address, []).append((self._now[address], changed_at))
            self._now[address] = seen

    def allows(self, address: Address, answer: Answer, *, asked_at: float, oldest: float) -> bool:
        """Tell whether an answer is right, or was no longer ago than it may be."""
        recent = [was for was, until in self._before.get(address, []) if asked_at - until < oldest]
        return answer == self._now[address] or answer in recent

    def known(self, address: Address) -> list[Answer]:
        """Give all that a page ever was."""
        return [self._now[address], *(was for was, _ in self._before.get(address, []))]

    def following(self, address: Address) -> list[Address]:
        """Give the page after this one, where there is one."""
        link = self._now[address].link
        return [Address(link.partition("<")[2].partition(">")[0])] if link else []


def pages_of(on: Turmoil) -> list[Address]:
    """Name every kind of page that is kept, in all orders and several sizes."""
    article, other, analysis = on.articles[0]["id"], on.articles[1]["id"], on.analyses[0]["id"]
    threads = [f"/v1/articles/{article}/comments", f"/v1/analyses/{analysis}/comments"]
    orders = [f"sort={sort}&limit={limit}" for sort in ("conversation", "newest", "top") for limit in (2, 100)]
    urls = [f"{thread}?{order}" for thread in threads for order in orders]
    urls += [f"/v1/articles/{on.articles[0]['slug']}/comments", f"/v1/articles/{article}", f"/v1/articles/{other}"]
    urls += [f"/v1/counts?article={article}", f"/v1/counts?article={article}&article={other}"]
    urls += [f"/v1/articles/{article}/analyses", f"/v1/articles/{other}/analyses", f"/v1/analyses/{analysis}"]
    urls += [f"/v1/articles/{article}/changes?after={after}&limit=3" for after in (0, 5)]
    feeds = [f"/v1/articles/{article}/feed.atom", f"/v1/experts/{on.people['expert'].id}/feed.atom", "/v1/feed.atom"]
    urls += [f"{feed}{size}" for feed in feeds for size in ("", "?limit=2")]
    linked = [Address(f"/v1/{path}", JSON_LD) for path in (f"articles/{article}", f"analyses/{analysis}")]
    return [*(Address(url) for url in urls), *linked]


def read_at(service: Service, address: Address, chance: Random, judge: Judge) -> tuple[Address, float, Answer]:
    """Read a page as some client would, in some encoding, with or without one of its forms; say when that began."""
    coding = chance.choice(list(DECODE))
    suffix = "" if coding == "identity" else f"-{coding}"
    old = chance.choice(judge.known(address))
    has = {"if_none_match": old.tag[:-1] + suffix + '"'} if old.tag and chance.random() < 0.3 else {}
    asked_at = time.monotonic()
    sent = ask(service, service.app, address, accept_encoding=coding, **has)
    if sent.status == 304:
        assert has == {"if_none_match": sent.headers["etag"]}, address
        return address, asked_at, old
    return address, asked_at, answer_of(sent)


@pytest.fixture
def three(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Service]]:
    """Run three services on one database, without what else they do by the clock."""
    monkeypatch.setattr("api.application.upkeep", lambda chores: [])
    monkeypatch.setattr("api.application.delivery", lambda chores: [])
    # What closes and folds by the clock makes hours of a long run.
    monkeypatch.setattr("auth.tokens.ACCESS_LIFETIME", timedelta(days=1))
    with ExitStack() as stack:
        yield [stack.enter_context(running_service(database_url, tmp_path)) for _ in range(3)]


@pytest.mark.parametrize(("seed", "steps"), [(1, 10), *(pytest.param(seed, 60, marks=DRILL) for seed in range(2, 12))])
def test_every_kept_page_is_what_would_be_rendered_now(
    three: list[Service], engine: str, seed: int, steps: int
) -> None:
    first, second, third = three
    chance, judge = Random(seed), Judge(third)
    on = Turmoil((first, second, third), chance)
    pages, following = pages_of(on), list[Address]()
    judge.look(pages, time.monotonic())
    oldest = OLDEST if engine == "postgresql" else 0.0
    for _ in range(steps):
        writer, other = chance.sample((first, second), 2)
        act = on.act(writer)
        changed_at = time.monotonic()
        assert third.read(differences) == [], act
        early = [read_at(other, address, chance, judge) for address in chance.sample(pages, 4)]
        judge.look([*pages, *following], changed_at)
        # What goes stale on a process that was told of nothing is given time to, now and then.
        time.sleep(chance.choice((0.0, 0.0, 0.3)))
        late = chance.sample([*pages, *following], 12)
        for address in late:
            _, _, answer = read_at(writer, address, chance, judge)
            assert judge.allows(address, answer, asked_at=0.0, oldest=NEVER), (act, address)
        for address, asked_at, answer in (*early, *(read_at(other, address, chance, judge) for address in late)):
            assert judge.allows(address, answer, asked_at=asked_at, oldest=oldest), (act, address)
        following = [after for address in pages for after in judge.following(address)]
        judge.look(following, changed_at)
