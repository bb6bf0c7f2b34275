"""However many readers come for a page at once, it is rendered once for each of its versions, and encoded once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api import codings
from tests.service import Person, Service

READERS = 200
CODINGS = (b"identity", b"gzip", b"br")
LONG = "كلام مفيد عن الماء والزراعة وما بينهما. " * 40


class Counting:
    """Count what reaches the application behind the cache."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.asked = app, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked[scope["method"] + " " + scope["path"]] += 1
        await self.app(scope, receive, send)


@pytest.fixture
def behind(service: Service) -> Counting:
    """Count from here on."""
    counting = service.app.front.app = Counting(service.app.front.app)
    return counting


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List which encodings are made."""
    made: list[str] = []
    compress = codings.compress

    def counted(body: bytes, coding: str) -> bytes:
        made.append(coding)
        return compress(body, coding)

    monkeypatch.setattr(codings, "compress", counted)
    return made


async def read(app: ASGIApp, path: str, coding: bytes) -> bytes:
    """Read a page and give its bytes as they came."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"accept-encoding", coding), (b"host", b"testserver")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers, "root_path": ""}
    server = {"scheme": "http", "server": ("testserver", 80), "http_version": "1.1", "raw_path": path.encode()}
    await app(scope | server, receive, send)
    assert messages[0]["status"] == 200
    return b"".join(message.get("body", b"") for message in messages[1:])


def together(service: Service, readers: Callable[[], Any]) -> Any:
    """Run readers on the loop of the service."""
    assert service.client.portal is not None
    return service.client.portal.call(readers)


class TestBurst:
    def test_after_an_approval_one_rendering_and_one_of_each_encoding_serve_all(
        self, service: Service, member: Person, moderator: Person, behind: Counting, encodings: list[str]
    ) -> None:
        article = service.article()
        path = f"/v1/articles/{article['id']}/comments"
        service.nobody.get(path)
        for number in range(3):
            service.approved(member, moderator, article, f"{number} {LONG}")
            behind.asked.clear()
            encodings.clear()

            async def crowd() -> list[bytes]:
                return await asyncio.gather(*(read(service.app, path, CODINGS[n % 3]) for n in range(READERS)))

            answers = together(service, crowd)
            assert behind.asked[f"GET {path}"] == 1
            assert sorted(encodings) == ["br", "gzip"]
            assert len(set(answers)) == len(CODINGS)

    def test_feed_that_asks_for_its_list_does_so_once_for_all_who_wait(
        self, service: Service, behind: Counting
    ) -> None:
        expert = service.person("expert")
        path = f"/v1/experts/{expert.id}/feed.atom"
        reads = 0
        database = service.app.state.services.database
        plain_read = database.read

        async def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal reads
            reads += 1
            return await plain_read(*args, **kwargs)

        async def crowd() -> list[bytes]:
            return await asyncio.gather(*(read(service.app, path, b"identity") for _ in range(READERS)))

        database.read = counted
        try:
            assert len(set(together(service, crowd))) == 1
        finally:
            database.read = plain_read
        assert behind.asked[f"GET {path}"] == 1
        # Chores read beside this, but never for each reader.
        assert reads < READERS / 2

    def test_readers_who_keep_coming_while_words_are_approved_cause_one_rendering(
        self, service: Service, member: Person, moderator: Person, behind: Counting
    ) -> None:
        article = service.article()
        path = f"/v1/articles/{article['id']}/comments"
        comment = service.comment(member, article, LONG)
        seen: list[bytes] = [service.nobody.get(path).content]
        behind.asked.clear()
        is_over = asyncio.Event()

        async def reader() -> None:
            while not is_over.is_set():
                seen.append(await read(service.app, path, b"identity"))
                await asyncio.sleep(0.001)

        async def crowd() -> None:
            await asyncio.gather(*(reader() for _ in range(20)))

        assert service.client.portal is not None
        reading = service.client.portal.start_task_soon(crowd)
        assert service.decide(moderator, comment).status_code == 201
        after = service.nobody.get(path).content
        service.client.portal.call(is_over.set)
        reading.result(30)
        assert behind.asked[f"GET {path}"] == 1
        assert set(seen) <= {seen[0], after}
        assert seen[-1] == after
        assert comment["id"].encode() in after
