"""Serve discussions: the public thread, single comments and their revisions, and what their authors do."""

from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer, made
from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, Viewer, identifier, requires, speaker_of
from api.idempotency import Created, IdempotencyKey, Repeatable
from api.json_ld import ALSO, MEDIA_TYPE, VARY, media_type_for
from api.languages import Language, language_of
from api.pagination import Paging, PagingParameters
from api.public_reads import PublicPage, read_public
from api.quotes import anchored
from api.routers.articles import article_id_of, article_named
from api.schemas.comments import (
    CommentCreate,
    CommentList,
    CommentOwn,
    CommentUpdate,
    ReplyCreate,
    RevisionList,
    own_fields,
    public_fields,
    revision_fields,
)
from api.schemas.jsonld import describe_publication
from api.schemas.own_comments import CommentOwnList, decision_for_author
from api.services import services_of
from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.analyses.reading import demand_public, number_of_analysis
from forum.articles import discussion_of, number_of
from forum.discussion.drafts import Draft
from forum.discussion.own import OwnView, own_page, own_view
from forum.discussion.pages import CommentRow, public_row, replies_page, thread_page
from forum.discussion.places import Place
from forum.discussion.posting import edit_comment, post_comment, withdraw_comment
from forum.discussion.sorting import Sort
from forum.discussion.threads import find_comment, is_visible, revisions_page
from forum.feeds.publications import find_publication
from models.articles import Article
from models.comments import Comment
from models.errors import NotFound
from models.pages import Key, Page
from models.publication import ChangeType

router = ForumRouter(prefix="/v1", tags=["comments"])


async def comment_here(request: Request, comment_id: str) -> Comment:
    """Load the comment of a path; 404 for what the viewer may not see."""
    return await services_of(request).database.glance(find_comment, request.state.viewer, identifier(comment_id))


CommentHere = Annotated[Comment, Depends(comment_here)]


async def reply_target(request: Request, comment_id: str) -> Article:
    """Load what decides who may reply to the comment of a path: its article; 404 for what the viewer may not see."""
    comment = await comment_here(request, comment_id)
    article: Article = await services_of(request).database.glance(discussion_of, comment.article_id)
    return article


@router.get("/articles/{article}/comments", response_model=CommentList)
async def read_thread(
    request: Request,
    article: str,
    viewer: Viewer,
    paging: PagingParameters,
    sort: Annotated[Sort, Query(description="The order of the roots.")] = Sort.CONVERSATION,
) -> Response:
    """Read the public thread below an article, flat, in display order with `depth`."""

    def verb(session: Session) -> PublicPage:
        # The number is read first, so that it is never newer than the rows that go out under it.
        article_id, seq = number_of(session, article)
        return _thread(session, article_id, (article_id, seq), paging, sort)

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version, headers=page.headers)


@router.get("/analyses/{analysis_id}/comments", response_model=CommentList)
async def read_thread_of_analysis(
    request: Request,
    analysis_id: str,
    viewer: Viewer,
    paging: PagingParameters,
    sort: Annotated[Sort, Query(description="The order of the roots.")] = Sort.CONVERSATION,
) -> Response:
    """Read the public thread below a published or retracted analysis."""
    named = identifier(analysis_id)

    def verb(session: Session) -> PublicPage:
        return _thread(session, named, number_of_analysis(session, named), paging, sort)

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version, headers=page.headers)


@router.post("/articles/{article}/comments", status_code=201, response_model=CommentOwn)
async def post(
    request: Request,
    article: Annotated[str, requires(Permission.COMMENT_POST, of=article_named, within_verb=True)],
    body: CommentCreate,
    repeatable: IdempotencyKey,
) -> Response:
    """Comment on an article, or reply below it; `status` says whether the comment waits."""
    article_id = await article_id_of(request, article)
    place = Place(article_id, body.parent_id, body.analysis_id)
    draft = body.draft()
    with suppress(NotFound):  # The verb says what is wrong with a text that cannot be quoted, unless it ran before.
        draft = await anchored(services_of(request).database, draft, body.analysis_id or article_id)
    return await _write_new(request, place, draft, repeatable)


@router.get("/comments/{comment_id}", response_model=CommentOwn, responses=ALSO)
async def read(
    request: Request, comment: CommentHere, viewer: Viewer, language: AnswerLanguage, services: ServicesHere
) -> Response:
    """Read one comment; its author and moderators also see what waits.

    With `Accept: application/ld+json` everybody gets what is public as structured data (schema.org).
    """
    if media_type_for(request) == MEDIA_TYPE:
        text = await services.database.lookup(find_publication, ChangeType.COMMENT, comment.id)
        if text is not None:
            content = describe_publication(text, services.settings.public_url)
            return answer(request, content, text.revision, headers=VARY, media_type=MEDIA_TYPE)
    if viewer is not None and allows(viewer, Permission.COMMENT_READ_WAITING, comment):
        view = await services.database.lookup(own_view, comment.id)
        return answer(request, _own_body(view, viewer, language), view.current.number, headers=VARY)
    row = await services.database.lookup(public_row, comment.id)
    if row is None:
        raise NotFound
    return answer(request, orjson.dumps(public_fields(row)), row.number, headers=VARY)


