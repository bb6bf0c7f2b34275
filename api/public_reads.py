"""Read public pages for nobody in particular: from the replica where it has caught up, else from the primary.

What is read names the articles' numbers that it stands on. A page of the replica is sent only if the primary still
stands at those numbers; everything asked for with credentials reads the primary.
"""

from collections.abc import Callable
from typing import NamedTuple

import structlog
from fastapi import Request
from sqlmodel import Session

from api.services import services_of
from auth.identity import Identity
from models.article_versions import Versions
from models.errors import NotFound, Overloaded, Unavailable

logger = structlog.get_logger("forum.replica")


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
        page = await services_of(request).database.read(verb)
    if page.versions is not None:
        request.state.versions = page.versions
    return page


async def _from_replica(request: Request, verb: Callable[[Session], PublicPage]) -> PublicPage | None:
    replica = services_of(request).replica
    if replica is None:
        return None
    try:
        page = await replica.read(verb)
    except NotFound:
        return None  # It may not have arrived there yet.
    except (Overloaded, Unavailable) as error:
        logger.warning("replica not read", code=error.code)
        return None
    has_caught_up = page.versions is not None and await request.app.state.versions.confirm(page.versions)
    return page if has_caught_up else None
