"""Serve reactions: leave one, take it back, read one's own."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, requires
from api.pagination import PagingParameters
from api.routers.comments import comment_here
from api.schemas.comments import CommentPublic, public_fields
from api.schemas.reactions import ReactionOwnList
from api.schemas.types import SafeText
from auth.permissions import Permission
from forum.articles import number_of
from forum.discussion.pages import public_row
from forum.discussion.reactions import count_reactions, react, reactions_of, take_back_reaction
from models.comments import Comment, Reaction, ReactionKind
from models.errors import NotFound
from models.pages import Page

router = ForumRouter(prefix="/v1", tags=["reactions"])

CommentToReact = Annotated[Comment, requires(Permission.COMMENT_REACT, of=comment_here)]


@router.put("/comments/{comment_id}/reactions/{kind}", response_model=CommentPublic)
async def leave(
    comment: CommentToReact, kind: ReactionKind, identity: SignedIn, services: ServicesHere, now: Now
) -> Response:
    """Leave a reaction; the answer counts it at once, the public thread within seconds."""

    def verb(session: Session) -> bytes:
        react(session, comment.id, kind, user_id=identity.user_id, now=now)
        return _counted(session, comment.id)

    return Response(await services.database.write_briefly(verb), media_type="application/json")


@router.delete("/comments/{comment_id}/reactions/{kind}", response_model=CommentPublic)
async def take_back(
    comment: CommentToReact, kind: ReactionKind, identity: SignedIn, services: ServicesHere, now: Now
) -> Response:
    """Take a reaction back; the answer counts at once, the public thread within seconds."""

    def verb(session: Session) -> bytes:
        take_back_reaction(session, comment.id, kind, user_id=identity.user_id, now=now)
        return _counted(session, comment.id)

    return Response(await services.database.write_briefly(verb), media_type="application/json")


@router.get("/me/reactions", response_model=ReactionOwnList)
async def read_own(
    request: Request,
    identity: Annotated[SignedIn, requires(Permission.COMMENT_LIST_OWN)],
    services: ServicesHere,
    paging: PagingParameters,
    article: Annotated[SafeText, Query(description="Id or slug of an article.")],
) -> Response:
    """Read one's own reactions to the comments below an article."""

    def verb(session: Session) -> tuple[UUID, Page[Reaction]]:
        article_id, _ = number_of(session, article)
        after = paging.after(article=str(article_id))
        return article_id, reactions_of(session, identity.user_id, article_id, after=after, limit=paging.limit)

    article_id, page = await services.database.read(verb)
    cursor = paging.next(page, article=str(article_id))
    items = [{"comment_id": str(reaction.comment_id), "kind": reaction.kind} for reaction in page.rows]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


def _counted(session: Session, comment_id: UUID) -> bytes:
    row = public_row(session, comment_id)
    if row is None:
        raise NotFound
    counts = count_reactions(session, [comment_id])[comment_id]
    return orjson.dumps(public_fields(row) | {"reactions": {kind.value: count for kind, count in counts.items()}})
