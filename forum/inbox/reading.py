"""Read what people are told, by the one rule of who sees what: nothing about words that are not public any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from forum.analyses.reading import is_public_analysis
from forum.discussion.threads import visible_to
from models.analyses import Analysis, AnalysisStatus
from models.articles import Article
from models.base import columns_of, is_one_of
from models.cases import Decision
from models.comments import Comment, Status
from models.notifications import Notification, NotificationKind, NotificationSetting, NotifiedOf
from models.pages import Key, Page, cut
from models.plain import Plain
from models.reversals import Prior
from models.users import User

# One's own words, reports and credentials are one's own to hear about, whatever became of them.
ABOUT_ONESELF = (
    NotificationKind.DECISION,
    NotificationKind.CHANGES_REQUESTED,
    NotificationKind.APPEAL_OUTCOME,
    NotificationKind.REPORT_OUTCOME,
    NotificationKind.CREDENTIAL_EXPIRING,
)
# Where a comment and an analysis stand that everybody reads while an edit waits behind them.
PUBLIC_BEFORE = (Status.APPROVED, AnalysisStatus.PUBLISHED)


# A notification as a row, with what its text is made of as that stands now: actor_name, article_title, article_url,
# verdict and status_to, and whether that was about other words of what was public already (is_edit).
Told = Any


def notifications_page(session: Session, user_id: UUID, *, after: Key | None, limit: int) -> Page[Told]:
    """Give a page of what somebody is told, the newest first."""
    statement = _told().where(col(Notification.user_id) == user_id)
    if after is not None:
        statement = statement.where(col(Notification.id) < UUID(str(after[0])))
    rows = session.execute(statement.order_by(col(Notification.id).desc()).limit(limit + 1)).all()
    return cut(rows, limit, lambda told: (str(told.id),))


def told_by_id(session: Session, notification_ids: Sequence[UUID]) -> dict[UUID, Told]:
    """Give the notifications among those named whose readers may see what they are about."""
    rows = session.execute(_told().where(col(Notification.id).in_(notification_ids))).all()
    return {row.id: row for row in rows}


def find_mailed(session: Session, notification_id: UUID) -> Told | None:
    """Give one notification with email, locale and choices of its reader; nothing where it is not to be mailed.

    That is where it was read, or its reader has no address that was verified, or may not see what it is about.
    """
    return _MAILED.first(session, {"id": notification_id})


def count_unread(session: Session, user_id: UUID) -> int:
    """Count what somebody has not read and may see."""
    unread = select_columns(func.count()).where(*_unread(user_id), _may_be_seen())
    count: int = session.execute(unread).scalar_one()
    return count


def mark_read(
    session: Session, user_id: UUID, *, ids: Sequence[UUID] = (), up_to: UUID | None = None, now: datetime
) -> None:
    """Mark some of one's own notifications as read, or all up to one; what is not one's own is left alone."""
    named = col(Notification.id) <= up_to if up_to is not None else col(Notification.id).in_(ids)
    session.execute(update(Notification).where(*_unread(user_id), named).values(read_at=now))


def _told() -> Any:
    stood = col(Prior.subject)["status"].as_string()
    return (
        select_columns(
            *columns_of(Notification),
            col(User.display_name).label("actor_name"),
            col(Article.title).label("article_title"),
            col(Article.source_url).label("article_url"),
            col(Decision.verdict),
            col(Decision.status_to),
            and_(col(Decision.status_from) == Status.PENDING, is_one_of(stood, PUBLIC_BEFORE)).label("is_edit"),
        )
        .select_from(Notification)
        .outerjoin(User, and_(col(User.id) == col(Notification.actor_id), col(User.erased_at).is_(None)))
        .outerjoin(Article, col(Article.id) == col(Notification.article_id))
        .outerjoin(Decision, col(Decision.id) == col(Notification.cause_id))
        .outerjoin(Prior, col(Prior.decision_id) == col(Decision.id))
        .where(_may_be_seen())
    )


def _mailed() -> Any:
    is_reachable = (_READERS.erased_at.is_(None), _READERS.email_verified_at.is_not(None))
    settings = columns_of(NotificationSetting)
    return (
        _told()
        .add_columns(_READERS.email, _READERS.locale, settings.choices)
        .join(_READER, _READERS.id == col(Notification.user_id))
        .outerjoin(NotificationSetting, settings.user_id == _READERS.id)
        .where(col(Notification.id) == bindparam("id"), col(Notification.read_at).is_(None), *is_reachable)
    )


def _unread(user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return col(Notification.user_id) == user_id, col(Notification.read_at).is_(None)


def _may_be_seen() -> ColumnElement[bool]:
    about_comment = col(Notification.subject_type) == NotifiedOf.COMMENT
    about_analysis = col(Notification.subject_type) == NotifiedOf.ANALYSIS
    return or_(
        is_one_of(col(Notification.kind), ABOUT_ONESELF),
        and_(about_comment, exists().where(col(Comment.id) == col(Notification.subject_id), visible_to(None))),
        and_(about_analysis, exists().where(col(Analysis.id) == col(Notification.subject_id), is_public_analysis())),
    )


_READER = User.__table__.alias("readers")  # type: ignore[attr-defined]
_READERS = _READER.c
_MAILED = Plain(_mailed())
