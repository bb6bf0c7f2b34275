"""Public pages leave as the bytes they were while their article's number stands, and never longer."""

import asyncio
import gc
import gzip
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import brotli
import pytest
from starlette.types import Receive, Scope, Send

from api import thread_cache
from api.cached_answers import CACHED
from api.codings import best_coding
from api.cors import Cors
from api.gate import ANSWERS
from api.thread_cache import MOST_BYTES, ThreadCache
from tests.api.analyses import drafted
from tests.service import Person, Service, running_service

ROUTE = "/v1/articles/{article}/comments"
LONG = "كلام مفيد عن الماء والزراعة وما بينهما. " * 40


def hits(status: int = 200) -> int:
    """Count the answers that the cache gave for threads."""
    return CACHED.tally(ROUTE, status).number


@pytest.fixture
def article(service: Service, member: Person, moderator: Person) -> Any:
    """Give an article with a public comment."""
    article = service.article()
    service.approved(member, moderator, article, LONG)
    return article


class TestHit:
    def test_second_reader_gets_the_same_bytes_without_the_application(self, service: Service, article: Any) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        first = service.nobody.get(path)
        rendered = render_counter(service)
        second = service.nobody.get(path)
        assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])
        assert rendered() == 0

    @pytest.mark.parametrize(
        ("accepted", "coding", "decode"),
        [
            ("gzip", "gzip", gzip.decompress),
            ("br, gzip", "br", brotli.decompress),
            ("identity", None, bytes),
        ],
    )
    def test_page_comes_in_the_encoding_asked_for(
        self, service: Service, article: Any, accepted: str, coding: str | None, decode: Callable[[bytes], bytes]
    ) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        plain = service.nobody.get(path, Accept_Encoding="identity")
        with service.client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join(answer.iter_raw())
            assert answer.headers.get("content-encoding") == coding
            assert int(answer.headers["content-length"]) == len(raw)
            assert (answer.headers["etag"] == plain.headers["etag"]) == (coding is None)
        assert decode(raw) == plain.content

    def test_reader_who_has_the_page_gets_304(self, service: Service, article: Any) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        tag = service.nobody.get(path).headers["etag"]
        before = hits(304)
        answer = service.nobody.get(path, If_None_Match=f'"1.other", W/{tag}')
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert hits(304) == before + 1

    def test_hit_carries_request_id_and_caching_like_any_answer(self, service: Service, article: Any) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        first = service.nobody.get(path, X_Request_ID="mine")
        second = service.nobody.get(path, X_Request_ID="yours")
        third = service.nobody.get(path, X_Request_ID="not sane!")
        assert (first.headers["x-request-id"], second.headers["x-request-id"]) == ("mine", "yours")
        assert third.headers["x-request-id"] not in {"mine", "yours", "not sane!"}
        assert second.headers["cache-control"] == "public, max-age=0, must-revalidate"
        assert set(second.headers["vary"].split(", ")) >= {"Authorization", "Accept-Encoding", "Origin"}

    def test_reader_with_credentials_gets_the_same_bytes_not_to_be_stored(
        self, service: Service, article: Any, member: Person
    ) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        public, own = service.nobody.get(path), member.get(path)
        assert own.content == public.content
        assert own.headers["cache-control"] == "private, no-store"
        assert service.nobody.get(path, Authorization="Bearer bad").status_code == 401

    @pytest.mark.parametrize("accepted", ["br", "gzip", "identity"])
    def test_reader_with_credentials_shares_the_page_that_is_ready(
        self, service: Service, article: Any, member: Person, accepted: str
    ) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        public = service.nobody.get(path, Accept_Encoding=accepted)
        rendered = render_counter(service)
        own = member.get(path, Accept_Encoding=accepted)
        assert rendered() == 0
        for name in ("etag", "content-length", "content-type", "vary"):
            assert own.headers[name] == public.headers[name]
        assert own.headers.get("content-encoding") == public.headers.get("content-encoding")
        again = member.get(path, Accept_Encoding=accepted, If_None_Match=own.headers["etag"])
        assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-store")
        assert service.nobody.get(path, Accept_Encoding=accepted).headers["cache-control"].startswith("public")

    def test_reader_with_credentials_never_gets_a_page_that_another_process_has_made_old(
        self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with running_service(database_url, tmp_path) as here, running_service(database_url, tmp_path) as there:
            monkeypatch.setattr(here.app.state.versions, "hear", lambda numbers: None)
            member, moderator = there.person(), there.person("moderator")
            article = there.article()
            path = f"/v1/articles/{article['id']}/comments"
            reader = Person(here.client, member.id, member.token, headers=member.headers)
            for number in range(5):
                assert len(reader.get(path).json()["items"]) == number
                there.approved(member, moderator, article, f"رأي {number}")

    def test_what_cannot_be_kept_is_rendered_once_for_whoever_asks(self, service: Service, member: Person) -> None:
        for person, method in ((member, "GET"), (member, "HEAD"), (service.nobody, "HEAD")):
            rendered = render_counter(service)
            answer = person.send(method, f"/v1/articles/{uuid4()}/comments")
            assert (answer.status_code, rendered()) == (404, 1)
            assert answer.headers["cache-control"] == ("private, no-store" if person is member else "no-store")
            assert bool(answer.content) is (method == "GET")

    def test_lines_of_one_header_are_one_list(self, service: Service, article: Any) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        coded = service.nobody.get(path, Accept_Encoding="br")
        lines = [("Accept-Encoding", "br"), ("Accept-Encoding", "identity;q=0.5")]
        lines += [("If-None-Match", coded.headers["etag"]), ("If-None-Match", '"1.other"')]
        assert service.client.get(path, headers=lines).status_code == 304

    def test_what_differs_by_reader_is_not_shared(self, service: Service, moderator: Person) -> None:
        article, expert = service.article(), service.person("expert")
        path = f"/v1/articles/{article['id']}/analyses"
        draft = drafted(expert, article)
        assert service.nobody.get(path).json()["items"] == []
        assert [item["id"] for item in expert.get(path).json()["items"]] == [draft["id"]]
        assert moderator.get(path).json()["items"] == []

    def test_refusals_to_a_reader_with_credentials_are_the_application_s(
        self, service: Service, member: Person
    ) -> None:
        unknown = f"/v1/articles/{uuid4()}/comments"
        answer = member.get(unknown)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "private, no-store")
        assert member.get(f"{unknown}?limit=0").status_code == 422

    def test_a_session_that_is_over_reads_nothing_ready(self, service: Service, article: Any) -> None:
        path, person = f"/v1/articles/{article['id']}/comments", service.person()
        assert person.get(path).status_code == 200
        [session] = person.get("/v1/auth/sessions").json()["items"]
        assert person.send("DELETE", f"/v1/auth/sessions/{session['id']}").status_code == 204
        assert person.get(path).status_code == 401

    def test_head_has_the_headers_of_the_get(self, service: Service, article: Any, member: Person) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        for person in (service.nobody, member):
            got = person.get(path, Accept_Encoding="br")
            head = person.send("HEAD", path, Accept_Encoding="br")
            assert (head.status_code, head.content) == (200, b"")
            for name in ("etag", "content-length", "content-encoding", "cache-control", "vary"):
                assert head.headers[name] == got.headers[name]
            assert person.send("HEAD", f"{path}?limit=0").status_code == 422


