"""Erase what a person left, a slice a transaction: words, reactions, then the rows that are theirs alone.

How far it is stands in the row of the erasure, which is locked meanwhile: whoever goes on after a restart, or beside
another process, does the next slice and none twice. What a request that was under way has still written is found by a
last look.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, tuple_, update
from sqlmodel import Session, col

from forum.analyses.writing import delete_draft
from forum.discussion.posting import withdraw_comment
from forum.discussion.reactions import take_back_all
from forum.moderation.cases import lock_cases, void_cases
from forum.moderation.settlements.applications import take_back_application
from models.accounts import SingleUseToken
from models.analyses import PUBLIC, Analysis, AnalysisRevision, AnalysisStatus
from models.articles import Disclosure
from models.base import Table, columns_of
from models.batches import ModerationScope
from models.cases import Case
from models.comments import Comment, CommentRevision
from models.experts import Application, ApplicationRevision
from models.following import OwnChange, StreamTicket
from models.notifications import Notification, NotificationSetting, OverdueDigest, Subscription
from models.people import Erasure
from models.publication import IdempotencyRecord
from models.reports import Appeal, Report
from models.screening import RuleHit, TextBand
from models.users import Credential
from models.versions import ANY

ROWS_A_SLICE: Final = 200
LAST_LOOK: Final = timedelta(minutes=2)
NOBODY: Final[dict[str, Any]] = {"display_name": "", "badges": [], "credential": None}

Step = Callable[[Session, Erasure, datetime], bool]


def due_erasures(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Name the people of whom something is to be erased now, who asked first before others."""
    due = select(col(Erasure.user_id)).where(col(Erasure.due_at) <= now)
    return session.scalars(due.order_by(col(Erasure.due_at)).limit(ROWS_A_SLICE)).all()


def erase_slice(session: Session, user_id: UUID, *, now: datetime) -> bool:
    """Erase the next slice of what a person left; give whether more is left for now."""
    erasure = session.get(Erasure, user_id, with_for_update=True)
    if erasure is None or erasure.due_at > now:
        return False
    while erasure.step < len(STEPS):
        if STEPS[erasure.step](session, erasure, now):
            return True
        erasure.step, erasure.reached = erasure.step + 1, None
    if now >= erasure.asked_at + LAST_LOOK:
        session.delete(erasure)
    else:
        erasure.due_at, erasure.step = erasure.asked_at + LAST_LOOK, FIRST_AGAIN
    return False


def _comment(session: Session, erasure: Erasure, now: datetime) -> bool:
    """Withdraw the next comment and empty its revisions; one a transaction, since each locks its article."""
    comment_id = _next(session, Comment, Comment.author_id, erasure)
    if comment_id is None:
        return False
    if session.get_one(Comment, comment_id).withdrawn_at is None:
        withdraw_comment(session, comment_id, expected=ANY, now=now)
    session.execute(
        update(CommentRevision)
        .where(col(CommentRevision.comment_id) == comment_id)
        .values(
            body="",
            body_html="",
            quote=None,
            quoted_id=None,
            anchor=None,
            author_line=NOBODY,
            disclosure=None,
            hold=[],
            fingerprint="",
        )
    )
    session.execute(update(Appeal).where(col(Appeal.comment_id) == comment_id).values(statement=""))
    session.execute(delete(RuleHit).where(col(RuleHit.comment_id) == comment_id))
    session.execute(delete(TextBand).where(col(TextBand.comment_id) == comment_id))
    return True


def _analysis(session: Session, erasure: Erasure, now: datetime) -> bool:
    """Delete the next analysis if it is a draft, else empty the revisions that never were public."""
    analysis_id = _next(session, Analysis, Analysis.author_id, erasure)
    if analysis_id is None:
        return False
    if session.get_one(Analysis, analysis_id).status is AnalysisStatus.DRAFT:
        delete_draft(session, analysis_id, expected=ANY)
        return True
    lock_cases(session, analysis_id)
    analysis = session.get_one(Analysis, analysis_id, with_for_update=True, populate_existing=True)
    void_cases(session, analysis_id, now=now)
    hidden = [col(AnalysisRevision.published_at).is_(None)] if analysis.status in PUBLIC else []
    session.execute(
        update(AnalysisRevision)
        .where(col(AnalysisRevision.analysis_id) == analysis_id, *hidden)
        .values(
            title="",
            summary="",
            body="",
            body_html="",
            citations=[],
            ai_use={"used": False, "detail": None},
            quote=None,
            quoted_id=None,
            anchor=None,
            author_line=NOBODY,
            disclosure=None,
            note=None,
        )
    )
    return True


