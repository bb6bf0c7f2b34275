"""Send public pages again as the bytes they were: rendered once per number of their articles, however many ask.

The layer stands before the framework. It keeps what routes name in `request.state.versions`: 200 answers to nobody in
particular, as plain, gzip and Brotli bytes, each made at its first asking, least recently used going first. Whether
they still hold is asked of the articles' numbers at each request. A hit carries request id, ETag, CORS headers and
counters, and no log line.
"""

import asyncio
import gzip
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import brotli
from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cached_answers import CACHED
from api.cors import Cors
from api.gate import SANE_REQUEST_ID
from api.json_ld import MEDIA_TYPE as JSON_LD
from api.json_ld import prefers_json_ld
from models.article_versions import ArticleVersions, Versions

KEPT: Final = re.compile(
    r"/v1/(articles/(?!lookup$)[^/]+(/comments|/analyses|/changes|/feed\.atom)?|counts"
    r"|analyses/[^/]+(/comments)?|(experts/[^/]+/)?feed\.atom)"
)
MOST_BYTES: Final = 64 * 1024 * 1024
ENTRY_OVERHEAD: Final = 2_000
# These have a second form, for clients that would rather have structured data.
LINKED: Final = re.compile(r"/v1/(articles|analyses)/[^/]+")
LONGEST_QUERY: Final = 4_500
SMALLEST_TO_COMPRESS: Final = 500
MOST_CODINGS_KNOWN: Final = 256
PLAIN, GZIP, BROTLI = "identity", "gzip", "br"
# What belongs to the one answer that was rendered, and not to the page.
OWN_HEADERS: Final = (b"x-request-id", b"content-length", b"etag", b"access-control-")

NO_BODY: Final[Message] = {"type": "http.response.body", "body": b""}

Header = tuple[bytes, bytes]
PageKey = tuple[str, bytes] | tuple[str, bytes, str]


@dataclass(slots=True)
class Variant:
    """Hold the page in one encoding, with its headers for 200 and for 304."""

    tag: bytes
    body: Message
    headers: list[Header]
    unchanged_headers: list[Header]
    size: int


@dataclass(slots=True)
class Entry:
    """Hold a page at the numbers that it was made from, and what tells whether it would list the same things."""

    versions: Versions
    lists_the_same: Callable[[], Awaitable[bool]] | None
    tag: str
    body: bytes
    headers: list[Header]
    route: str
    variants: dict[str, Variant] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Count the bytes that the entry holds."""
        return ENTRY_OVERHEAD + len(self.body) + sum(variant.size for variant in self.variants.values())

    def variant(self, coding: str, body: bytes) -> Variant:
        """Make the page in one encoding."""
        suffix = "" if coding == PLAIN else f"-{coding}"
        tag = f'{self.tag[:-1]}{suffix}"'.encode()
        shared = [(name, value) for name, value in self.headers if name != b"content-type"]
        encoding = [] if coding == PLAIN else [(b"content-encoding", coding.encode())]
        length = (b"content-length", str(len(body)).encode())
        made = self.variants[coding] = Variant(
            tag,
            {"type": "http.response.body", "body": body},
            [*self.headers, *encoding, (b"etag", tag), length],
            [*shared, (b"etag", tag)],
            0 if body is self.body else len(body),
        )
        return made


@dataclass(slots=True)
class Asked:
    """Hold what of a request's headers matters to a page."""

    coding: str = PLAIN
    unless: bytes = b""
    origin: bytes = b""
    request_id: bytes = b""
    accept: bytes | None = None
    is_anonymous: bool = True

    @property
    def prefers_json_ld(self) -> bool:
        """Tell whether structured data is wanted rather than the usual form."""
        return self.accept is not None and prefers_json_ld(self.accept.decode("latin-1"))