@router.patch("/comments/{comment_id}", response_model=CommentOwn)
async def edit(
    request: Request,
    comment: Annotated[Comment, requires(Permission.COMMENT_EDIT, of=comment_here)],
    identity: SignedIn,
    body: CommentUpdate,
    condition: IfMatch,
    language: AnswerLanguage,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Write a new revision; approved words stay public until the new ones are approved."""
    expected = condition.demand()
    # Whoever edited meanwhile has made the named version stale.
    draft = body.draft((await services.database.lookup(own_view, comment.id)).current)
    draft = await anchored(services.database, draft, comment.thread_id)
    asks_outside = services.settings.screening_url is not None

    def verb(session: Session) -> OwnView:
        edit_comment(
            session, comment.id, draft, expected=expected, identity=identity, asks_outside=asks_outside, now=now
        )
        return own_view(session, comment.id)

    view = await services.database.write_briefly(verb)
    return answer(request, _own_body(view, identity, language), view.current.number)


@router.delete("/comments/{comment_id}", status_code=204)
async def withdraw(
    comment: Annotated[Comment, requires(Permission.COMMENT_WITHDRAW, of=comment_here)],
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Take one's own comment back for good."""
    await services.database.write_briefly(withdraw_comment, comment.id, expected=condition.demand(), now=now)
    return Response(status_code=204)


@router.get("/comments/{comment_id}/replies", response_model=CommentList)
async def read_replies(
    request: Request, comment: CommentHere, services: ServicesHere, paging: PagingParameters
) -> Response:
    """Read the public direct replies to a comment, the oldest first."""
    scope = {"comment": str(comment.id)}
    after = paging.after(**scope)
    seq, page = await services.database.read(replies_page, comment, after=after, limit=paging.limit)
    cursor = paging.next(page, **scope)
    return answer(request, _page_body(page, cursor), seq, headers=paging.link(cursor))


@router.post("/comments/{comment_id}/replies", status_code=201, response_model=CommentOwn)
async def reply(
    request: Request,
    parent: Annotated[str, requires(Permission.COMMENT_REPLY, of=reply_target, within_verb=True)],
    body: ReplyCreate,
    repeatable: IdempotencyKey,
) -> Response:
    """Reply to a public comment."""
    comment = await comment_here(request, parent)
    place = Place(comment.article_id, comment.id, asks=Permission.COMMENT_REPLY)
    draft = await anchored(services_of(request).database, body.draft(), comment.thread_id)
    return await _write_new(request, place, draft, repeatable)


@router.get("/comments/{comment_id}/revisions", response_model=RevisionList)
async def read_revisions(
    request: Request, comment: CommentHere, viewer: Viewer, services: ServicesHere, paging: PagingParameters
) -> Response:
    """Read the approved revisions of a comment; its author and moderators read all."""
    scope = {"comment": str(comment.id)}
    sees_all = allows(viewer, Permission.COMMENT_READ_WAITING, comment)
    after: Key | None = paging.after(**scope)
    page = await services.database.read(
        partial(revisions_page, sees_all=sees_all, after=after, limit=paging.limit), viewer, comment.id
    )
    cursor = paging.next(page, **scope)
    content = paging.body([revision_fields(revision) for revision in page.rows], cursor)
    return answer(request, content, comment.approved_revision or comment.current_revision, headers=paging.link(cursor))


@router.get("/me/comments", response_model=CommentOwnList)
async def read_own(
    request: Request,
    identity: Annotated[SignedIn, requires(Permission.COMMENT_LIST_OWN)],
    language: AnswerLanguage,
    services: ServicesHere,
    paging: PagingParameters,
) -> Response:
    """Read one's own comments in every state, the newest first, each with what was decided about it."""
    scope = {"user": str(identity.user_id)}
    after = paging.after(**scope)
    page = await services.database.read(own_page, identity.user_id, after=after, limit=paging.limit)
    cursor = paging.next(page, **scope)
    items = [
        {**own_fields(view, language, is_author=True), "decision": decision_for_author(view)} for view in page.rows
    ]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


# What most requests with a body run takes the request alone: the framework takes its time over each dependency.
async def _write_new(request: Request, place: Place, draft: Draft, repeatable: Repeatable) -> Response:
    services, identity = services_of(request), speaker_of(request)
    asks_outside, now = services.settings.screening_url is not None, services.clock()
    language = language_of(request.headers)

    def verb(session: Session) -> Created:
        if place.analysis_id is not None:
            demand_public(session, identity, place.analysis_id)
        posted = post_comment(session, place, draft, identity=identity, asks_outside=asks_outside, now=now)
        view = OwnView(posted.comment, posted.revision, None, posted.case, None, None)
        content = _own_body(view, identity, language)
        headers = made(content, posted.revision.number, f"/v1/comments/{posted.comment.id}")
        return Created(content, posted.comment.id, headers=headers)

    return await repeatable.run(identity, verb, is_visible=partial(_is_visible, identity), now=now)


def _own_body(view: OwnView, viewer: Identity, language: Language) -> bytes:
    return orjson.dumps(own_fields(view, language, is_author=view.comment.author_id == viewer.user_id))


def _thread(session: Session, thread_id: UUID, number: tuple[UUID, int], paging: Paging, sort: Sort) -> PublicPage:
    """Read a page of a thread; `number` names the article and where it stands."""
    scope = {"thread": str(thread_id), "sort": str(sort)}
    page = thread_page(session, thread_id, sort=sort, after=paging.after(**scope), limit=paging.limit)
    cursor = paging.next(page, **scope)
    return PublicPage(_page_body(page, cursor), number[1], (number,), paging.link(cursor))


def _page_body(page: Page[CommentRow], cursor: str | None) -> bytes:
    return orjson.dumps({"items": [public_fields(row) for row in page.rows], "next": cursor})


def _is_visible(identity: Identity, session: Session, comment_id: UUID) -> bool:
    return is_visible(session, identity, comment_id)
