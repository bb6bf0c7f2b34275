"""Serve analyses: what the public reads of them, and what authors and editors do."""

import asyncio
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer, made
from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, Viewer, identifier, requires
from api.idempotency import Created, IdempotencyKey
from api.json_ld import ALSO, MEDIA_TYPE, VARY, media_type_for
from api.languages import Language
from api.pagination import PagingParameters
from api.public_reads import PublicPage, read_public
from api.quotes import anchored_below, anchored_still
from api.routers.articles import article_named
from api.schemas.analyses import AnalysisList, AnalysisOwn, listed_fields, own_fields, public_fields
from api.schemas.analysis_drafts import AnalysisCreate, AnalysisUpdate, RetractionCreate, SubmissionCreate
from api.schemas.jsonld import describe_publication
from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.analyses.looking_over import look_over, look_over_newest
from forum.analyses.own import own_analysis
from forum.analyses.reading import find_analysis, is_visible, list_analyses, number_of_analysis, public_view
from forum.analyses.retracting import retract_analysis
from forum.analyses.writing import delete_draft, draft_analysis, edit_analysis, submit_analysis
from forum.articles import number_of
from forum.feeds.publications import find_publication
from models.analyses import Analysis
from models.articles import Article
from models.publication import ChangeType

router = ForumRouter(prefix="/v1", tags=["analyses"])


async def analysis_here(analysis_id: str, viewer: Viewer, services: ServicesHere) -> Analysis:
    """Load the analysis of a path; 404 for what the viewer may not see."""
    return await services.database.lookup(find_analysis, viewer, identifier(analysis_id))


AnalysisHere = Annotated[Analysis, Depends(analysis_here)]


@router.get("/articles/{article}/analyses", response_model=AnalysisList)
async def read_analyses(request: Request, article: str, viewer: Viewer, paging: PagingParameters) -> Response:
    """List the public analyses below an article, the newest first, and one's own in every state; without bodies."""

    def verb(session: Session) -> PublicPage:
        article_id, seq = number_of(session, article)
        scope = {"article": str(article_id), "user": str(viewer.user_id) if viewer else ""}
        page = list_analyses(session, viewer, article_id, after=paging.after(**scope), limit=paging.limit)
        cursor = paging.next(page, **scope)
        body = paging.body([listed_fields(view) for view in page.rows], cursor)
        return PublicPage(body, seq, ((article_id, seq),), paging.link(cursor))

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version, headers=page.headers)


