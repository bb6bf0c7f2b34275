"""Settle verdicts about comments: the comment itself, or the edit that waits behind its public words.

One guarded update of the comment settles races with its author. Locks are taken in the order comment, article.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, bindparam, select, update
from sqlmodel import Session, col

from forum.delivery.news import bring_comment_news
from forum.moderation.cases import raise_reviews, void_cases
from forum.moderation.conditions import demand_conditions, speaks_as_expert
from forum.moderation.settlements.basis import (
    Outcome,
    Remembered,
    Restoration,
    Restored,
    Settlement,
    read_instant,
    written_instant,
)
from forum.moderation.transitions import NEW, REVISED, status_after
from models.base import columns_of
from models.cases import Verdict
from models.comments import Comment, CommentRevision, Status
from models.errors import Refused, Stale
from models.gates import shut_gate
from models.plain import Plain
from models.sessions import read_anew

_COMMENTS, _REVISIONS = columns_of(Comment), columns_of(CommentRevision)
# What a verdict can change about a comment.
_STANDING = ("status", "approved_revision", "published_at", "edited_at", "is_listed")
_LOCK = Plain(
    select(
        *(
            _COMMENTS[name]
            for name in (*_STANDING, "id", "article_id", "author_id", "parent_id", "in_reply_to", "path")
        ),
        _COMMENTS.current_revision,
        _COMMENTS.descendant_count,
    )
    .where(_COMMENTS.id == bindparam("comment_id"))
    .with_for_update(key_share=True)
)
_STATUSES = Plain(
    select(_REVISIONS.number, _REVISIONS.status)
    .where(_REVISIONS.comment_id == bindparam("comment_id"))
    .order_by(_REVISIONS.number)
)
_WORDS = Plain(
    select(_REVISIONS.number, _REVISIONS.status, _REVISIONS.body, _REVISIONS.author_line, _REVISIONS.disclosure).where(
        _REVISIONS.comment_id == bindparam("comment_id"), _REVISIONS.number == bindparam("number")
    )
)
_SETTLE = Plain(
    update(Comment.__table__)  # type: ignore[attr-defined]
    .where(
        _COMMENTS.id == bindparam("comment_id"),
        _COMMENTS.status == bindparam("old_status"),
        _COMMENTS.current_revision == bindparam("old_revision"),
        _COMMENTS.withdrawn_at.is_(None),
    )
    .values({name: bindparam(name) for name in _STANDING})
)
_SETTLE_WORDS = Plain(
    update(CommentRevision.__table__)  # type: ignore[attr-defined]
    .where(_REVISIONS.comment_id == bindparam("subject"), _REVISIONS.number == bindparam("revision"))
    .values(status=bindparam("status"), disclosure=bindparam("disclosure"))
)


def settle_comment(session: Session, settlement: Settlement) -> Outcome:
    """Write what a verdict makes of a locked comment; raise disclosure_required, Stale and illegal_transition."""
    comment = settlement.subject
    if settlement.meaning is None:
        return Outcome(comment.status, comment.status)
    if settlement.revision != _asked_about(comment, is_review=settlement.is_review):
        raise Stale
    revision = _words(session, comment.id, settlement.revision)
    is_edit = not settlement.is_review and comment.status is Status.APPROVED
    before: str = NEW if settlement.is_new else revision.status if is_edit else comment.status
    after = status_after(before, settlement.meaning)
    # The copy that goes out with words stays as it is when a review only confirms them.
    disclosure = revision.disclosure
    if after is Status.APPROVED and before != Status.APPROVED:
        disclosure = _demand_conditions(session, comment, revision, now=settlement.now)
    _settle_words(session, comment.id, revision.number, after, disclosure)
    voided: list[UUID] = []
    if not is_edit:
        voided = _settle_whole(session, comment, revision, after, now=settlement.now)
    elif after is Status.APPROVED:
        _replace_words(session, comment, revision, now=settlement.now)
    return Outcome(before, after, voided)


def demand_publishable(session: Session, case: Any, meaning: Verdict | None, *, now: datetime) -> None:
    """Raise what conditions ask for before anything else is weighed, where a verdict would publish words."""
    comment = session.get_one(Comment, case.subject_id)
    is_public = case.is_review and comment.status is Status.APPROVED
    if meaning is Verdict.APPROVE and not is_public:
        _demand_conditions(session, comment, _words(session, comment.id, case.revision), now=now)


def remember_comment(session: Session, comment_id: UUID) -> Remembered:
    """Lock a comment and write down how it and its revisions stand, for a reversal to come back to."""
    [comment] = _LOCK.rows(session, {"comment_id": comment_id})
    revisions = _STATUSES.rows(session, {"comment_id": comment_id})
    stands = {
        "status": comment.status,
        "approved_revision": comment.approved_revision,
        "published_at": written_instant(comment.published_at),
        "edited_at": written_instant(comment.edited_at),
        "revisions": {str(revision.number): revision.status for revision in revisions},
    }
    return Remembered(comment, stands)


def restore_comment(session: Session, restoration: Restoration) -> Restored:
    """Bring a comment back to how it stood before a decision; raise illegal_transition where it has moved on.

    Words that come back to the public need what publication needs.
    """
    read_anew(session, Comment, restoration.subject_id)
    shut_gate(session, restoration.subject_id)
    comment = session.get_one(Comment, restoration.subject_id, with_for_update={"key_share": True})
    prior = restoration.prior
    decided = session.get_one(CommentRevision, (comment.id, restoration.revision))
    if comment.withdrawn_at is not None or restoration.status not in {comment.status, decided.status}:
        raise Refused("illegal_transition")
    for number, status in prior["revisions"].items():
        session.get_one(CommentRevision, (comment.id, int(number))).status = Status(status)
    stood, stands = comment.status, Status(prior["status"])
    was_public, is_public = stood is Status.APPROVED, stands is Status.APPROVED
    shown_before = comment.approved_revision
    shown = _words(session, comment.id, prior["approved_revision"]) if is_public else None
    if shown and not was_public:
        _demand_conditions(session, comment, shown, now=restoration.now)
    values = {
        "status": stands,
        "approved_revision": prior["approved_revision"],
        "published_at": read_instant(prior["published_at"]),
        "edited_at": read_instant(prior["edited_at"]),
        # Above public replies a tombstone stays.
        "is_listed": is_public or comment.descendant_count > 0,
    }
    _guarded(session, comment, values)
    if is_public and shown_before != prior["approved_revision"]:
        raise_reviews(session, comment.id, prior["approved_revision"])
    if stood is not stands:
        # They ask about how it stood, public or not; what it waits for now is asked by the case that is reopened.
        void_cases(session, comment.id, now=restoration.now)
    if was_public != is_public or (is_public and shown_before != prior["approved_revision"]):
        body = shown.body if shown else None
        appears = int(is_public) - int(was_public)
        bring_comment_news(session, comment, appears=appears, body=body, now=restoration.now)
    return Restored(waiting=comment.current_revision, shown=comment.approved_revision or comment.current_revision)


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
    assert isinstance(result, CursorResult)  # noqa: S101
    _demand_one_row(result.rowcount)
    session.add(revision)
    session.flush()


def _demand_conditions(session: Session, comment: Any, revision: Any, *, now: datetime) -> dict[str, Any] | None:
    as_expert = speaks_as_expert(revision.author_line)
    return demand_conditions(session, comment.article_id, comment.author_id, as_expert=as_expert, now=now)


def _asked_about(comment: Any, *, is_review: bool) -> int:
    """Give the revision that can be decided about: what waits is the newest, a review is of what last was public."""
    number: int = (comment.approved_revision if is_review else None) or comment.current_revision
    return number


def _words(session: Session, comment_id: UUID, number: int) -> Any:
    [revision] = _WORDS.rows(session, {"comment_id": comment_id, "number": number})
    return revision


def _settle_words(
    session: Session, comment_id: UUID, number: int, status: Status, disclosure: dict[str, Any] | None
) -> None:
    written = {"subject": comment_id, "revision": number, "status": status, "disclosure": disclosure}
    _SETTLE_WORDS.run(session, written)
    read_anew(session, CommentRevision, comment_id, number)


def _replace_words(session: Session, comment: Any, revision: Any, *, now: datetime) -> None:
    """Let an approved edit take the place of the words that the public reads."""
    _guarded(session, comment, {"approved_revision": revision.number, "edited_at": now})
    raise_reviews(session, comment.id, revision.number)
    bring_comment_news(session, comment, appears=0, body=revision.body, now=now)


def _settle_whole(session: Session, comment: Any, revision: Any, after: Status, *, now: datetime) -> list[UUID]:
    """Settle the comment itself: it appears to the public, goes away with what waits behind it, or neither.

    Gives the other cases that this settled and that a reversal opens again; beside words that waited none belonged.
    """
    was_public, is_public = comment.status is Status.APPROVED, after is Status.APPROVED
    has_waited = comment.status is Status.PENDING
    values: dict[str, object] = {"status": after}
    if is_public:
        values |= {
            "approved_revision": revision.number,
            "published_at": comment.published_at or now,
            "is_listed": True,
        }
    elif was_public:
        values["is_listed"] = comment.descendant_count > 0
        _settle_waiting_words(session, comment.id, after)
    _guarded(session, comment, values)
    voided = void_cases(session, comment.id, now=now) if has_waited or was_public != is_public else []
    if was_public != is_public:
        body, appears = (revision.body, 1) if is_public else (None, -1)
        bring_comment_news(session, comment, appears=appears, body=body, now=now)
    return [] if has_waited else voided


def _settle_waiting_words(session: Session, comment_id: UUID, after: Status) -> None:
    waiting = col(CommentRevision.status).in_([Status.PENDING, Status.CHANGES_REQUESTED])
    session.execute(
        update(CommentRevision).where(col(CommentRevision.comment_id) == comment_id, waiting).values(status=after)
    )


def _guarded(session: Session, comment: Any, values: Mapping[str, object]) -> None:
    """Write how a comment stands now, unless it has changed since it was read, as an object or a row."""
    stands = {name: getattr(comment, name) for name in _STANDING}
    read = {"comment_id": comment.id, "old_status": comment.status, "old_revision": comment.current_revision}
    _demand_one_row(_SETTLE.run(session, {**read, **stands, **values}))
    read_anew(session, Comment, comment.id)


def _demand_one_row(rowcount: int) -> None:
    if rowcount != 1:
        raise Stale
