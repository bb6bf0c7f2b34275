"""Answer conditional requests (RFC 9110, 13): an ETag is `"<version>.<representation>"`.

A header that comes in several lines is one list (RFC 9110, 5.3).
"""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from api.codings import accepted_by, coding_for, tag_in
from models.errors import Refused
from models.versions import ANY, Expected

TAG = re.compile(r'(?:W/)?"([^"]*)"')
VERSION_LIKE = re.compile(r"(\d{1,18})\.[^.]+")


def entity_tag(version: int, body: bytes) -> str:
    """Name one representation: the version of the thing, then a digest of these bytes."""
    return f'"{version}.{blake2b(body, digest_size=8).hexdigest()}"'


def answer(
    request: Request,
    body: bytes,
    version: int,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """Send bytes with their ETag, or 304 to a read by a client that has them (weak comparison)."""
    tag = entity_tag(version, body)
    sent = {**(headers or {}), "ETag": tag}
    wanted = ", ".join(request.headers.getlist("if-none-match"))
    if request.method == "GET" and wanted:
        # Each coding is a representation of its own, and compressed only after this.
        known = tag_in(coding_for(accepted_by(request.headers), media_type, len(body)), tag)
        opaque = {match.group(1) for match in TAG.finditer(wanted)}
        if wanted.strip() == "*" or known.strip('"') in opaque:
            return Response(status_code=304, headers={**sent, "ETag": known})
    return Response(body, status_code=status, media_type=media_type, headers=sent)


def made(body: bytes, version: int, at: str) -> dict[str, str]:
    """Name where a new thing is read and, so that it can be changed without reading it first, its ETag."""
    return {"Location": at, "ETag": entity_tag(version, body)}


@dataclass(frozen=True)
class Condition:
    """Hold what If-Match said; it is asked for only once the request itself was found in order."""

    header: str | None

    def demand(self) -> Expected:
        """Give the versions that the client would overwrite; raise precondition_required without If-Match."""
        if self.header is None:
            raise Refused("precondition_required")
        return self.versions()

    def versions_if_named(self) -> Expected:
        """Give the named versions, ANY without If-Match: for writes beside a thing that no GET answers for."""
        return ANY if self.header is None else self.versions()

    def versions(self) -> Expected:
        """Give the named versions, ANY for `*`; a tag that is not of our form (or weak) matches nothing."""
        if (self.header or "").strip() == "*":
            return ANY
        named = (VERSION_LIKE.fullmatch(tag) for tag in re.findall(r'(?<!W/)"([^"]*)"', self.header or ""))
        return frozenset(int(match.group(1)) for match in named if match)


async def _condition(request: Request) -> Condition:
    lines = request.headers.getlist("if-match")
    return Condition(", ".join(lines) if lines else None)


IfMatch = Annotated[Condition, Depends(_condition)]
