"""Write what webhooks are sent: the public representation at that moment, and nothing of what may not be shown then."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session

from api.schemas.analyses import public_fields as analysis_fields
from api.schemas.comments import public_fields
from forum.analyses.reading import public_views
from forum.discussion.pages import public_row
from models.analyses import Analysis
from models.cases import Case, Decision
from models.comments import Comment
from models.deliveries import EventType, WebhookDelivery
from models.instants import format_instant
from models.sanctions import Sanction
from models.users import User

Teller = Callable[[Session, UUID], dict[str, Any] | None]


def webhook_body(session: Session, delivery: WebhookDelivery) -> bytes | None:
    """Give `{type, timestamp, data}`, or nothing where the subject may not be shown any more."""
    told = TELLERS[delivery.type](session, delivery.subject_id)
    if told is None:
        return None
    timestamp = format_instant(delivery.occurred_at)
    return orjson.dumps({"type": delivery.type, "timestamp": timestamp, "data": told})


def _created(session: Session, comment_id: UUID) -> dict[str, Any] | None:
    """Tell of a new comment: its words where they are public, else where it stands alone."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.withdrawn_at is not None:
        return None
    return _public(session, comment_id) or _place(comment)


def _public(session: Session, comment_id: UUID) -> dict[str, Any] | None:
    row = public_row(session, comment_id)
    return public_fields(row) if row is not None else None


def _removed(session: Session, comment_id: UUID) -> dict[str, Any] | None:
    """Tell that a comment went away, unless it is back already."""
    comment = session.get(Comment, comment_id)
    if comment is None or public_row(session, comment_id) is not None:
        return None
    return _place(comment) | {"tombstone": "withdrawn" if comment.withdrawn_at else "removed"}


def _place(comment: Comment) -> dict[str, Any]:
    return {
        "id": str(comment.id),
        "article_id": str(comment.article_id),
        "analysis_id": _text(comment.analysis_id),
        "parent_id": _text(comment.parent_id),
        "status": comment.status,
        "created_at": format_instant(comment.created_at),
    }


def _analysis(session: Session, analysis_id: UUID) -> dict[str, Any] | None:
    """Tell of an analysis as everybody reads it."""
    view = public_views(session, [analysis_id]).get(analysis_id)
    return analysis_fields(view) if view is not None else None


def _retracted(session: Session, analysis_id: UUID) -> dict[str, Any] | None:
    """Tell that an analysis was retracted, or that its publication was taken back."""
    analysis = session.get(Analysis, analysis_id)
    if analysis is None:
        return None
    place = {"id": str(analysis_id), "article_id": str(analysis.article_id), "status": analysis.status}
    return _analysis(session, analysis_id) or place


def _case(session: Session, case_id: UUID) -> dict[str, Any] | None:
    case = session.get(Case, case_id)
    if case is None:
        return None
    return {
        "id": str(case.id),
        "kind": case.kind,
        "subject": {"type": case.subject_type, "id": str(case.subject_id), "revision": case.revision},
        "article_id": _text(case.article_id),
        "state": case.state,
        "opened_at": format_instant(case.opened_at),
        "due_at": format_instant(case.due_at),
    }


def _decision(session: Session, decision_id: UUID) -> dict[str, Any] | None:
    """Tell what was decided, and not by whom."""
    decision = session.get(Decision, decision_id)
    if decision is None:
        return None
    return {
        "id": str(decision.id),
        "case_id": _text(decision.case_id),
        "subject": {"type": decision.subject_type, "id": str(decision.subject_id)},
        "revision": decision.revision,
        "verdict": decision.verdict,
        "from": decision.status_from,
        "to": decision.status_to,
        "reason": decision.reason,
        "automated": decision.automated,
        "at": format_instant(decision.decided_at),
    }


def _sanction(session: Session, sanction_id: UUID) -> dict[str, Any] | None:
    """Tell of a sanction that stands, of somebody who is there still."""
    sanction = session.get(Sanction, sanction_id)
    if sanction is None or sanction.lifted_at or session.get_one(User, sanction.user_id).erased_at:
        return None
    return {
        "id": str(sanction.id),
        "user_id": str(sanction.user_id),
        "kind": sanction.kind,
        "reason": sanction.reason,
        "until": _instant(sanction.until),
        "at": format_instant(sanction.imposed_at),
    }


def _ping(_: Session, webhook_id: UUID) -> dict[str, Any]:
    return {"webhook_id": str(webhook_id)}


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _instant(value: datetime | None) -> str | None:
    return format_instant(value) if value else None


TELLERS: Mapping[EventType, Teller] = {
    EventType.COMMENT_CREATED: _created,
    EventType.COMMENT_APPROVED: _public,
    EventType.COMMENT_UPDATED: _public,
    EventType.COMMENT_REMOVED: _removed,
    EventType.ANALYSIS_PUBLISHED: _analysis,
    EventType.ANALYSIS_UPDATED: _analysis,
    EventType.ANALYSIS_RETRACTED: _retracted,
    EventType.CASE_OPENED: _case,
    EventType.CASE_DECIDED: _decision,
    EventType.USER_SANCTIONED: _sanction,
    EventType.PING: _ping,
}
