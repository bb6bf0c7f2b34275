"""Send requests byte by byte, as a server hands them over and no well-behaved client would write them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.datastructures import Headers
from starlette.types import Message

from tests.service import Person, Service

Pairs = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class RawAnswer:
    """Hold what came back."""

    status: int
    headers: Headers
    content: bytes

    def json(self) -> Any:
        """Parse the body."""
        return orjson.loads(self.content)

    @property
    def code(self) -> str | None:
        """Give the code of a refusal."""
        is_problem = self.headers.get("content-type", "") == "application/problem+json"
        return self.json()["code"] if is_problem else None


@dataclass(frozen=True)
class RawRequest:
    """Hold one request; a body of several chunks has no declared length."""

    method: str
    target: bytes
    headers: Pairs = ()
    chunks: Sequence[bytes] = (b"",)

    def scope(self) -> dict[str, Any]:
        """Give the ASGI scope that uvicorn makes of it."""
        path, _, query = self.target.partition(b"?")
        declared = [(b"content-length", str(len(self.chunks[0])).encode())] if len(self.chunks) == 1 else []
        given = {name for name, _ in self.headers}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "root_path": "",
            "scheme": "http",
            "query_string": query,
            "headers": [*self.headers, *(pair for pair in declared if pair[0] not in given)],
            "client": ("127.0.0.1", 50_000),
            "server": ("testserver", 80),
            "state": {},
        }


def raw(service: Service, request: RawRequest) -> RawAnswer:
    """Send one request."""
    [answer] = at_once(service, [request])
    return answer


def at_once(service: Service, requests: Iterable[RawRequest]) -> list[RawAnswer]:
    """Send requests all at the same moment."""

    async def gather() -> list[RawAnswer]:
        return await asyncio.gather(*(_answer(service, request) for request in requests))

    assert service.client.portal is not None
    return service.client.portal.call(gather)


def json_request(who: Person, method: str, target: str, body: bytes, *more: tuple[bytes, bytes]) -> RawRequest:
    """Make a request with a body that says that it is JSON, by somebody; `more` headers go first."""
    headers = [*more, (b"content-type", b"application/json"), *credentials(who)]
    return RawRequest(method, target.encode(), headers, [body])


def credentials(who: Person) -> Pairs:
    """Give the header that says who asks."""
    return [(name.lower().encode(), value.encode()) for name, value in who.headers.items()]


async def _answer(service: Service, request: RawRequest) -> RawAnswer:
    waiting = list(request.chunks)
    sent: list[Message] = []
    is_over = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}
        await is_over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            is_over.set()

    await service.app(request.scope(), receive, send)
    head = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return RawAnswer(head["status"], Headers(raw=list(head["headers"])), content)
