"""Send words that were screened where the findings send them: to the public, before the moderators, or back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from forum.delivery.news import announce_new_comment
from forum.moderation.cases import IS_OPEN, enter_case, open_case, raise_revision
from forum.moderation.decisions import publish_unread, reject_unread
from forum.moderation.outside import OUTSIDE, ask_outside
from forum.moderation.submissions import Hold, Screened
from models.cases import Case, CaseKind
from models.comments import Comment

FLAG_PRIORITY = 30


def receive_new_words(session: Session, row: Any, screened: Screened, *, now: datetime) -> Any:
    """Take in a comment that was just written, given as its row; give the row of its case if it waits there."""
    announce_new_comment(session, row, now=now)
    if screened.holds and screened.rejection is None and not screened.flags:
        case = enter_case(session, row, row.current_revision, screened.holds, is_review=False, now=now)
        if any(hold.code == OUTSIDE for hold in screened.holds):
            ask_outside(session, row.id, row.current_revision, now=now)
        return case
    return receive_words(session, session.get_one(Comment, row.id), screened, now=now)


def receive_words(session: Session, comment: Comment, screened: Screened, *, now: datetime) -> Case | None:
    """Take in the current revision of a comment; give the case in which it waits, if it does."""
    waiting = waiting_case(session, comment) if comment.current_revision > 1 else None
    # Words that nothing holds wait for nothing; what is flagged of them is a question of its own.
    holds = [*screened.holds, *screened.flags] if screened.holds else []
    if waiting is not None:
        raise_revision(session, comment, comment.current_revision, holds, now=now)
        session.refresh(waiting)
    if not screened.holds:
        publish_unread(session, comment, case=waiting, now=now)
        if screened.flags:
            _put_up(session, comment, screened.flags, now=now)
        return None
    if waiting is None:
        waiting = open_case(session, comment, comment.current_revision, holds, is_review=False, now=now)
    if screened.rejection is not None:
        reject_unread(session, comment, waiting, screened.rejection, now=now)
        return None
    if screened.flags:
        _hasten(session, waiting)
    if any(hold.code == OUTSIDE for hold in screened.holds):
        ask_outside(session, comment.id, comment.current_revision, now=now)
    return waiting


def waiting_case(session: Session, comment: Comment) -> Case | None:
    """Give the open case in which an author's words wait."""
    return _open(session, comment, is_review=False)


def _put_up(session: Session, comment: Comment, flags: Sequence[Hold], *, now: datetime) -> None:
    """Put public words before the moderators, or hasten the look that somebody asked for already."""
    standing = _open(session, comment, is_review=True)
    revision = comment.current_revision
    _hasten(session, standing or open_case(session, comment, revision, flags, is_review=True, now=now))


def _open(session: Session, comment: Comment, *, is_review: bool) -> Case | None:
    return session.exec(
        select(Case).where(
            col(Case.subject_id) == comment.id,
            col(Case.kind) == CaseKind.COMMENT,
            IS_OPEN,
            col(Case.is_review).is_(is_review),
        )
    ).first()


def _hasten(session: Session, case: Case) -> None:
    session.execute(update(Case).where(col(Case.id) == case.id).values(queue_rank=Case.queue_rank - FLAG_PRIORITY))
