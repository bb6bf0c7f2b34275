"""Send public pages again as the bytes they were: rendered once per number of their articles, however many ask.

The layer stands before the framework. It keeps what routes name in `request.state.versions`: 200 answers to nobody in
particular, as plain, gzip and Brotli bytes, each made at its first asking, least recently used going first. Whether
they still hold is asked of the articles' numbers at each request. Somebody with a good token gets the same bytes, as
theirs alone, where they do not depend on the reader; their token is read at each request, and the numbers too. A hit
carries request id, ETag, CORS headers and counters, and no log line.
"""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final, NamedTuple

from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.codings import PLAIN, best_coding
from api.cors import Cors
from api.deps import identify
from api.gate import READS, SANE_REQUEST_ID
from api.json_ld import MEDIA_TYPE as JSON_LD
from api.json_ld import prefers_json_ld
from api.ready_pages import Form, Header, PageKey, ReadyPage, page_of
from models.article_versions import ArticleVersions
from models.errors import ForumError

KEPT: Final = re.compile(
    r"/v1/(articles/(?!lookup$)[^/]+(/comments|/analyses|/changes|/feed\.atom)?|counts"
    r"|analyses/[^/]+(/comments)?|(experts/[^/]+/)?feed\.atom)"
)
# Those that do not depend on the reader; among analyses authors and editors see their own.
THE_SAME: Final = re.compile(
    r"/v1/(articles/[^/]+(/comments|/changes|/feed\.atom)?|counts|analyses/[^/]+/comments|(experts/[^/]+/)?feed\.atom)"
)
MOST_BYTES: Final = 64 * 1024 * 1024
# These have a second form, for clients that would rather have structured data.
LINKED: Final = re.compile(r"/v1/(articles|analyses)/[^/]+")
LONGEST_QUERY: Final = 4_500
MOST_CODINGS_KNOWN: Final = 256
LONGEST_CODINGS: Final = 100
# A page is rendered without these: they are about a form of it, or about one reader.
OF_ONE_ANSWER: Final = frozenset({b"if-none-match", b"accept-encoding", b"authorization"})
OF_SHARING: Final = frozenset({b"cache-control", b"surrogate-key"})
PRIVATE: Final = (b"cache-control", b"private, no-store")
NO_BODY: Final[Message] = {"type": "http.response.body", "body": b""}


class Flight(NamedTuple):
    """Hold one renewal of a page that is under way, and whether it asks for the numbers whatever is known of them."""

    landing: asyncio.Future[ReadyPage | None]
    is_new: bool