def _application(session: Session, erasure: Erasure, now: datetime) -> bool:
    """Withdraw the next application if it is open, and empty its revisions."""
    application_id = _next(session, Application, Application.user_id, erasure)
    if application_id is None:
        return False
    lock_cases(session, application_id)
    application = session.get_one(Application, application_id, with_for_update=True, populate_existing=True)
    if application.closed_at is None:
        take_back_application(session, application, now=now)
    application.credential_id = None
    session.execute(
        update(ApplicationRevision)
        .where(col(ApplicationRevision.application_id) == application_id)
        .values(title="", affiliation="", fields=[], biography="", orcid=None, evidence=[], author_line=NOBODY)
    )
    return True


def _answers_to_others(session: Session, erasure: Erasure, _: datetime) -> bool:
    """Delete what moderators may have again about cases of the person, since it tells their words and their name."""
    cases = select(col(Case.id)).where(col(Case.author_id) == erasure.user_id)
    about = columns_of(IdempotencyRecord)
    key = [column for column in about if column.primary_key]
    some = select(*key).where(about.subject_id.in_(cases)).limit(ROWS_A_SLICE)
    return _is_full(session.execute(delete(IdempotencyRecord).where(tuple_(*key).in_(some))))


def _reactions(session: Session, erasure: Erasure, now: datetime) -> bool:
    return take_back_all(session, erasure.user_id, limit=ROWS_A_SLICE, now=now)


def _reports(session: Session, erasure: Erasure, _: datetime) -> bool:
    """Take the words out of reports; that something was reported still counts."""
    worded = (
        select(col(Report.id))
        .where(col(Report.reporter_id) == erasure.user_id, col(Report.detail).is_not(None))
        .limit(ROWS_A_SLICE)
    )
    return _is_full(session.execute(update(Report).where(col(Report.id).in_(worded)).values(detail=None)))


def _rows(table: type[Table], session: Session, erasure: Erasure, _: datetime) -> bool:
    """Delete rows of a table that are the person's alone."""
    columns = columns_of(table)
    key = [column for column in columns if column.primary_key]
    some = select(*key).where(columns.user_id == erasure.user_id).limit(ROWS_A_SLICE)
    return _is_full(session.execute(delete(table).where(tuple_(*key).in_(some))))


def _next(session: Session, table: type[Any], owner: Any, erasure: Erasure) -> UUID | None:
    """Give the next thing of a person behind the one that was reached, and reach it."""
    more = select(col(table.id)).where(owner == erasure.user_id)
    if erasure.reached is not None:
        more = more.where(col(table.id) > erasure.reached)
    found: UUID | None = session.scalars(more.order_by(col(table.id)).limit(1)).first()
    erasure.reached = found
    return found


def _is_full(result: Any) -> bool:
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount == ROWS_A_SLICE


# Nothing can be added to these any more; deletions follow, in an order that references allow.
WORDS: Final[tuple[Step, ...]] = (_comment, _analysis, _application)
OWN_ROWS: Final[tuple[type[Table], ...]] = (
    StreamTicket,
    SingleUseToken,
    Credential,
    Disclosure,
    Notification,
    NotificationSetting,
    Subscription,
    OverdueDigest,
    ModerationScope,
    IdempotencyRecord,
    OwnChange,
)
STEPS: Final[tuple[Step, ...]] = (
    *WORDS,
    _answers_to_others,
    _reactions,
    _reports,
    *(partial(_rows, table) for table in OWN_ROWS),
)
FIRST_AGAIN: Final = len(WORDS)
