"""Keep what people follow, what they are told and how they want to hear of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id


class NotificationKind(StrEnum):
    """Name what people are told about."""

    REPLY = "reply"
    MENTION = "mention"
    DECISION = "decision"
    CHANGES_REQUESTED = "changes_requested"
    APPEAL_OUTCOME = "appeal_outcome"
    REPORT_OUTCOME = "report_outcome"
    CREDENTIAL_EXPIRING = "credential_expiring"
    NEW_ANALYSIS = "new_analysis"
    NEW_COMMENT = "new_comment"


class NotifiedOf(StrEnum):
    """Name what a notification points at."""

    COMMENT = "comment"
    ANALYSIS = "analysis"
    APPLICATION = "application"
    REPORT = "report"
    CREDENTIAL = "credential"


class Subscription(Table, table=True):
    """Keep that somebody follows a discussion."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_user_id", "user_id"),)

    article_id: UUID = Field(foreign_key="articles.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    created_at: datetime


class Notification(Table, table=True):
    """Keep that somebody is told of something; it holds no words, so that none outlives a removal.

    `cause_id` is what happened, such as the decision, and keeps anybody from being told of it twice.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index("uq_notifications_cause", "user_id", "kind", "cause_id", unique=True),
        Index("ix_notifications_user_id_id", "user_id", "id"),
        Index(
            "ix_notifications_unread",
            "user_id",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    kind: NotificationKind = Field(sa_type=enumeration(NotificationKind, "kind"))
    subject_type: NotifiedOf = Field(sa_type=enumeration(NotifiedOf, "subject_type"))
    subject_id: UUID
    cause_id: UUID
    article_id: UUID | None = Field(default=None, foreign_key="articles.id")
    actor_id: UUID | None = Field(default=None, foreign_key="users.id")
    created_at: datetime
    read_at: datetime | None = None


class NotificationSetting(Table, table=True):
    """Keep which kinds somebody hears of by mail, where they said so; the rest is as for everybody."""

    __tablename__ = "notification_settings"

    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    choices: dict[str, str] = Field(sa_type=document())
    version: int = 1


class OverdueDigest(Table, table=True):
    """Keep when a moderator was last written to about overdue cases."""

    __tablename__ = "overdue_digests"

    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    sent_at: datetime