class TestFreshness:
    def test_approval_shows_in_the_next_answer(
        self, service: Service, article: Any, member: Person, moderator: Person
    ) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        for number in range(3):
            comment = service.comment(member, article, f"رأي {number}")
            waiting = service.nobody.get(path)
            assert len(waiting.json()["items"]) == 1 + number
            service.decide(moderator, comment)
            assert len(service.nobody.get(path).json()["items"]) == 2 + number

    def test_renamed_slug_leaves_nothing_behind(self, service: Service, article: Any) -> None:
        path = f"/v1/articles/{article['slug']}"
        assert service.nobody.get(path).status_code == 200
        assert service.person("editor").patch(f"/v1/articles/{article['id']}", {"slug": "جديد"}).status_code == 200
        assert service.nobody.get(path).status_code == 404

    def test_cached_answers_equal_uncached_ones_through_random_writes(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        chance = random.Random(7)
        article = service.article()
        comments: list[Any] = []
        pages = [f"/v1/articles/{article['id']}/comments?sort={sort}" for sort in ("conversation", "newest", "top")]
        pages += [f"/v1/articles/{article['id']}", f"/v1/counts?article={article['id']}"]
        for number in range(25):
            act = chance.choice(["post", "approve", "reply", "withdraw", "react"])
            perform(service, act, comments, article, member, moderator, number=number, chance=chance)
            for page in pages:
                # Reactions are folded in beside this, so what is right may change between two answers.
                before, cached, after = (
                    service.nobody.get(address)
                    for address in (unseen(page, f"{number}a"), page, unseen(page, f"{number}b"))
                )
                assert seen(cached) in {seen(before), seen(after)}, act


class TestBounds:
    @pytest.mark.anyio
    async def test_many_readers_of_one_page_cause_one_rendering(self) -> None:
        inner = Inner(versions=((1, 1),))
        cache = ThreadCache(inner, cors=Cors(()), state=State())
        answers = await asyncio.gather(*(ask(cache, "/v1/articles/a/comments") for _ in range(50)))
        assert inner.renderings == 1
        assert {answer[1]["body"] for answer in answers} == {inner.body}

    @pytest.mark.anyio
    async def test_kept_bytes_stay_within_their_bound(self) -> None:
        inner = Inner(versions=((1, 1),), body=b"x" * 1_000_000)
        cache = ThreadCache(inner, cors=Cors(()), state=State())
        for number in range(80):
            await ask(cache, f"/v1/articles/{number}/comments")
        assert cache._bytes <= MOST_BYTES
        assert sum(page.size for page in cache._pages.values()) == cache._bytes
        assert ("/v1/articles/79/comments", b"") in cache._pages

    @pytest.mark.anyio
    async def test_memory_stays_within_the_bound_whatever_pages_encodings_and_addresses(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(thread_cache, "MOST_BYTES", 1_500_000)
        chance, sizes = random.Random(3), (90, 900, 9_000, 90_000)
        tracemalloc.start()
        cache = ThreadCache(Various(chance, sizes), cors=Cors(()), state=State())
        for number in range(300):
            query = f"n={number}&{'x' * chance.choice((0, 4_000))}".encode()
            for coding in chance.sample((b"identity", b"gzip", b"br"), chance.choice((1, 3))):
                await ask(cache, "/v1/articles/a/comments", query, (b"accept-encoding", coding))
                assert cache._bytes <= 1_500_000
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(page.size for page in cache._pages.values()) == cache._bytes
        assert 300_000 < taken <= cache._bytes

    @pytest.mark.anyio
    async def test_page_that_is_read_outlasts_those_that_a_crawler_asks_for_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(thread_cache, "MOST_BYTES", 200_000)
        inner = Inner(versions=((1, 1),), body=b"x" * 10_000)
        cache = ThreadCache(inner, cors=Cors(()), state=State())
        for number in range(100):
            await ask(cache, "/v1/articles/hot/comments")
            await ask(cache, f"/v1/articles/{number}/comments")
        assert inner.renderings == 101

    @pytest.mark.anyio
    async def test_short_page_goes_out_plain_and_is_made_ready_once(self) -> None:
        cache = ThreadCache(Inner(versions=((1, 1),)), cors=Cors(()), state=State())
        bodies = [(await ask(cache, "/v1/counts", b"", (b"accept-encoding", b"gzip")))[1] for _ in range(2)]
        assert bodies[0] is bodies[1]

    @pytest.mark.anyio
    @pytest.mark.parametrize("status", [404, 503])
    async def test_failed_rendering_is_neither_kept_nor_waited_for(self, status: int) -> None:
        inner = Inner(versions=((1, 1),), status=status)
        cache = ThreadCache(inner, cors=Cors(()), state=State())
        answers = await asyncio.gather(*(ask(cache, "/v1/articles/a/comments") for _ in range(5)))
        assert {answer[0]["status"] for answer in answers} == {status}
        assert not cache._pages
        # One finds that there is nothing to share; all who waited for that are then answered at the same time.
        assert inner.most_at_once == 4


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("gzip;q=0.000", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("GZIP", "gzip"),
        ("zstd", "identity"),
    ],
)
def test_coding_is_chosen_by_what_the_client_takes(header: str, coding: str) -> None:
    assert best_coding(header) == coding


class Versions:
    """Hold every number to stand."""

    def now(self) -> Any:
        return "always"

    def holds(self, moment: Any) -> bool:
        return moment is not None

    def moment_of(self, versions: Any) -> Any:
        return "always"

    async def confirm(self, versions: Any) -> Any:
        return "always"


class State:
    """Hold what the cache asks of an application."""

    versions = Versions()


class Inner:
    """Answer as an application would, slowly, and count."""

    def __init__(self, *, versions: Any, body: bytes = b'{"items": []}', status: int = 200) -> None:
        self.versions, self.body, self.status, self.renderings = versions, body, status, 0
        self.at_once = self.most_at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.renderings += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        scope["state"]["versions"] = self.versions
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"etag", b'"1.a"')]})
        await send({"type": "http.response.body", "body": self.body})