class ThreadCache:
    """Keep public pages as ready bytes before the application."""

    def __init__(self, app: ASGIApp, *, cors: Cors, state: State) -> None:
        self.app, self._cors, self._state = app, cors, state
        self._entries: OrderedDict[PageKey, Entry] = OrderedDict()
        self._bytes = 0
        self._rendering: dict[PageKey, asyncio.Future[None]] = {}
        self._codings: dict[bytes, str] = {b"": PLAIN}
        # Ids of requests that name none: a random beginning for this process, then a count.
        self._id_prefix = secrets.token_hex(8).encode() + b"-"
        self._ids = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache, or let the application answer and keep what may be kept."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        key: PageKey = scope["path"], scope["query_string"]
        entry = self._entries.get(key)
        asked = self._read(scope["headers"]) if entry is not None or is_kept(*key) else None
        if asked is None or not asked.is_anonymous:
            await self.app(scope, receive, send)
            return
        if asked.prefers_json_ld and LINKED.fullmatch(scope["path"]):
            key = (*key, JSON_LD)
            entry = self._entries.get(key)
        if entry is not None and self._is_known_to_hold(entry):
            self._entries.move_to_end(key)
        else:
            entry = await self._renewed(key, scope, receive, send)
        if entry is not None:
            await self._answer(key, entry, asked, send)

    def _read(self, headers: Iterable[Header]) -> Asked:
        asked = Asked()
        for name, value in headers:
            if name == b"accept-encoding":
                asked.coding = self._codings.get(value) or self._coding_of(value)
            elif name == b"if-none-match":
                asked.unless = value
            elif name == b"authorization":
                asked.is_anonymous = False
            elif name == b"accept":
                asked.accept = value if asked.accept is None else asked.accept + b"," + value
            elif name == b"origin":
                asked.origin = value
            elif name == b"x-request-id":
                asked.request_id = value
        return asked

    def _coding_of(self, header: bytes) -> str:
        coding = best_coding(header.decode("latin-1"))
        if len(self._codings) < MOST_CODINGS_KNOWN:
            self._codings[header] = coding
        return coding

    async def _answer(self, key: PageKey, entry: Entry, asked: Asked, send: Send) -> None:
        variant = entry.variants.get(asked.coding) or await self._encoded(key, entry, asked.coding)
        is_unchanged = asked.unless and (variant.tag in asked.unless or asked.unless.strip() == b"*")
        status = 304 if is_unchanged else 200
        own = [(b"x-request-id", self._request_id(asked.request_id))]
        if asked.origin:
            own += self._cors.raw_answer_headers(asked.origin)
        CACHED.add(entry.route, status)
        if is_unchanged:
            await send({"type": "http.response.start", "status": status, "headers": variant.unchanged_headers + own})
            await send(NO_BODY)
        else:
            await send({"type": "http.response.start", "status": status, "headers": variant.headers + own})
            await send(variant.body)

    def _request_id(self, given: bytes) -> bytes:
        if given and SANE_REQUEST_ID.fullmatch(given.decode("latin-1")):
            return given
        return self._id_prefix + str(next(self._ids)).encode()

    async def _encoded(self, key: PageKey, entry: Entry, coding: str) -> Variant:
        if coding == PLAIN or len(entry.body) < SMALLEST_TO_COMPRESS:
            return entry.variant(PLAIN, entry.body)
        before = entry.size
        variant = entry.variant(coding, await asyncio.to_thread(compress, entry.body, coding))
        if self._entries.get(key) is entry:
            self._bytes += entry.size - before
            self._shrink()
        return variant

    async def _renewed(self, key: PageKey, scope: Scope, receive: Receive, send: Send) -> Entry | None:
        """Give an entry that holds; nothing where the application answered the request itself."""
        while (rendering := self._rendering.get(key)) is not None:
            await asyncio.shield(rendering)
            entry = self._entries.get(key)
            if entry is not None and self._is_known_to_hold(entry):
                return entry
        done = self._rendering[key] = asyncio.get_running_loop().create_future()
        try:
            entry = self._entries.get(key)
            if entry is not None and await self._holds(entry):
                return entry
            return await self._render(key, scope, receive, send)
        finally:
            del self._rendering[key]
            done.set_result(None)

    def _is_known_to_hold(self, entry: Entry) -> bool:
        return entry.lists_the_same is None and self._state.versions.are_current(entry.versions)

    async def _holds(self, entry: Entry) -> bool:
        """Ask whether a page still holds; of what it lists from anywhere, that is known to nobody without asking."""
        versions: ArticleVersions = self._state.versions
        return await versions.confirm(entry.versions) and (entry.lists_the_same is None or await entry.lists_the_same())

    async def _render(self, key: PageKey, scope: Scope, receive: Receive, send: Send) -> Entry | None:
        """Let the application answer; keep a page, pass anything else on as it came."""
        headers = [header for header in scope["headers"] if header[0] != b"if-none-match"]
        inner = {**scope, "headers": headers, "state": dict(scope.get("state", {}))}
        messages: list[Message] = []
        asked_at = time.monotonic()

        async def capture(message: Message) -> None:
            messages.append(message)

        await self.app(inner, receive, capture)
        entry = kept_page(messages, inner)
        if entry is None:
            for message in messages:
                await send(message)
            return None
        self._state.versions.trust(entry.versions, asked_at=asked_at)
        self._drop(key)
        self._entries[key] = entry
        self._bytes += entry.size
        self._shrink()
        return entry

    def _drop(self, key: PageKey) -> None:
        if (old := self._entries.pop(key, None)) is not None:
            self._bytes -= old.size

    def _shrink(self) -> None:
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._entries)))


def is_kept(path: str, query: bytes) -> bool:
    """Tell whether an address is one of those whose answers are kept."""
    return len(query) <= LONGEST_QUERY and KEPT.fullmatch(path) is not None


def kept_page(messages: list[Message], scope: Mapping[str, object]) -> Entry | None:
    """Make an entry of an answer whose route named the numbers that it stands on."""
    state = scope["state"]
    assert isinstance(state, dict)  # noqa: S101
    versions = state.get("versions")
    if versions is None or not messages or messages[0]["status"] != 200:
        return None
    headers: list[Header] = messages[0]["headers"]
    tag = next((value for name, value in headers if name == b"etag"), None)
    if tag is None:
        return None
    body = b"".join(message.get("body", b"") for message in messages[1:])
    kept = [(name, value) for name, value in headers if not name.startswith(OWN_HEADERS)]
    route = getattr(scope.get("route"), "path", "none")
    return Entry(versions, state.get("lists_the_same"), tag.decode(), body, kept, route)


def best_coding(header: str) -> str:
    """Choose between Brotli, gzip and plain by Accept-Encoding (RFC 9110, 12.5.3), the smallest of those allowed."""
    allowed: dict[str, bool] = {}
    for part in header.split(","):
        name, _, parameters = part.strip().partition(";")
        weight = parameters.replace(" ", "").lower()
        allowed[name.strip().lower()] = not re.fullmatch(r"q=0(\.0{0,3})?", weight)
    others = allowed.get("*", False)
    return next((coding for coding in (BROTLI, GZIP) if allowed.get(coding, others)), PLAIN)


def compress(body: bytes, coding: str) -> bytes:
    """Compress a page at a level that costs less than a millisecond for a page of fifty comments."""
    if coding == BROTLI:
        compressed: bytes = brotli.compress(body, quality=5, lgwin=18)
        return compressed
    return gzip.compress(body, compresslevel=4, mtime=0)
