"""Decide: the only place that writes a status, of a comment or of a revision.

A verdict names the revision that was read. One guarded update each of case and comment settles races; what is decided,
the log and what the public sees of it are one transaction. Locks are taken in the order case, comment, article, chain.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import demand
from forum.moderation import chain
from forum.moderation.cases import void_cases
from forum.moderation.conditions import demand_disclosure
from forum.moderation.transitions import NEW, REVISED, needs_reason, status_after
from forum.publishing import publish_comment
from models.base import new_id
from models.cases import Case, CaseState, Decision, Reason, Verdict
from models.comments import Comment, CommentRevision, Status
from models.errors import Invalid, NotFound, Refused, Stale


@dataclass(frozen=True)
class Ruling:
    """Hold what a moderator says about the revision that they read."""

    verdict: Verdict
    revision: int
    reason: Reason | None = None
    note: str | None = None
    claim_token: str | None = None


@dataclass(frozen=True)
class _Basis:
    """Hold on what a decision stands: the case it closes, if any, who decides, and the author's declaration."""

    case_id: UUID | None
    decided_by: UUID | None
    disclosure: dict[str, Any] | None


def decide(
    session: Session, case_id: UUID, ruling: Ruling, *, identity: Identity, now: datetime
) -> tuple[Decision, bool]:
    """Decide a case; give the decision and whether it is new (not so for one's own same verdict said again).

    Raises NotFound, own_content, Invalid without a needed reason, disclosure_required, Stale when the text changed,
    case_already_decided, claim_lost and illegal_transition.
    """
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise NotFound
    demand(identity, Permission.MODERATION_DECIDE, case)
    if needs_reason(ruling.verdict, ruling.reason):
        raise Invalid("/reason", "reason_required")
    if case.state is not CaseState.OPEN:
        return _said_before(session, case, ruling, identity), False
    comment = session.get_one(Comment, case.subject_id, with_for_update=True)
    approves = ruling.verdict is Verdict.APPROVE
    disclosure = demand_disclosure(session, comment.article_id, comment.author_id) if approves else None
    if case.revision != ruling.revision:
        raise Stale
    if ruling.claim_token is not None:
        # Nobody holds a claim, so a token can only be one that lapsed.
        raise Refused("claim_lost")
    _close(session, case, now=now)
    basis = _Basis(case.id, identity.user_id, disclosure)
    return _settle(session, comment, ruling, basis, is_review=case.is_review, now=now), True


def publish_unread(session: Session, comment: Comment, *, case: Case | None = None, now: datetime) -> Decision:
    """Approve, as the system, words that screening lets through; a case that held them is closed with it."""
    if case is not None:
        _close(session, case, now=now)
    ruling = Ruling(Verdict.APPROVE, comment.current_revision)
    disclosure = demand_disclosure(session, comment.article_id, comment.author_id)
    basis = _Basis(case.id if case else None, None, disclosure)
    return _settle(session, comment, ruling, basis, is_review=False, now=now)


def take_in_revision(session: Session, comment: Comment, revision: CommentRevision) -> None:
    """Make a new revision of its author the current one; raise illegal_transition where words are not editable.

    The status that this leads to is pending, or approved still where the public keeps the approved text meanwhile.
    """
    after = REVISED.get(comment.status)
    if after is None or comment.withdrawn_at is not None:
        raise Refused("illegal_transition")
    result = session.execute(
        update(Comment)
        .where(
            col(Comment.id) == comment.id,
            col(Comment.current_revision) == revision.number - 1,
            col(Comment.status) == comment.status,
            col(Comment.withdrawn_at).is_(None),
        )
        .values(current_revision=revision.number, status=after)
    )
    _demand_one_row(result)
    session.add(revision)
    session.flush()


