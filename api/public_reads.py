"""Read public pages for nobody in particular: from the replica where it has caught up, else from the primary.

What is read names the articles' numbers that it stands on. A page of the replica is sent only if the primary still
stands at those numbers; everything asked for with credentials reads the primary.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

import structlog
from fastapi import Request
from sqlmodel import Session

from api.services import services_of
from auth.identity import Identity
from models.article_versions import Versions
from models.errors import NotFound, Overloaded, Unavailable

logger = structlog.get_logger("forum.replica")

REST_SECONDS: Final = 10.0


class Rest:
    """Leave a replica alone for a while once it did not answer, since each try may wait as long as a connection may."""

    def __init__(self) -> None:
        self._ends_at = 0.0

    def begin(self) -> None:
        """Begin anew."""
        self._ends_at = monotonic() + REST_SECONDS

    def is_over(self) -> bool:
        """Tell whether the replica may be asked."""
        return monotonic() >= self._ends_at


class PublicPage(NamedTuple):
    """Hold the body of a page, its headers, the version for its ETag, and the numbers that it stands on."""

    body: bytes
    version: int
    versions: Versions | None
    headers: dict[str, str]


async def read_public(request: Request, viewer: Identity | None, verb: Callable[[Session], PublicPage]) -> PublicPage:
    """Read a public page and name its numbers for the cache; raise what the verb raises."""
    page = await _from_replica(request, verb) if viewer is None else None
    if page is None:
        asked_at = monotonic()
        page = await services_of(request).database.read(verb)
        # What a replica says is no younger than what the primary was known to stand at.
        request.app.state.versions.trust(page.versions or (), asked_at=asked_at)
    if page.versions is not None:
        request.state.versions = page.versions
    return page


async def _from_replica(request: Request, verb: Callable[[Session], PublicPage]) -> PublicPage | None:
    replica = services_of(request).replica
    rest: Rest = request.app.state.replica_rest
    if replica is None or not rest.is_over():
        return None
    try:
        page = await replica.read(verb)
    except NotFound:
        return None  # It may not have arrived there yet.
    except (Overloaded, Unavailable) as error:
        logger.warning("replica not read", code=error.code)
        rest.begin()
        return None
    has_caught_up = page.versions is not None and await request.app.state.versions.confirm(page.versions) is not None
    return page if has_caught_up else None
