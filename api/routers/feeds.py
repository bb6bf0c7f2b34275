"""Serve what is public, the newest first: as Atom by article, by expert and for all, and an expert's list as JSON.

An article's feed stands on its number. What comes from many articles stands on theirs and on the list of what is on
the page, which is read again when something may have come: a range of an index, while the page itself stays as ready
bytes.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import ForumRouter, Now, ServicesHere, Viewer, identifier
from api.pagination import Paging, PagingParameters
from api.public_reads import PublicPage, read_public
from api.schemas.atom import MEDIA_TYPE, Feed, atom_feed, atom_id
from api.schemas.publications import PublicationList, publication_fields
from api.services import services_of
from forum.articles import find_article
from forum.experts.directory import find_expert
from forum.feeds.publications import Listed, Publication, Scope, list_publications, read_publications
from models.errors import ForumError
from models.pages import Page

ATOM: dict[int | str, Any] = {200: {"content": {MEDIA_TYPE: {}}, "description": "An Atom feed (RFC 4287)."}}
# What the feed of all says it began at, as long as there is nothing in it.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

router = ForumRouter(prefix="/v1", tags=["feeds"])


class About(NamedTuple):
    """Hold what a feed is about."""

    id: UUID
    title: str
    begun_at: datetime
    language: str | None = None
    page: str | None = None


Lister = Callable[[Session], tuple[About, Page[Listed]]]


@router.get("/articles/{article}/feed.atom", response_class=Response, responses=ATOM)
async def read_article_feed(request: Request, article: str, viewer: Viewer, paging: PagingParameters) -> Response:
    """Follow the discussion of an article."""

    def verb(session: Session) -> PublicPage:
        found = find_article(session, article)
        about = About(found.id, found.title, found.published_at, found.language, found.source_url)
        after = paging.after(feed=str(about.id))
        page = list_publications(session, Scope(article_id=found.id), after=after, limit=paging.limit)
        body = _feed(about, page, read_publications(session, page.rows), paging)
        return PublicPage(body, found.seq, ((found.id, found.seq),), {})

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version, media_type=MEDIA_TYPE)


@router.get("/experts/{expert}/feed.atom", response_class=Response, responses=ATOM)
async def read_expert_feed(request: Request, expert: str, services: ServicesHere, paging: PagingParameters) -> Response:
    """Follow everything that an expert publishes."""
    expert_id, limit, clock = identifier(expert), paging.limit, services.clock
    after = paging.after(feed=str(expert_id))

    def lister(session: Session) -> tuple[About, Page[Listed]]:
        found = find_expert(session, expert_id, now=clock())
        page = list_publications(session, Scope(author_id=expert_id), after=after, limit=limit)
        title = f"{found.user.display_name} · {found.credential.title}"
        return About(expert_id, title, found.credential.verified_at), page

    # Name, title and whether the credential is in force stand on no article, and the last on the time too.
    request.state.is_asked_each_time = True
    return await _across_articles(request, paging, lister)


@router.get("/feed.atom", response_class=Response, responses=ATOM)
async def read_feed(request: Request, services: ServicesHere, paging: PagingParameters) -> Response:
    """Follow everything that is published."""
    public_url, limit = services.settings.public_url, paging.limit
    about = About(uuid5(NAMESPACE_URL, f"{public_url}/v1/feed.atom"), urlsplit(public_url).netloc, BEGINNING)
    after = paging.after(feed=str(about.id))

    def lister(session: Session) -> tuple[About, Page[Listed]]:
        return about, list_publications(session, Scope(), after=after, limit=limit)

    return await _across_articles(request, paging, lister)


@router.get("/experts/{expert}/publications", response_model=PublicationList)
async def read_publications_of(
    request: Request, expert: str, services: ServicesHere, paging: PagingParameters, now: Now
) -> Response:
    """Read everything that an expert has published, the newest first."""
    expert_id = identifier(expert)
    after = paging.after(expert=str(expert_id))

    def verb(session: Session) -> tuple[list[dict[str, Any]], str | None]:
        find_expert(session, expert_id, now=now)
        page = list_publications(session, Scope(author_id=expert_id), after=after, limit=paging.limit)
        return publication_fields(session, page.rows), paging.next(page, expert=str(expert_id))

    items, cursor = await services.database.read(verb)
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


async def _across_articles(request: Request, paging: Paging, lister: Lister) -> Response:
    """Answer with a feed from many articles, and tell the cache how to see whether it still holds."""
    database = services_of(request).database

    def verb(session: Session) -> tuple[tuple[About, Page[Listed]], list[Publication]]:
        listed = lister(session)
        return listed, read_publications(session, listed[1].rows)

    listed, texts = await database.read(verb)

    async def lists_the_same() -> bool:
        try:
            return await database.read(lister) == listed
        except ForumError:  # The application answers then, and says what is wrong.
            return False

    request.state.versions = tuple({text.article_id: text.article_seq for text in texts}.items())
    request.state.lists_the_same = lists_the_same
    return answer(request, _feed(*listed, texts, paging), 0, media_type=MEDIA_TYPE)


def _feed(about: About, page: Page[Listed], texts: list[Publication], paging: Paging) -> bytes:
    public_url = services_of(paging.request).settings.public_url
    url, cursor = paging.request.url, paging.next(page, feed=str(about.id))
    addresses = [url, *([url.include_query_params(cursor=cursor)] if cursor else [])]
    here, *following = [f"{public_url}{each.path}{'?' * bool(each.query)}{each.query}" for each in addresses]
    feed = Feed(
        id=atom_id(about.id),
        title=about.title,
        language=about.language,
        address=here,
        next_address=following[0] if following else None,
        page=about.page,
        begun_at=about.begun_at,
    )
    return atom_feed(feed, texts, public_url=public_url)