@router.post("/articles/{article}/analyses", status_code=201, response_model=AnalysisOwn)
async def draft(
    article: Annotated[Article, requires(Permission.ANALYSIS_DRAFT, of=article_named)],
    identity: SignedIn,
    body: AnalysisCreate,
    repeatable: IdempotencyKey,
    language: AnswerLanguage,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Draft an analysis, which nobody else sees until it is submitted."""
    drafted = await asyncio.to_thread(body.draft)
    if body.quote is not None:
        drafted = await anchored_below(services.database, drafted, article.id, body.quoted_analysis_id)

    def verb(session: Session) -> Created:
        analysis = draft_analysis(session, article.id, drafted, identity=identity, now=now)
        return _created(session, analysis.id, identity, language)

    return await repeatable.run(identity, verb, is_visible=partial(_is_visible, identity), now=now)


@router.get("/analyses/{analysis_id}", response_model=AnalysisOwn, responses=ALSO)
async def read(
    request: Request, analysis_id: str, viewer: Viewer, language: AnswerLanguage, services: ServicesHere
) -> Response:
    """Read one analysis; its author and editors also see what waits.

    With `Accept: application/ld+json` everybody gets what is public as structured data (schema.org).
    """
    named = identifier(analysis_id)
    if media_type_for(request) == MEDIA_TYPE:
        text = await services.database.lookup(find_publication, ChangeType.ANALYSIS, named)
        if text is not None:
            request.state.versions = ((text.article_id, text.article_seq),)
            content = describe_publication(text, services.settings.public_url)
            return answer(request, content, text.revision, headers=VARY, media_type=MEDIA_TYPE)

    def verb(session: Session) -> PublicPage:
        analysis = find_analysis(session, viewer, named)
        if viewer is not None and allows(viewer, Permission.ANALYSIS_READ_WAITING, analysis):
            return PublicPage(*_own(session, named, viewer, language), None, {})
        article_id, seq = number_of_analysis(session, named)
        view = public_view(session, named)
        return PublicPage(orjson.dumps(public_fields(view)), view.words.number, ((article_id, seq),), {})

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version, headers=VARY)


@router.patch("/analyses/{analysis_id}", response_model=AnalysisOwn)
async def edit(
    request: Request,
    analysis: Annotated[Analysis, requires(Permission.ANALYSIS_EDIT, of=analysis_here)],
    identity: SignedIn,
    body: AnalysisUpdate,
    condition: IfMatch,
    language: AnswerLanguage,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Write a new revision; published words stay public until the new ones are approved."""
    expected = condition.demand()
    # Whoever edited meanwhile has made the named version stale.
    standing = (await services.database.lookup(own_analysis, identity, analysis.id)).current
    drafted = await asyncio.to_thread(body.draft, standing)
    if body.quote is not None:
        drafted = await anchored_below(services.database, drafted, analysis.article_id, body.quoted_analysis_id)
    elif not body.brings_quote:
        drafted = await anchored_still(services.database, drafted, standing)
    holds = await services.database.read(look_over, drafted)

    def verb(session: Session) -> tuple[bytes, int]:
        edit_analysis(session, analysis.id, drafted, holds, expected=expected, identity=identity, now=now)
        return _own(session, analysis.id, identity, language)

    content, version = await services.database.write_briefly(verb)
    return answer(request, content, version)


@router.delete("/analyses/{analysis_id}", status_code=204)
async def delete(
    analysis: Annotated[Analysis, requires(Permission.ANALYSIS_DELETE, of=analysis_here)],
    condition: IfMatch,
    services: ServicesHere,
) -> Response:
    """Delete a draft; what was submitted once stays."""
    await services.database.write_briefly(delete_draft, analysis.id, expected=condition.demand())
    return Response(status_code=204)


@router.post("/analyses/{analysis_id}/submissions", status_code=201, response_model=AnalysisOwn)
async def submit(
    analysis: Annotated[Analysis, requires(Permission.ANALYSIS_SUBMIT, of=analysis_here)],
    identity: SignedIn,
    repeatable: IdempotencyKey,
    language: AnswerLanguage,
    services: ServicesHere,
    now: Now,
    body: SubmissionCreate | None = None,
) -> Response:
    """Put a draft, or what was sent back, before the editors; needs credential and declaration in force."""
    revision, holds = await services.database.read(look_over_newest, analysis.id)

    def verb(session: Session) -> Created:
        submit_analysis(session, analysis.id, holds, revision=revision, now=now)
        return _created(session, analysis.id, identity, language)

    return await repeatable.run(identity, verb, is_visible=partial(_is_visible, identity), now=now)


@router.post("/analyses/{analysis_id}/retractions", status_code=201, response_model=AnalysisOwn)
async def retract(
    analysis: Annotated[Analysis, requires(Permission.ANALYSIS_RETRACT, of=analysis_here)],
    identity: SignedIn,
    body: RetractionCreate,
    repeatable: IdempotencyKey,
    language: AnswerLanguage,
    now: Now,
) -> Response:
    """Retract a published analysis for good; it stays readable with the reason."""

    def verb(session: Session) -> Created:
        retract_analysis(session, analysis.id, body.reason, identity=identity, now=now)
        return _created(session, analysis.id, identity, language)

    return await repeatable.run(identity, verb, is_visible=partial(_is_visible, identity), now=now)


def _created(session: Session, analysis_id: UUID, identity: Identity, language: Language) -> Created:
    content, version = _own(session, analysis_id, identity, language)
    return Created(content, analysis_id, headers=made(content, version, f"/v1/analyses/{analysis_id}"))


def _own(session: Session, analysis_id: UUID, identity: Identity, language: Language) -> tuple[bytes, int]:
    own = own_analysis(session, identity, analysis_id)
    is_author = own.view.analysis.author_id == identity.user_id
    return orjson.dumps(own_fields(own, language, is_author=is_author)), own.current.number


def _is_visible(identity: Identity, session: Session, analysis_id: UUID) -> bool:
    return is_visible(session, identity, analysis_id)
