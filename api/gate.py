"""Stand before the whole service: request id, size and type of the body, headers for every answer, one log line.

A plain ASGI layer (no BaseHTTPMiddleware), so that streams pass and nothing is copied.
"""

import re
import time
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.languages import language_of
from api.problems import MEDIA_TYPE, problem_body
from models.base import new_id

BODY_LIMIT = 256 * 1024
LONG_BODY_LIMIT = 1024 * 1024
LONG_BODIES = re.compile(r"/v1/(articles(/[^/]+(/analyses)?)?|analyses/[^/]+)/?")
FORM_PATHS = frozenset({"/v1/auth/token", "/v1/auth/revoke"})
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
VARY = "Authorization, Accept-Encoding, Accept-Language, Origin"
ANSWERS = Counter("forum_answers", "Answers by route and status.", ["method", "route", "status"])
SECONDS = Histogram("forum_answer_seconds", "Time to the last byte of an answer, in seconds.", ["method", "route"])
logger = structlog.get_logger("forum.access")


class Gate:
    """Refuse what is too large or of another type before it reaches a route, and complete every answer."""

    def __init__(self, app: ASGIApp, *, cdn_seconds: int = 0) -> None:
        self.app = app
        shared = f", s-maxage={cdn_seconds}" if cdn_seconds else ""
        self.public_caching = f"public, max-age=0, must-revalidate{shared}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through; other protocols go by untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not SANE_REQUEST_ID.fullmatch(request_id):
            request_id = str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        passage = Passage(self, scope, headers, send, request_id)
        body = b""
        refusal = None
        if scope["method"] in WRITES:
            body, refusal = await read_body(scope, headers, receive)
        if refusal:
            await passage.refuse(refusal)
        else:
            await passage.walk(body, receive)
        passage.record()


class Passage:
    """Follow one request to its answer."""

    def __init__(self, gate: Gate, scope: Scope, headers: Headers, send: Send, request_id: str) -> None:
        self.gate, self.scope, self.headers, self._send = gate, scope, headers, send
        self.request_id = request_id
        self.status = 0
        self.began = time.perf_counter()

    async def walk(self, body: bytes, receive: Receive) -> None:
        """Hand the request to the routes; a failure has been answered and recorded by then, so it ends here.

        Raised on, it would reach the server's own log with its message, which may hold what somebody wrote.
        """
        try:
            await self.gate.app(self.scope, replaying(body, receive), self.send)
        except Exception:
            if not self.status:
                await self.refuse("internal_error")

    async def send(self, message: Message) -> None:
        """Complete the headers of the answer on its way out."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", self._caching())
            headers.add_vary_header(VARY)
        await self._send(message)

    def _caching(self) -> str:
        if "authorization" in self.headers:
            return "private, no-store"
        is_public = self.scope["method"] in {"GET", "HEAD"} and self.status < 400
        return self.gate.public_caching if is_public else "no-store"

    async def refuse(self, code: str) -> None:
        """Answer without asking any route; the rest of the body is not read, so the connection closes."""
        language = language_of(self.headers)
        problem = problem_body(code, language, self.request_id)
        content = orjson.dumps(problem)
        start: dict[str, Any] = {
            "type": "http.response.start",
            "status": problem["status"],
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(content)).encode()),
                (b"content-language", language.encode()),
                (b"connection", b"close"),
            ],
        }
        await self.send(start)
        await self._send({"type": "http.response.body", "body": content})

    def record(self) -> None:
        """Count the answer and write its log line, with the route's template and never with what was sent."""
        seconds = time.perf_counter() - self.began
        method = self.scope["method"]
        route = getattr(self.scope.get("route"), "path", "none")
        ANSWERS.labels(method, route, self.status).inc()
        SECONDS.labels(method, route).observe(seconds)
        if self.scope["path"] not in QUIET_PATHS:
            logger.info(
                "answered",
                method=method,
                route=route,
                status=self.status,
                milliseconds=round(seconds * 1000, 1),
                request_id=self.request_id,
            )


async def read_body(scope: Scope, headers: Headers, receive: Receive) -> tuple[bytes, str | None]:
    """Read the body up to its limit; give it and the code of the refusal, if there is one."""
    limit = LONG_BODY_LIMIT if LONG_BODIES.fullmatch(scope["path"]) else BODY_LIMIT
    declared = headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:20]) > limit:
        return b"", "body_too_large"
    chunks: list[bytes] = []
    size, is_more = 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            return b"", "body_too_large"
        is_more = message.get("more_body", False)
    body = b"".join(chunks)
    return body, None if has_right_type(scope["path"], headers, body) else "unsupported_media_type"


def has_right_type(path: str, headers: Headers, body: bytes) -> bool:
    """Say whether the body is of the one type that this path takes; nothing needs no type."""
    if not body:
        return True
    if headers.get("content-encoding", "identity") != "identity":
        return False
    media_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    expected = "application/x-www-form-urlencoded" if path in FORM_PATHS else "application/json"
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2].partition(";")[0]
    return media_type.strip() == expected and charset in {"", "utf-8", "utf8"}


def replaying(body: bytes, receive: Receive) -> Receive:
    """Give the read body once, then what the server says next (a disconnect)."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
