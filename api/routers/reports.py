"""Serve readers who report comments and authors who appeal: receipts, outcomes and statements of reasons."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, requires
from api.idempotency import Created, IdempotencyKey
from api.openapi import or_else
from api.pagination import PagingParameters
from api.routers.comments import comment_here
from api.schemas.reports import (
    AppealCreate,
    AppealPublic,
    ReportCreate,
    ReportOwnList,
    ReportReceipt,
    StatementPublic,
    own_report_fields,
    receipt_fields,
    statement_fields,
)
from auth.permissions import Permission
from forum.moderation.appeals import appeal
from forum.moderation.reports import report_comment, reports_of
from forum.moderation.statements import statement_of
from models.cases import Case
from models.comments import Comment
from models.instants import format_instant
from models.reports import Appeal

router = ForumRouter(prefix="/v1", tags=["reports"])


@router.post(
    "/comments/{comment_id}/reports",
    status_code=201,
    response_model=ReportReceipt,
    responses=or_else(200, ReportReceipt, "The report that one made before."),
)
async def report(
    comment: Annotated[Comment, requires(Permission.COMMENT_REPORT, of=comment_here)],
    identity: SignedIn,
    body: ReportCreate,
    repeatable: IdempotencyKey,
    now: Now,
) -> Response:
    """Report a comment; 200 with the receipt of one's own report that still waits."""

    def verb(session: Session) -> Created:
        made, is_new = report_comment(session, comment.id, body.complaint(), reporter_id=identity.user_id, now=now)
        return Created(orjson.dumps(receipt_fields(made)), made.id, status=201 if is_new else 200)

    return await repeatable.run(identity, verb, is_visible=_is_own, now=now)


@router.get("/me/reports", response_model=ReportOwnList)
async def read_own(
    request: Request,
    identity: Annotated[SignedIn, requires(Permission.REPORT_LIST_OWN)],
    services: ServicesHere,
    paging: PagingParameters,
) -> Response:
    """Read what one reported and what came of it, the newest first."""
    scope = {"user": str(identity.user_id)}
    after = paging.after(**scope)
    page = await services.database.read(reports_of, identity.user_id, after=after, limit=paging.limit)
    cursor = paging.next(page, **scope)
    content = paging.body([own_report_fields(report) for report in page.rows], cursor)
    return answer(request, content, 0, headers=paging.link(cursor))


@router.post("/comments/{comment_id}/appeals", status_code=201, response_model=AppealPublic)
async def make_appeal(
    comment: Annotated[Comment, requires(Permission.COMMENT_APPEAL, of=comment_here)],
    identity: SignedIn,
    body: AppealCreate,
    repeatable: IdempotencyKey,
    now: Now,
) -> Response:
    """Appeal against the restriction of one's comment, once; another moderator decides."""

    def verb(session: Session) -> Created:
        made = appeal(session, comment.id, body.statement, now=now)
        due_at = session.get_one(Case, made.case_id).due_at
        return Created(orjson.dumps(_appeal_fields(made, due_at)), made.id)

    return await repeatable.run(identity, verb, is_visible=_is_own, now=now)


@router.get("/comments/{comment_id}/statement", response_model=StatementPublic)
async def read_statement(
    request: Request,
    comment: Annotated[Comment, requires(Permission.COMMENT_READ_STATEMENT, of=comment_here)],
    services: ServicesHere,
    language: AnswerLanguage,
) -> Response:
    """Read why one's comment is restricted and what can be done about it."""
    statement = await services.database.read(statement_of, comment.id)
    content = orjson.dumps(statement_fields(statement, language))
    return answer(request, content, statement.decision.number)


def _appeal_fields(made: Appeal, due_at: datetime) -> dict[str, object]:
    return {
        "id": str(made.id),
        "comment_id": str(made.comment_id),
        "statement": made.statement,
        "state": made.state,
        "at": format_instant(made.appealed_at),
        "decision_expected_by": format_instant(due_at),
    }


def _is_own(_: Session, __: UUID) -> bool:
    # An answer is kept for each user apart, and one's own report or appeal stays one's own.
    return True
