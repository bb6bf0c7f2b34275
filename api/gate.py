"""Stand before the whole service: request id, body, CORS, headers for every answer, failures, one log line.

A plain ASGI layer (no BaseHTTPMiddleware), so that streams pass and nothing is copied.
"""

import asyncio
import re
import time

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import Body, read_body, replaying
from api.codings import accepted_by, compressed, is_text, name_as_read
from api.cors import Cors
from api.languages import language_of
from api.limits import limit_headers
from api.logs import frames_of, kind_of
from api.problems import MEDIA_TYPE, RETRY_SOON_SECONDS, problem_body
from models.base import new_id

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
READS = frozenset({"GET", "HEAD"})
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
COUNTED_METHODS = WRITES | {"GET", "HEAD", "OPTIONS"}
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
# JSON is neither framed nor run; what pages need stands with the pages.
SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff"}
VARY = ("Authorization", "Accept-Encoding", "Accept-Language", "Origin")
CLIENT_LEFT = 499  # nginx's number for a client that did not wait; it is counted and never sent.
ANSWERS = Counter("forum_answers", "Answers by route and status.", ["method", "route", "status"])
SECONDS = Histogram("forum_answer_seconds", "Time to the last byte of an answer, in seconds.", ["method", "route"])
logger = structlog.get_logger("forum.access")


class Gate:
    """Refuse what is too large or of another type before it reaches a route, and complete every answer."""

    def __init__(self, app: ASGIApp, *, cdn_seconds: int = 0, origins: tuple[str, ...] = ()) -> None:
        self.app = app
        self.cors = Cors(origins)
        self.is_behind_cdn = cdn_seconds > 0
        shared = f", s-maxage={cdn_seconds}" if cdn_seconds else ""
        self.public_caching = f"public, max-age=0, must-revalidate{shared}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through; other protocols go by untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        passage = Passage(self, scope, send)
        with structlog.contextvars.bound_contextvars(request_id=passage.request_id):
            try:
                await passage.walk(receive)
            finally:
                passage.record()


class Passage:
    """Follow one request to its answer."""

    def __init__(self, gate: Gate, scope: Scope, send: Send) -> None:
        self.gate, self._send = gate, send
        self.headers = Headers(scope=scope)
        self.method: str = scope["method"]
        # A HEAD is answered as a GET whose body stays here (RFC 9110, 9.3.2), so that every route has one.
        self.scope = {**scope, "method": "GET"} if self.method == "HEAD" else scope
        given_id = self.headers.get("x-request-id", "")
        self.request_id = given_id if SANE_REQUEST_ID.fullmatch(given_id) else str(new_id())
        self.state = self.scope.setdefault("state", {})
        self.state["request_id"] = self.request_id
        self.status = 0
        self._accepted = accepted_by(self.headers)
        self._held: Message | None = None
        self._is_complete = False
        self.began = time.perf_counter()

    async def walk(self, receive: Receive) -> None:
        """Answer the request; a failure ends here, since the server would log it with its message."""
        try:
            await self._answer(receive)
        except ClientDisconnect:
            self.status = self.status or CLIENT_LEFT
        except asyncio.CancelledError:
            # The service stops and waits no longer; the server by itself would answer 500 in plain text.
            if self.status and self._held is None:
                raise
            self._held = None
            await self._refuse("unavailable")
        except Exception as error:  # noqa: BLE001 - Whatever went wrong is recorded, without what somebody wrote.
            logger.error("request failed", kind=kind_of(error), frames=frames_of(error))
            if self._held is not None or not self.status:
                self._held = None
                await self._refuse("internal_error")

    async def _answer(self, receive: Receive) -> None:
        if self.gate.cors.is_preflight(self.method, self.headers):
            await self._reply(204, self.gate.cors.preflight_headers(self.headers))
            return
        if self.method not in WRITES:
            await self.gate.app(self.scope, receive, self.send)
            return
        body: Body = await read_body(self.scope, self.headers, receive)
        if body.refusal:
            await self._refuse(body.refusal)
        else:
            await self.gate.app(self.scope, replaying(body.content, receive), self.send)

    async def send(self, message: Message) -> None:
        """Complete the headers of the answer on its way out."""
        if self._is_complete:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._complete(MutableHeaders(scope=message))
            is_coded = bool(self._accepted) and is_text(message)
            if is_coded and self.method in READS:
                self._held = message  # Its body has to be seen first.
                return
            if is_coded:
                name_as_read(message, self._accepted)
            await self._begin(message)
            return
        if self._held is not None:
            start, message = await compressed(self._held, message, self._accepted)
            self._held = None
            await self._begin(start)
        if not self._is_complete:
            await self._send(message)

    async def _begin(self, start: Message) -> None:
        """Send what stands before the body; the answer to a HEAD ends there."""
        await self._send(start)
        if self.method == "HEAD":
            self._is_complete = True
            await self._send({"type": "http.response.body", "body": b""})

    def _complete(self, headers: MutableHeaders) -> None:
        headers["X-Request-ID"] = self.request_id
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        headers.update(self.gate.cors.answer_headers(self.headers))
        headers.update(limit_headers(self.state.get("standings", ())))
        if "authorization" in self.headers:
            headers["Cache-Control"] = "private, no-store"
        is_public = self.method in {"GET", "HEAD"} and self.status < 400
        headers.setdefault("Cache-Control", self.gate.public_caching if is_public else "no-store")
        may_be_kept = self.gate.is_behind_cdn and headers["Cache-Control"] == self.gate.public_caching
        if may_be_kept and (versions := self.state.get("versions")):
            # By these a CDN finds all that it keeps of an article, and drops it when told to.
            headers["Surrogate-Key"] = " ".join(str(article_id) for article_id, _ in versions)
        varying = [name.strip() for name in headers.get("vary", "").split(",") if name.strip()]
        headers["Vary"] = ", ".join(dict.fromkeys([*varying, *VARY]))

    async def _refuse(self, code: str) -> None:
        language = language_of(self.headers)
        problem = problem_body(code, language, self.request_id)
        headers = {"Content-Type": MEDIA_TYPE, "Content-Language": language}
        if code == "unavailable":
            headers["Retry-After"] = str(RETRY_SOON_SECONDS)
        if code in {"body_too_large", "unavailable"}:
            headers["Connection"] = "close"  # The rest of the body is not read.
        await self._reply(problem["status"], headers, orjson.dumps(problem))

    async def _reply(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        sent = MutableHeaders(headers if status == 204 else {**headers, "Content-Length": str(len(content))})
        await self.send({"type": "http.response.start", "status": status, "headers": sent.raw})
        await self.send({"type": "http.response.body", "body": content})

    def record(self) -> None:
        """Count the answer and write its log line, with the route's template and never with what was sent."""
        seconds = time.perf_counter() - self.began
        # A client may make up methods without end.
        method = self.method if self.method in COUNTED_METHODS else "other"
        route = getattr(self.scope.get("route"), "path", "none")
        ANSWERS.labels(method, route, self.status).inc()
        SECONDS.labels(method, route).observe(seconds)
        if self.scope["path"] not in QUIET_PATHS:
            milliseconds = round(seconds * 1000, 1)
            logger.info("answered", method=method, route=route, status=self.status, milliseconds=milliseconds)
