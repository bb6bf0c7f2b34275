"""Speak to an application in this process in one visit to its event loop a request, where TestClient makes nine."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx2 as httpx
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message


class QuickClient(TestClient):
    """Carry requests by a transport of our own, whole answers at a time; all else is TestClient's."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, raise_server_exceptions=False)
        self._transport = OneVisit(self)


class OneVisit(httpx.BaseTransport):
    """Call the application on the loop of an entered client."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and give the answer once the application is done with it."""
        assert self._client.portal is not None
        visit = Visit(request.read())
        self._client.portal.call(visit.pay, self._client.app, self._scope(request))
        content = b"" if request.method == "HEAD" else b"".join(visit.chunks)
        return httpx.Response(visit.status, headers=visit.headers, stream=httpx.ByteStream(content), request=request)

    def _scope(self, request: httpx.Request) -> dict[str, Any]:
        return {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(request.url.path),
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "root_path": "",
            "scheme": request.url.scheme,
            "query_string": request.url.query,
            "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.multi_items()],
            "client": ("testclient", 50_000),
            "server": [request.url.host, 80],
            "extensions": {},
            "state": self._client.app_state.copy(),
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
