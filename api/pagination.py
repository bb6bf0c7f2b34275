"""Page through lists by keyset: a signed opaque cursor says after which row the next page begins."""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Request
from pydantic import BeforeValidator, Field

from api.schemas.types import refuse
from api.services import services_of
from models.errors import Refused
from models.pages import Key, Page

LARGEST_PAGE = 100
DEFAULT_PAGE = 50
SIGNATURE_BYTES = 12
LONGEST_CURSOR = 1_000
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True)
class Paging:
    """Read the cursor of one request and write that of its next page; a cursor fits the list it came from."""

    request: Request
    limit: int
    cursor: str | None

    def after(self, **scope: str) -> Key | None:
        """Give the key after which the page begins; raise cursor_invalid for one that this list did not give."""
        if self.cursor is None:
            return None
        raw = _decoded(self.cursor)
        signature, content = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        signatures = self._signatures(content, scope)
        if not any(hmac.compare_digest(signature, genuine) for genuine in signatures):
            raise Refused("cursor_invalid")
        return tuple(orjson.loads(content))

    def next(self, page: Page[Any], **scope: str) -> str | None:
        """Give the cursor of the page after this one, if there is one."""
        if page.next_key is None:
            return None
        content = orjson.dumps(page.next_key)
        return urlsafe_b64encode(self._signatures(content, scope)[0] + content).decode()

    def link(self, cursor: str | None) -> dict[str, str]:
        """Give the Link header (RFC 8288) to the next page."""
        if cursor is None:
            return {}
        url = self.request.url.include_query_params(cursor=cursor)
        return {"Link": f'<{url.path}?{url.query}>; rel="next"'}

    def body(self, items: Sequence[Any], cursor: str | None) -> bytes:
        """Write the page; its items are plain values."""
        return orjson.dumps({"items": items, "next": cursor})

    def _signatures(self, content: bytes, scope: dict[str, str]) -> list[bytes]:
        context = orjson.dumps([self.request.scope["route"].path, sorted(scope.items())])
        keys = services_of(self.request).keys.secrets
        return [hmac.digest(key, b"cursor" + context + content, sha256)[:SIGNATURE_BYTES] for key in keys]


def _decoded(cursor: str) -> bytes:
    """Read base64url in its one canonical spelling, since the decoder also takes many that no page gave."""
    try:
        raw = urlsafe_b64decode(cursor[:LONGEST_CURSOR].encode("ascii"))
    except ValueError:
        raise Refused("cursor_invalid") from None
    if urlsafe_b64encode(raw).decode() != cursor:
        raise Refused("cursor_invalid")
    return raw


def plain_number(value: object) -> object:
    """Let pass what is no text, or a text of ASCII digits; raise for another."""
    if isinstance(value, str) and not PLAIN_NUMBER.fullmatch(value):
        raise refuse("malformed")
    return value


# The bounds stand before the validator: behind it they hold as well, and are left out of the OpenAPI document.
Position = Annotated[int, Field(ge=0), BeforeValidator(plain_number)]
Limit = Annotated[
    int, Field(ge=1, le=LARGEST_PAGE), BeforeValidator(plain_number), Query(description="How many at most.")
]


async def _paging(
    request: Request,
    limit: Limit = DEFAULT_PAGE,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Paging:
    return Paging(request, limit, cursor)


PagingParameters = Annotated[Paging, Depends(_paging)]
