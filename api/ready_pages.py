"""Hold a public page as ready bytes: plain and compressed, with the headers that each form leaves with."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import Message

from api.cached_answers import CACHED, Tally
from api.codings import PLAIN, SMALLEST_TO_COMPRESS, compress_beside, tag_in
from models.article_versions import Moment, Versions

# What belongs to the one answer that was rendered, and not to the page.
OWN_HEADERS: Final = (b"x-request-id", b"content-length", b"etag", b"access-control-")
# What Python holds beside the bytes themselves: by page, by form, by article, and for a list that is asked for again.
PAGE_OVERHEAD: Final = 3_000
FORM_OVERHEAD: Final = 2_000
VERSION_OVERHEAD: Final = 250
LIST_OVERHEAD: Final = 40_000

Header = tuple[bytes, bytes]
PageKey = tuple[str, bytes] | tuple[str, bytes, str]


@dataclass(slots=True)
class Form:
    """Hold the page in one encoding, with its headers for 200 and for 304, and count how often each was sent."""

    tag: bytes
    body: Message
    headers: list[Header]
    unchanged_headers: list[Header]
    sent: Tally
    unchanged: Tally
    size: int


@dataclass(slots=True)
class ReadyPage:
    """Hold a page at the numbers that it was made from, and what tells whether it would list the same things.

    `moment` is when it was last found to be right. A page that also stands on what no number tells is asked each time.
    `weighed` is its size when that was counted last.
    """

    key: PageKey
    versions: Versions
    lists_the_same: Callable[[], Awaitable[bool]] | None
    is_asked_each_time: bool
    tag: str
    body: bytes
    headers: list[Header]
    route: str
    moment: Moment | None = None
    weighed: int = 0
    forms: dict[str, Form] = field(default_factory=dict)
    making: dict[str, asyncio.Task[Form]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Count the bytes that the page takes."""
        held = len(self.key[0]) + len(self.key[1]) + len(self.body) + VERSION_OVERHEAD * len(self.versions)
        listed = LIST_OVERHEAD if self.lists_the_same else 0
        return PAGE_OVERHEAD + held + listed + sum(form.size for form in self.forms.values())

    @property
    def is_worth_compressing(self) -> bool:
        """Tell whether the page is long enough to become shorter."""
        return len(self.body) >= SMALLEST_TO_COMPRESS

    def add(self, asked: str, body: bytes) -> Form:
        """Make the form for an encoding that is asked for; a short page goes out plain whatever is asked for."""
        coding = asked if self.is_worth_compressing else PLAIN
        tag = tag_in(coding, self.tag).encode()
        shared = [(name, value) for name, value in self.headers if name != b"content-type"]
        encoding = [] if coding == PLAIN else [(b"content-encoding", coding.encode())]
        length = (b"content-length", str(len(body)).encode())
        made = self.forms[asked] = Form(
            tag,
            {"type": "http.response.body", "body": body},
            [*self.headers, *encoding, (b"etag", tag), length],
            [*shared, (b"etag", tag)],
            CACHED.tally(self.route, 200),
            CACHED.tally(self.route, 304),
            FORM_OVERHEAD + (0 if body is self.body else len(body)),
        )
        return made

    async def encode(self, coding: str) -> Form:
        """Make a form, once for all who ask for it meanwhile."""
        making = self.making.get(coding)
        if making is None:
            making = self.making[coding] = asyncio.create_task(self._encode(coding))
        # Whoever goes away while it is made leaves it to the others.
        return await asyncio.shield(making)

    async def _encode(self, coding: str) -> Form:
        try:
            return self.add(coding, await compress_beside(self.body, coding))
        finally:
            del self.making[coding]


def page_of(key: PageKey, messages: list[Message], scope: Mapping[str, Any]) -> ReadyPage | None:
    """Make a page of an answer whose route named the numbers that it stands on; nothing of any other."""
    state = scope["state"]
    versions = state.get("versions")
    if versions is None or not messages or messages[0]["status"] != 200:
        return None
    headers: list[Header] = messages[0]["headers"]
    tag = next((value for name, value in headers if name == b"etag"), None)
    if tag is None:
        return None
    return ReadyPage(
        key,
        versions,
        state.get("lists_the_same"),
        state.get("is_asked_each_time", False),
        tag.decode(),
        b"".join(message.get("body", b"") for message in messages[1:]),
        [(name, value) for name, value in headers if not name.startswith(OWN_HEADERS)],
        getattr(scope.get("route"), "path", "none"),
    )