def _said_before(session: Session, case: Case, ruling: Ruling, identity: Identity) -> Decision:
    standing = session.exec(
        select(Decision).where(col(Decision.case_id) == case.id).order_by(col(Decision.number).desc()).limit(1)
    ).first()
    if standing is None or standing.revision != ruling.revision:
        raise Stale if case.revision != ruling.revision else Refused("case_already_decided")
    if standing.decided_by != identity.user_id or standing.verdict != ruling.verdict:
        raise Refused("case_already_decided")
    return standing


def _close(session: Session, case: Case, *, now: datetime) -> None:
    result = session.execute(
        update(Case)
        .where(col(Case.id) == case.id, col(Case.revision) == case.revision, col(Case.state) == CaseState.OPEN)
        .values(state=CaseState.DECIDED, closed_at=now)
    )
    if _rows(result) != 1:
        raise Refused("case_already_decided")


def _settle(
    session: Session, comment: Comment, ruling: Ruling, basis: _Basis, *, is_review: bool, now: datetime
) -> Decision:
    revision = session.get_one(CommentRevision, (comment.id, ruling.revision))
    is_edit = not is_review and comment.status is Status.APPROVED and comment.approved_revision is not None
    before: str = revision.status if is_edit else comment.status
    is_first = basis.case_id is None and comment.approved_revision is None
    after = status_after(NEW if is_first else before, ruling.verdict)
    revision.status = after
    if after is Status.APPROVED:
        revision.disclosure = basis.disclosure
    if not is_edit:
        _settle_comment(session, comment, revision, after, now=now)
    elif after is Status.APPROVED:
        _replace_words(session, comment, revision, now=now)
    return chain.append(
        session,
        Decision(
            id=new_id(),
            case_id=basis.case_id,
            subject_type="comment",
            subject_id=comment.id,
            revision=revision.number,
            verdict=ruling.verdict,
            status_from=NEW if is_first else before,
            status_to=after,
            decided_by=basis.decided_by,
            automated=basis.decided_by is None,
            reason=ruling.reason,
            note=ruling.note,
            decided_at=now,
        ),
    )


def _replace_words(session: Session, comment: Comment, revision: CommentRevision, *, now: datetime) -> None:
    """Let an approved edit take the place of the words that the public reads."""
    _guarded(session, comment, {"approved_revision": revision.number, "edited_at": now})
    publish_comment(session, comment, appears=0, now=now)


def _settle_comment(
    session: Session, comment: Comment, revision: CommentRevision, after: Status, *, now: datetime
) -> None:
    """Settle the comment itself: it appears to the public, goes away with what waits behind it, or neither."""
    was_public, is_public = comment.status is Status.APPROVED, after is Status.APPROVED
    values: dict[str, object] = {"status": after}
    if is_public:
        values |= {
            "approved_revision": revision.number,
            "published_at": comment.published_at or now,
            "is_listed": True,
        }
    elif was_public:
        values["is_listed"] = comment.descendant_count > 0
        void_cases(session, comment.id, now=now)
        _settle_waiting_words(session, comment, after)
    _guarded(session, comment, values)
    if was_public != is_public:
        publish_comment(session, comment, appears=1 if is_public else -1, now=now)


def _settle_waiting_words(session: Session, comment: Comment, after: Status) -> None:
    waiting = col(CommentRevision.status).in_([Status.PENDING, Status.CHANGES_REQUESTED])
    session.execute(
        update(CommentRevision).where(col(CommentRevision.comment_id) == comment.id, waiting).values(status=after)
    )


def _guarded(session: Session, comment: Comment, values: dict[str, object]) -> None:
    result = session.execute(
        update(Comment)
        .where(
            col(Comment.id) == comment.id,
            col(Comment.status) == comment.status,
            col(Comment.current_revision) == comment.current_revision,
            col(Comment.withdrawn_at).is_(None),
        )
        .values(**values)
    )
    _demand_one_row(result)


def _demand_one_row(result: object) -> None:
    if _rows(result) != 1:
        raise Stale


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount
