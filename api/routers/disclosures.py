"""Serve declarations of interests."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from api.conditional import IfMatch, answer
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, requires
from api.openapi import or_else
from api.routers.articles import article_named
from api.schemas.articles import DisclosureDeclare, DisclosureForEditors, DisclosureOwn
from auth.permissions import Permission
from auth.policy import demand
from forum.experts.disclosures import declare, earlier_declarations, read_disclosure
from models.articles import Article, Disclosure

router = ForumRouter(prefix="/v1", tags=["disclosures"])


@router.get("/articles/{article}/disclosure", response_model=DisclosureForEditors | DisclosureOwn)
async def read(
    request: Request,
    article: Annotated[Article, requires(Permission.DISCLOSURE_READ, of=article_named)],
    identity: SignedIn,
    services: ServicesHere,
    expert: Annotated[UUID | None, Query(description="Editors name another's declaration.")] = None,
) -> Response:
    """Read one's own declaration for an article; editors read another's, beside what was declared before."""
    if expert is None or expert == identity.user_id:
        return _shown(request, await services.database.lookup(read_disclosure, article.id, identity.user_id))
    demand(identity, Permission.DISCLOSURE_READ_OF_OTHERS)
    disclosure = await services.database.lookup(read_disclosure, article.id, expert)
    earlier = await services.database.read(earlier_declarations, disclosure)
    content = DisclosureForEditors.beside(disclosure, earlier).model_dump_json().encode()
    return answer(request, content, disclosure.version)


@router.put(
    "/articles/{article}/disclosure",
    response_model=DisclosureOwn,
    responses=or_else(201, DisclosureOwn, "The first one."),
)
async def put(
    request: Request,
    article: Annotated[Article, requires(Permission.DISCLOSURE_DECLARE, of=article_named)],
    identity: SignedIn,
    body: DisclosureDeclare,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Declare one's interests for an article, or that there are none; waiting words go on from here."""
    verb = partial(
        declare,
        user_id=identity.user_id,
        expected=condition.versions(),
        is_conditional=condition.header is not None,
        now=now,
    )
    disclosure, is_first = await services.database.write(verb, article.id, body.declaration())
    return _shown(request, disclosure, status=201 if is_first else 200)


def _shown(request: Request, disclosure: Disclosure, *, status: int = 200) -> Response:
    return answer(request, DisclosureOwn.of(disclosure).model_dump_json().encode(), disclosure.version, status=status)