class Various:
    """Answer with pages of all sizes that compress badly, for many articles or few."""

    def __init__(self, chance: random.Random, sizes: tuple[int, ...]) -> None:
        self._chance, self._sizes = chance, sizes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = self._chance.choice((1, 100))
        scope["state"]["versions"] = tuple((uuid4(), 1_000 + place) for place in range(number))
        headers = [(b"etag", b'"1.a"'), (b"link", b"<" + b"l" * 300 + b">")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._chance.randbytes(self._chance.choice(self._sizes))})


async def ask(cache: ThreadCache, path: str, query: bytes = b"", *headers: tuple[bytes, bytes]) -> list[Any]:
    """Ask the cache for a page and give the messages of its answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": list(headers)}
    await cache(scope, receive, send)
    return sent


def render_counter(service: Service) -> Callable[[], int]:
    """Count from here on how often the application renders a thread."""

    def rendered() -> float:
        return sum(
            sample.value
            for metric in ANSWERS.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["route"] == ROUTE
        )

    before = rendered()
    return lambda: int(rendered() - before)


def unseen(page: str, mark: str) -> str:
    """Give an address of the page that nobody has asked for."""
    return f"{page}{'&' if '?' in page else '?'}fresh={mark}"


def seen(answer: Any) -> tuple[bytes, str]:
    """Give what must agree of two answers."""
    return answer.content, answer.headers["etag"]


def perform(
    service: Service,
    act: str,
    comments: list[Any],
    article: Any,
    member: Person,
    moderator: Person,
    *,
    number: int,
    chance: random.Random,
) -> None:
    """Do one thing that may or may not change what the public sees."""
    if act in {"post", "approve"} or not comments:
        comment = service.comment(member, article, f"قول {number}")
        if act == "approve":
            service.decide(moderator, comment)
            comments.append(comment)
        return
    target = chance.choice(comments)
    path = f"/v1/comments/{target['id']}"
    if act == "reply":
        answer = member.post(f"{path}/replies", {"body": f"رد {number}"})
        if answer.status_code == 201:
            service.decide(moderator, answer.json())
            comments.append(answer.json())
    elif act == "withdraw":
        member.delete(path)
    else:
        moderator.put(f"{path}/reactions/agree")
