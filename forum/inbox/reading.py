"""Read what people are told, by the one rule of who sees what: nothing about words that are not public any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from forum.analyses.reading import is_public_analysis
from forum.discussion.threads import visible_to
from models.analyses import Analysis
from models.articles import Article
from models.cases import Decision
from models.comments import Comment
from models.notifications import Notification, NotificationKind, NotifiedOf
from models.pages import Key, Page, cut
from models.users import User

# One's own words, reports and credentials are one's own to hear about, whatever became of them.
ABOUT_ONESELF = (
    NotificationKind.DECISION,
    NotificationKind.CHANGES_REQUESTED,
    NotificationKind.APPEAL_OUTCOME,
    NotificationKind.REPORT_OUTCOME,
    NotificationKind.CREDENTIAL_EXPIRING,
)


@dataclass(frozen=True)
class Told:
    """Hold a notification with what its text is made of, as that stands now."""

    notification: Notification
    actor_name: str | None
    article_title: str | None
    article_url: str | None
    verdict: str | None
    status_to: str | None


def notifications_page(session: Session, user_id: UUID, *, after: Key | None, limit: int) -> Page[Told]:
    """Give a page of what somebody is told, the newest first."""
    statement = _told().where(col(Notification.user_id) == user_id)
    if after is not None:
        statement = statement.where(col(Notification.id) < UUID(str(after[0])))
    rows = session.execute(statement.order_by(col(Notification.id).desc()).limit(limit + 1)).all()
    return cut([Told(*row) for row in rows], limit, lambda told: (str(told.notification.id),))


def told_by_id(session: Session, notification_ids: Sequence[UUID]) -> dict[UUID, Told]:
    """Give the notifications among those named whose readers may see what they are about."""
    rows = session.execute(_told().where(col(Notification.id).in_(notification_ids))).all()
    return {row[0].id: Told(*row) for row in rows}


def find_told(session: Session, notification_id: UUID) -> Told | None:
    """Give one notification, or nothing where its reader may not see what it is about."""
    row = session.execute(_told().where(col(Notification.id) == notification_id)).first()
    return Told(*row) if row else None


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
    return (
        select_columns(
            Notification,
            col(User.display_name),
            col(Article.title),
            col(Article.source_url),
            col(Decision.verdict),
            col(Decision.status_to),
        )
        .outerjoin(User, and_(col(User.id) == col(Notification.actor_id), col(User.erased_at).is_(None)))
        .outerjoin(Article, col(Article.id) == col(Notification.article_id))
        .outerjoin(Decision, col(Decision.id) == col(Notification.cause_id))
        .where(_may_be_seen())
    )


def _unread(user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return col(Notification.user_id) == user_id, col(Notification.read_at).is_(None)


def _may_be_seen() -> ColumnElement[bool]:
    about_comment = col(Notification.subject_type) == NotifiedOf.COMMENT
    about_analysis = col(Notification.subject_type) == NotifiedOf.ANALYSIS
    return or_(
        col(Notification.kind).in_(ABOUT_ONESELF),
        and_(about_comment, exists().where(col(Comment.id) == col(Notification.subject_id), visible_to(None))),
        and_(about_analysis, exists().where(col(Analysis.id) == col(Notification.subject_id), is_public_analysis())),
    )
