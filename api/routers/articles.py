"""Serve articles: the list, one by id or slug, the one behind a page's address, counts, and what editors do."""

from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer, made
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, Viewer, identifier, requires
from api.idempotency import Created, IdempotencyKey
from api.json_ld import ALSO, MEDIA_TYPE, VARY, media_type_for
from api.pagination import PagingParameters
from api.public_reads import PublicPage, read_public
from api.schemas.articles import ArticleCreate, ArticleList, ArticlePublic, ArticleUpdate, CountsList
from api.schemas.jsonld import describe_article
from api.schemas.types import URL_LENGTH, SafeText
from api.services import services_of
from auth.permissions import Permission
from forum.articles import (
    ArticleFilter,
    change_article,
    count_discussions,
    create_article,
    find_article,
    find_by_url,
    find_discussion,
    list_articles,
)
from models.articles import Article
from models.errors import NotFound

MOST_COUNTED = 100
SEARCH_LENGTH = 200

router = ForumRouter(prefix="/v1", tags=["articles"])


async def article_named(request: Request, article: str) -> Article:
    """Load the article of a path; 404 where there is none."""
    return await services_of(request).database.glance(find_discussion, article)


async def article_id_of(request: Request, name: str) -> UUID:
    """Give the id of an article that a verb will look for; one named by slug is looked up for it, or 404."""
    with suppress(NotFound):
        return identifier(name)
    return (await article_named(request, name)).id


@router.get("/articles", response_model=ArticleList)
async def read_articles(
    request: Request,
    services: ServicesHere,
    paging: PagingParameters,
    section: Annotated[SafeText | None, Query(max_length=100)] = None,
    language: Annotated[SafeText | None, Query(max_length=35)] = None,
    q: Annotated[SafeText | None, Query(max_length=SEARCH_LENGTH, description="Words in title or summary.")] = None,
) -> Response:
    """List the articles, the newest first."""
    scope = {"section": section or "", "language": language or "", "q": q or ""}
    wanted = ArticleFilter(section, language, q)
    after = paging.after(**scope)
    page = await services.database.read(list_articles, wanted, after=after, limit=paging.limit)
    cursor = paging.next(page, **scope)
    items = [ArticlePublic.of(article).model_dump(mode="json") for article in page.rows]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


@router.post("/articles", status_code=201, response_model=ArticlePublic)
async def create(
    identity: Annotated[SignedIn, Viewer, requires(Permission.ARTICLE_CREATE)],
    body: ArticleCreate,
    repeatable: IdempotencyKey,
    now: Now,
) -> Response:
    """Put an article up for discussion."""
    row = body.row(now)

    def verb(session: Session) -> Created:
        article = create_article(session, row, slug=body.slug, now=now)
        content = ArticlePublic.of(article).model_dump_json().encode()
        return Created(content, article.id, headers=made(content, article.version, f"/v1/articles/{article.id}"))

    return await repeatable.run(identity, verb, is_visible=_is_always_visible, now=now)


@router.get("/articles/lookup", response_model=ArticlePublic)
async def look_up(
    request: Request, services: ServicesHere, url: Annotated[SafeText, Query(min_length=1, max_length=URL_LENGTH)]
) -> Response:
    """Find the article of a page, for a widget embedded in it."""
    article = await services.database.lookup(find_by_url, url)
    return _shown(request, article)


@router.get("/counts", response_model=CountsList)
async def count(
    request: Request,
    viewer: Viewer,
    article: Annotated[list[SafeText], Query(min_length=1, max_length=MOST_COUNTED, description="Ids or slugs.")],
) -> Response:
    """Count the public comments and analyses of up to 100 articles; unknown ones are left out."""

    def verb(session: Session) -> PublicPage:
        counted = count_discussions(session, article)
        items = [{"article": row.name, "comments": row.comments, "analyses": row.analyses} for row in counted]
        # An unknown name may be given to an article later, which no number would tell.
        is_whole = len(counted) == len(set(article))
        versions = tuple((row.id, row.seq) for row in counted) if is_whole else None
        return PublicPage(orjson.dumps({"items": items}), 0, versions, {})

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version)


@router.get("/articles/{article}", response_model=ArticlePublic, responses=ALSO)
async def read(request: Request, article: str, viewer: Viewer, services: ServicesHere) -> Response:
    """Read one article; with `Accept: application/ld+json` as structured data (schema.org)."""
    media_type, public_url = media_type_for(request), services.settings.public_url

    def verb(session: Session) -> PublicPage:
        found = find_article(session, article)
        plain = ArticlePublic.of(found).model_dump_json().encode()
        content = describe_article(found, public_url) if media_type == MEDIA_TYPE else plain
        return PublicPage(content, found.version, ((found.id, found.seq),), {})

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version, headers=VARY, media_type=media_type)


@router.patch("/articles/{article}", response_model=ArticlePublic)
async def change(
    request: Request,
    found: Annotated[Article, requires(Permission.ARTICLE_EDIT, of=article_named)],
    body: ArticleUpdate,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Change an article or the settings of its discussion."""
    changed = await services.database.write_briefly(
        partial(change_article, slug=body.slug, expected=condition.demand(), now=now), found.id, body.columns()
    )
    return _shown(request, changed)


def _shown(request: Request, article: Article) -> Response:
    return answer(request, ArticlePublic.of(article).model_dump_json().encode(), article.version)


def _is_always_visible(_: Session, __: UUID) -> bool:
    return True
