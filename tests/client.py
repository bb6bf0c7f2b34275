"""Speak to an application in this process in one visit to its event loop a request, where TestClient makes nine."""

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property
from json import dumps, loads
from typing import Any
from urllib.parse import quote, unquote

import httpx2 as httpx
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

from tests.kept import lasting_portal

# What stands in an address as it is, and what is written as %XX already.
SAFE = "%/:=&?~#+!$,;'@()*[]"


class QuickClient(TestClient):
    """Carry requests by a transport of our own, whole answers at a time; all else is TestClient's.

    What people send, JSON to a path, goes past httpx too, which spends as long on a request as the service.
    """

    def __init__(self, app: Starlette) -> None:
        super().__init__(app, raise_server_exceptions=False)
        self._transport = OneVisit(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lifespan = app.router.lifespan_context(app)

    def __enter__(self) -> "QuickClient":
        self.portal = lasting_portal()
        self._loop = self.portal.call(asyncio.get_running_loop)
        with ExitStack() as stack:
            stack.callback(self._transport.close)
            stack.enter_context(self.portal.wrap_async_context_manager(self._lifespan))
            self.exit_stack = stack.pop_all()
        return self

    def request(self, method: str, url: Any, **sent: Any) -> Any:
        """Send a request; raise ValueError for what is no JSON."""
        if not sent.keys() <= {"json", "headers"}:
            return super().request(method, url, **sent)
        path, _, query = url.partition("?")
        body, headers = self._written(method, **sent)
        scope = scope_of(self, method, quote(path, SAFE).encode(), quote(query, SAFE).encode(), headers)
        visit = Visit(body)
        self.visit(visit, scope)
        answer = Answer(visit.status, visit.headers, visit.content(method))
        if "content-encoding" in answer.headers:
            return httpx.Response(visit.status, headers=visit.headers, content=answer.content)
        return answer

    def visit(self, visit: "Visit", scope: dict[str, Any]) -> None:
        """Bring a request to the application, on its loop, and wait until that is done with it."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(visit.pay(self.app, scope), self._loop).result()

    def _written(self, method: str, json: Any = None, headers: Any = None) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Give the body and the headers as httpx writes them."""
        named = {b"host": b"testserver", **{name.lower(): value for name, value in self.headers.raw}}
        body = b""
        if json is not None:
            body = dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
            named[b"content-type"] = b"application/json"
        if body or method in {"POST", "PUT", "PATCH"}:
            named[b"content-length"] = b"%d" % len(body)
        named |= {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
        return body, list(named.items())


@dataclass(frozen=True)
class Answer:
    """Hold an answer that nothing was done to, by the names that httpx gives its parts."""

    status_code: int
    _headers: list[tuple[bytes, bytes]]
    content: bytes

    @cached_property
    def headers(self) -> httpx.Headers:
        """Give the headers, by name in any case."""
        return httpx.Headers(self._headers)

    @property
    def text(self) -> str:
        """Give the body as text."""
        return self.content.decode()

    @property
    def is_success(self) -> bool:
        """Tell whether the status is one of success."""
        return 200 <= self.status_code < 300

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """Give what the header Link names, by relation."""
        return httpx.Response(self.status_code, headers=self.headers).links

    def json(self) -> Any:
        """Give what the body says; raise ValueError where it is no JSON."""
        return loads(self.content)


class OneVisit(httpx.BaseTransport):
    """Call the application on the loop of an entered client."""

    def __init__(self, client: QuickClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and give the answer once the application is done with it."""
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        path, _, query = request.url.raw_path.partition(b"?")
        visit = Visit(request.read())
        self._client.visit(visit, scope_of(self._client, request.method, path, query, headers))
        content = visit.content(request.method)
        return httpx.Response(visit.status, headers=visit.headers, stream=httpx.ByteStream(content), request=request)


def scope_of(
    client: TestClient, method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
) -> dict[str, Any]:
    """Describe a request as a server does; the path and the query as they are on the line."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": unquote(path.decode()),
        "raw_path": path,
        "root_path": "",
        "scheme": "http",
        "query_string": query,
        "headers": headers,
        "client": ("testclient", 50_000),
        "server": ["testserver", 80],
        "extensions": {},
        "state": client.app_state.copy(),
    }


@dataclass
class Visit:
    """Hold what is said in one request; an application that says nothing has failed."""

    body: bytes
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    is_read: bool = False
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def pay(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        """Run the application to its end."""
        # A fault was answered as one by then, and is only raised on for a server to record.
        with suppress(Exception):
            await app(scope, self.receive, self.send)

    def content(self, method: str) -> bytes:
        """Give the body of the answer, which HEAD has none of."""
        return b"" if method == "HEAD" else b"".join(self.chunks)

    async def receive(self) -> Message:
        """Give the body, then the end of the connection once the answer is out."""
        if self.is_read:
            await self.is_over.wait()
            return {"type": "http.disconnect"}
        self.is_read = True
        return {"type": "http.request", "body": self.body}

    async def send(self, message: Message) -> None:
        """Take the answer in."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
            return
        self.chunks.append(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            self.is_over.set()
