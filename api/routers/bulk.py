"""Serve acts on many cases at once: a list of decisions, or a verdict for all cases that a filter names."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, identifier, requires
from api.languages import Language
from api.pagination import PagingParameters
from api.problems import problem_body
from api.routers.articles import article_named
from api.schemas.batches import (
    BatchCreate,
    BatchPreview,
    BatchProgress,
    BatchPublic,
    BatchReversal,
    DecisionResults,
    DecisionsCreate,
    ListedDecision,
    batch_fields,
)
from api.schemas.moderation import case_fields, logged_fields
from api.services import Services
from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.moderation.batches import (
    Order,
    count_results,
    create_batch,
    find_batch,
    list_results,
    preview,
    take_back,
)
from forum.moderation.cases import EDITORIAL
from forum.moderation.decisions import decide
from models.batches import Batch, BatchResult, ResultState
from models.errors import ForumError, Invalid, NotFound
from models.pages import Page

router = ForumRouter(prefix="/v1/moderation", tags=["moderation"])

Moderator = Annotated[SignedIn, requires(Permission.MODERATION_READ_QUEUE)]


async def batch_here(batch_id: str, moderator: Moderator, services: ServicesHere) -> Batch:
    """Load the batch of a path before the body is looked at; raise NotFound for another's about what editors decide."""
    batch = await services.database.lookup(find_batch, identifier(batch_id))
    is_seen = batch.created_by == moderator.user_id or allows(moderator, Permission.CASE_READ_EDITORIAL)
    if batch.filter["kind"] in EDITORIAL and not is_seen:
        raise NotFound
    return batch


BatchHere = Annotated[Batch, Depends(batch_here)]


@router.post("/decisions", response_model=DecisionResults)
async def decide_several(
    request: Request,
    moderator: Moderator,
    body: DecisionsCreate,
    services: ServicesHere,
    language: AnswerLanguage,
    now: Now,
) -> Response:
    """Decide up to a hundred cases, each on its own; the results come in the order asked."""
    by_case: dict[UUID, list[int]] = {}
    for place, wanted in enumerate(body.decisions):
        by_case.setdefault(wanted.case_id, []).append(place)
    results: list[dict[str, Any]] = [{}] * len(body.decisions)

    async def decide_in_turn(places: Sequence[int]) -> None:
        for place in places:
            wanted = body.decisions[place]
            results[place] = await _decided(request, services, moderator, wanted, language, now=now)

    await asyncio.gather(*(decide_in_turn(places) for places in by_case.values()))
    return Response(orjson.dumps({"results": results}), media_type="application/json")


@router.post("/batches/preview", response_model=BatchPreview)
async def preview_batch(
    request: Request,
    moderator: Moderator,
    body: BatchCreate,
    services: ServicesHere,
    language: AnswerLanguage,
    now: Now,
) -> Response:
    """Count the cases that a batch would decide and show the most urgent of them; nothing is written."""
    count, sample = await services.database.read(preview, await _order(request, body), identity=moderator)
    shown = [case_fields(view, language, viewer_id=moderator.user_id, now=now) for view in sample]
    return Response(orjson.dumps({"count": count, "sample": shown}), media_type="application/json")


@router.post("/batches", status_code=202, response_model=BatchPublic)
async def begin_batch(
    request: Request, moderator: Moderator, body: BatchCreate, services: ServicesHere, now: Now
) -> Response:
    """Begin to decide all named cases, each on its own, in the background."""
    order = await _order(request, body)
    batch = await services.database.write_briefly(create_batch, order, identity=moderator, now=now)
    return _accepted(batch, dict.fromkeys(ResultState, 0))


@router.get("/batches/{batch_id}", response_model=BatchProgress)
async def read_batch(
    request: Request,
    named: BatchHere,
    services: ServicesHere,
    paging: PagingParameters,
    language: AnswerLanguage,
) -> Response:
    """Read how far a batch is, and a page of its results."""
    scope = {"batch": str(named.id)}
    after = paging.after(**scope)

    def verb(session: Session) -> tuple[Batch, dict[ResultState, int], Page[BatchResult]]:
        batch = find_batch(session, named.id)
        page = list_results(session, batch.id, after=after, limit=paging.limit)
        return batch, count_results(session, batch.id), page

    batch, counts, page = await services.database.read(verb)
    cursor = paging.next(page, **scope)
    items = [_result_fields(request, result, language) for result in page.rows]
    content = orjson.dumps({**batch_fields(batch, counts), "items": items, "next": cursor})
    return answer(request, content, 0, headers=paging.link(cursor))


@router.post("/batches/{batch_id}/reversal", status_code=202, response_model=BatchPublic)
async def reverse_batch(
    named: BatchHere, moderator: Moderator, body: BatchReversal, services: ServicesHere, now: Now
) -> Response:
    """Stop a batch and take back what it decided, each case on its own."""

    def verb(session: Session) -> tuple[Batch, dict[ResultState, int]]:
        batch = take_back(session, named.id, body.retraction(), identity=moderator, now=now)
        return batch, count_results(session, batch.id)

    return _accepted(*await services.database.write(verb))


async def _order(request: Request, body: BatchCreate) -> Order:
    """Give the order with the article that is named by id or slug; raise Invalid for a slug that no article has."""
    named = body.filter.article
    if named is None:
        return body.order(None)
    try:
        return body.order(identifier(named))
    except NotFound:
        pass
    try:
        return body.order((await article_named(request, named)).id)
    except NotFound:
        raise Invalid("/filter/article", "not_allowed") from None


async def _decided(
    request: Request,
    services: Services,
    moderator: Identity,
    wanted: ListedDecision,
    language: Language,
    *,
    now: datetime,
) -> dict[str, Any]:
    try:
        decision, is_new = await services.database.write_briefly(
            decide, wanted.case_id, wanted.ruling(), identity=moderator, now=now
        )
    except ForumError as error:
        errors = [(error.pointer, error.reason)] if isinstance(error, Invalid) else []
        problem = problem_body(error.code, language, _request_id(request), errors=errors)
        return {"case_id": str(wanted.case_id), "status": problem["status"], "problem": problem}
    status = 201 if is_new else 200
    return {"case_id": str(wanted.case_id), "status": status, "decision": logged_fields(decision)}


def _result_fields(request: Request, result: BatchResult, language: Language) -> dict[str, Any]:
    return {
        "case_id": str(result.case_id),
        "state": result.state,
        "decision_id": str(result.decision_id) if result.decision_id else None,
        "problem": problem_body(result.code, language, _request_id(request)) if result.code else None,
    }


def _accepted(batch: Batch, counts: dict[ResultState, int]) -> Response:
    headers = {"Location": f"/v1/moderation/batches/{batch.id}"}
    return Response(orjson.dumps(batch_fields(batch, counts)), 202, headers, "application/json")


def _request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
