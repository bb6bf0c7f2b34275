"""Read the body of a write within its limit and check its type, before any route sees it."""

import re
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

LIMIT = 256 * 1024
LONG_LIMIT = 1024 * 1024
LONG_PATHS = re.compile(r"/v1/(articles(/[^/]+(/analyses)?)?|analyses/[^/]+)/?")
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# Mailboxes end mails of a kind by either (RFC 8058, 3.2); what they send says nothing that the address does not.
TYPES = {
    "/v1/auth/token": (FORM,),
    "/v1/auth/revoke": (FORM,),
    "/v1/notifications/stop": (FORM, PARTS),
}
LONGEST_NUMBER = 20


class Body(NamedTuple):
    """Hold what was sent, or the code of the refusal."""

    content: bytes = b""
    refusal: str | None = None


async def read_body(scope: Scope, headers: Headers, receive: Receive) -> Body:
    """Read a body; one that says that it is too long is refused unread, one that grows too long is not read on.

    Raises ClientDisconnect where the client left before its end, since half a request must not be acted on.
    """
    path = scope["path"]
    limit = LONG_LIMIT if LONG_PATHS.fullmatch(path) else LIMIT
    declared = headers.get("content-length", "0")
    if len(declared) > LONGEST_NUMBER or not (declared.isascii() and declared.isdigit()) or int(declared) > limit:
        return Body(refusal="body_too_large")
    chunks: list[bytes] = []
    size, is_more = 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            return Body(refusal="body_too_large")
        is_more = message.get("more_body", False)
    content = b"".join(chunks)
    return Body(content) if has_right_type(path, headers, content) else Body(refusal="unsupported_media_type")


def has_right_type(path: str, headers: Headers, content: bytes) -> bool:
    """Say whether a body is of a type that its path takes; no body needs no type."""
    if not content:
        return True
    if headers.get("content-encoding", "identity") != "identity":
        return False
    media_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2].partition(";")[0]
    return media_type.strip() in TYPES.get(path, (JSON,)) and charset in {"", "utf-8", "utf8"}


def replaying(content: bytes, receive: Receive) -> Receive:
    """Give a body that was read once more, then what the server says next (a disconnect)."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": content, "more_body": False}

    return receive_again
