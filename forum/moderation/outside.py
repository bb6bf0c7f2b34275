"""Let a service outside look at words: they wait for its answer, which a job fetches after the commit.

Whatever becomes of the question, only an answer takes the hold away. A service that never answers leaves the words
before the moderators, who may decide at any time without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlmodel import Session, col, select

from forum.moderation.cases import IS_OPEN
from forum.moderation.conditions import missing_conditions, speaks_as_expert
from forum.moderation.decisions import publish_unread, reject_unread
from forum.moderation.submissions import Hold, Rejection
from models.cases import Case, Reason
from models.comments import Comment, CommentRevision
from models.publication import OutboxJob

OUTSIDE = "outside_check"
FINDING = "outside_finding"
MOST_SPANS = 20


class OutsideVerdict(StrEnum):
    """Name what an outside service may say."""

    PASS = "pass"  # noqa: S105
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True)
class Answer:
    """Hold what an outside service said; spans are in code points of the body."""

    verdict: OutsideVerdict
    code: str | None = None
    spans: Sequence[tuple[int, int]] = ()

    @classmethod
    def of(cls, sent: Any) -> Self:
        """Read `{verdict, code?, spans?}`; raise ValueError for anything else."""
        if not isinstance(sent, dict):
            raise ValueError("not an object")
        verdict, code, spans = OutsideVerdict(str(sent.get("verdict"))), sent.get("code"), sent.get("spans") or []
        is_sound = isinstance(spans, list) and all(map(_is_span, spans)) and isinstance(code, str | None)
        if not is_sound:
            raise ValueError("not an answer")
        return cls(verdict, code, [(start, end) for start, end in spans])


def ask_outside(session: Session, comment_id: UUID, revision: int, *, now: datetime) -> None:
    """Write the job that asks; its payload names the words and does not hold them."""
    payload = {"comment_id": str(comment_id), "revision": revision}
    session.add(OutboxJob(kind=OUTSIDE, payload=payload, created_at=now, due_at=now))
    session.flush()


def question(session: Session, payload: dict[str, Any]) -> dict[str, Any] | None:
    """Give what to ask, nothing once the words no longer wait for an answer."""
    waiting = _waiting(session, payload, for_update=False)
    if waiting is None:
        return None
    comment, revision, _ = waiting
    return {
        "comment_id": str(comment.id),
        "article_id": str(comment.article_id),
        "revision": revision.number,
        "language": revision.language,
        "body": revision.body,
        "quote": revision.quote,
    }


def take_answer(session: Session, payload: dict[str, Any], answer: Answer, *, now: datetime) -> None:
    """Do what the answer says to words that still wait for it; one that comes too late changes nothing."""
    waiting = _waiting(session, payload, for_update=True)
    if waiting is None:
        return
    comment, revision, case = waiting
    hold = Hold(_known_code(answer), _spans_within(revision.body, answer.spans))
    if answer.verdict is OutsideVerdict.REJECT:
        reason = Reason(answer.code) if answer.code in set(Reason) else Reason.OTHER
        reject_unread(session, comment, case, Rejection(hold, reason), now=now)
        return
    kept = [standing for standing in case.hold if standing["code"] != OUTSIDE]
    if answer.verdict is OutsideVerdict.HOLD:
        kept.append(hold.as_json())
    elif not kept:
        as_expert = speaks_as_expert(revision.author_line)
        missing = missing_conditions(session, comment.article_id, comment.author_id, as_expert=as_expert, now=now)
        kept = [Hold(code).as_json() for code in missing]
    revision.hold = case.hold = kept
    session.flush()
    if not kept:
        publish_unread(session, comment, case=case, now=now)


def _is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(place) is int for place in value)


def _waiting(
    session: Session, payload: dict[str, Any], *, for_update: bool
) -> tuple[Comment, CommentRevision, Case] | None:
    """Find the words that wait for the answer, the case locked before the comment as everywhere."""
    comment_id, number = UUID(payload["comment_id"]), int(payload["revision"])
    case_query = select(Case).where(
        col(Case.subject_id) == comment_id,
        col(Case.revision) == number,
        IS_OPEN,
        col(Case.is_review).is_(False),
    )
    case = session.exec(case_query.with_for_update() if for_update else case_query).first()
    if case is None or all(hold["code"] != OUTSIDE for hold in case.hold):
        return None
    comment = session.get_one(Comment, comment_id, with_for_update={"key_share": True} if for_update else None)
    return comment, session.get_one(CommentRevision, (comment_id, number)), case


def _known_code(answer: Answer) -> str:
    return answer.code if answer.code in set(Reason) and answer.code else FINDING


def _spans_within(body: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in spans[:MOST_SPANS] if 0 <= start < end <= len(body))