class ThreadCache:
    """Keep public pages as ready bytes before the application."""

    def __init__(self, app: ASGIApp, *, cors: Cors, state: State) -> None:
        self.app, self._cors, self._state = app, cors, state
        self._pages: OrderedDict[PageKey, ReadyPage] = OrderedDict()
        self._bytes = 0
        self._flights: dict[PageKey, Flight] = {}
        self._codings: dict[bytes, str] = {b"": PLAIN}
        # Ids of requests that name none: a random beginning for this process, then a count.
        self._id_prefix = secrets.token_hex(8).encode()
        self._ids = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache, or let the application answer and keep what may be kept."""
        if scope["type"] != "http" or scope["method"] not in READS:
            await self.app(scope, receive, send)
            return
        key: PageKey = (scope["path"], scope["query_string"])
        page = self._pages.get(key)
        if page is None and not is_kept(*key):
            await self.app(scope, receive, send)
            return
        given = lines_of(scope["headers"])
        if b"accept" in given and LINKED.fullmatch(key[0]) and prefers_linked(scope["headers"]):
            key = (*key, JSON_LD)
            page = self._pages.get(key)
        is_somebody = b"authorization" in given
        if is_somebody and not await self._gets_the_same(key[0], scope):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD" or is_somebody:
            send = to_one(send, is_private=is_somebody, has_body=scope["method"] == "GET")
        if page is not None and not is_somebody and self._is_known_to_hold(page):
            self._pages.move_to_end(key)
        else:
            page = await self._renewed(key, scope, receive, send, is_new=is_somebody)
        if page is not None:
            await self._answer(page, given, send)

    async def _gets_the_same(self, path: str, scope: Scope) -> bool:
        """Tell whether whoever has a token gets what nobody in particular gets; a bad token is the application's."""
        # What comes from a replica is for readers without credentials.
        if not THE_SAME.fullmatch(path) or self._state.services.replica is not None:
            return False
        lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
        try:
            await identify(self._state.services, lines)
        except ForumError:
            return False
        return True

    async def _answer(self, page: ReadyPage, given: dict[bytes, bytes], send: Send) -> None:
        accepted = given.get(b"accept-encoding", b"")
        coding = self._codings.get(accepted) or self._coding_of(accepted)
        form = page.forms.get(coding) or await self._form(page, coding)
        own = [(b"x-request-id", self._request_id(given.get(b"x-request-id")))]
        if b"origin" in given:
            own += self._cors.raw_answer_headers(given[b"origin"])
        unless = given.get(b"if-none-match")
        if unless is not None and (form.tag in unless or unless.strip() == b"*"):
            form.unchanged.number += 1
            await send({"type": "http.response.start", "status": 304, "headers": form.unchanged_headers + own})
            await send(NO_BODY)
        else:
            form.sent.number += 1
            await send({"type": "http.response.start", "status": 200, "headers": form.headers + own})
            await send(form.body)

    def _coding_of(self, header: bytes) -> str:
        coding = best_coding(header.decode("latin-1"))
        if len(self._codings) < MOST_CODINGS_KNOWN and len(header) <= LONGEST_CODINGS:
            self._codings[header] = coding
        return coding

    def _request_id(self, given: bytes | None) -> bytes:
        if given and SANE_REQUEST_ID.fullmatch(given.decode("latin-1")):
            return given
        return b"%b-%d" % (self._id_prefix, next(self._ids))

    async def _form(self, page: ReadyPage, coding: str) -> Form:
        if coding == PLAIN or not page.is_worth_compressing:
            form = page.add(coding, page.body)
        else:
            form = await page.encode(coding)
        if self._pages.get(page.key) is page:
            self._weigh(page)
        return form

    async def _renewed(
        self, key: PageKey, scope: Scope, receive: Receive, send: Send, *, is_new: bool
    ) -> ReadyPage | None:
        """Give a page that holds, found to do so since this request came where it shall be new.

        Gives nothing where the application answered the request itself.
        """
        has_waited = False
        while (flight := self._flights.get(key)) is not None:
            page = await asyncio.shield(flight.landing)
            if page is None:
                # There is nothing to share, and whoever flew in turn would wait for all who stand before them.
                return await self._render(key, scope, receive, send)
            # The first flight may have begun before this request came, so what it found may be old; a second has not.
            is_since = has_waited and flight.is_new >= is_new
            if is_since or (not is_new and self._is_known_to_hold(page)):
                return page
            has_waited = True
        page, flight = None, Flight(asyncio.get_running_loop().create_future(), is_new)
        self._flights[key] = flight
        try:
            page = await self._confirmed(key, is_new=is_new) or await self._render(key, scope, receive, send)
            return page
        finally:
            del self._flights[key]
            flight.landing.set_result(page)

    def _is_known_to_hold(self, page: ReadyPage) -> bool:
        versions: ArticleVersions = self._state.versions
        if versions.holds(page.moment):
            return True
        if page.lists_the_same is None:
            page.moment = versions.moment_of(page.versions)
        return page.lists_the_same is None and page.moment is not None

    async def _confirmed(self, key: PageKey, *, is_new: bool) -> ReadyPage | None:
        """Give the page that is kept if it still holds; what it lists from anywhere is asked for again."""
        page, versions = self._pages.get(key), self._state.versions
        if page is None or (is_new and not await versions.ask(page.versions)):
            return None
        began = versions.now()
        moment = await versions.confirm(page.versions)
        if moment is not None and page.lists_the_same is not None:
            moment = began if await page.lists_the_same() else None
        if moment is None:
            return None
        page.moment = None if page.is_asked_each_time else moment
        if self._pages.get(key) is page:
            self._pages.move_to_end(key)
        return page

    async def _render(self, key: PageKey, scope: Scope, receive: Receive, send: Send) -> ReadyPage | None:
        """Let the application answer; keep a page, pass anything else on as it came."""
        headers = [header for header in scope["headers"] if header[0] not in OF_ONE_ANSWER]
        inner = {**scope, "method": "GET", "headers": headers, "state": dict(scope.get("state", {}))}
        messages: list[Message] = []

        async def capture(message: Message) -> None:
            messages.append(message)

        began = self._state.versions.now()
        await self.app(inner, receive, capture)
        self._drop(key)
        page = page_of(key, messages, inner)
        if page is None:
            for message in messages:
                await send(message)
            return None
        if page.lists_the_same is not None and not page.is_asked_each_time:
            page.moment = began
        self._pages[key] = page
        self._weigh(page)
        return page

    def _drop(self, key: PageKey) -> None:
        if (old := self._pages.pop(key, None)) is not None:
            self._bytes -= old.weighed

    def _weigh(self, page: ReadyPage) -> None:
        """Count what a page has become, and let the least recently used go until all fits."""
        self._bytes += page.size - page.weighed
        page.weighed = page.size
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._pages)))


def lines_of(headers: Sequence[Header]) -> dict[bytes, bytes]:
    """Give the headers by name; lines of the same name are one list (RFC 9110, 5.3)."""
    given = dict(headers)
    if len(given) < len(headers):
        given = {name: b", ".join(value for other, value in headers if other == name) for name in given}
    return given


def to_one(send: Send, *, is_private: bool, has_body: bool) -> Send:
    """Send an answer for nobody in particular to one reader alone, or without its body to whoever asks for none."""

    async def adapted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = (header for header in message["headers"] if not is_private or header[0] not in OF_SHARING)
            message = {**message, "headers": [*headers, *([PRIVATE] if is_private else [])]}
        elif not has_body:
            message = {**message, "body": b""}
        await send(message)

    return adapted


def is_kept(path: str, query: bytes) -> bool:
    """Tell whether an address is one of those whose answers are kept."""
    return len(query) <= LONGEST_QUERY and KEPT.fullmatch(path) is not None


def prefers_linked(headers: Iterable[Header]) -> bool:
    """Tell whether structured data is wanted rather than the usual form."""
    return prefers_json_ld(b",".join(value for name, value in headers if name == b"accept").decode("latin-1"))
