"""Shape notifications, what people choose to hear of by mail, and subscriptions."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.types import Answer, Closed, Instant, refuse
from forum.delivery.preferences import CHOOSABLE, Pace, pace_of
from forum.inbox.reading import Told
from forum.inbox.wording import text_of
from models.notifications import NotificationKind, NotificationSetting, NotifiedOf

MOST_MARKED = 100


class SubjectPublic(Answer):
    """Name what a notification points at."""

    type: NotifiedOf
    id: UUID


class ActorPublic(Answer):
    """Show who replied, mentioned or wrote."""

    id: UUID
    display_name: str


class NotificationPublic(Answer):
    """Show what somebody is told, worded in their language from what stands now."""

    id: UUID
    kind: NotificationKind
    subject: SubjectPublic
    article_id: UUID | None
    actor: ActorPublic | None
    text: str
    created_at: Instant
    read_at: Instant | None

    @classmethod
    def of(cls, told: Told, locale: str) -> Self:
        """Shape a notification."""
        actor = None
        if told.actor_id is not None and told.actor_name is not None:
            actor = ActorPublic(id=told.actor_id, display_name=told.actor_name)
        return cls(
            id=told.id,
            kind=told.kind,
            subject=SubjectPublic(type=told.subject_type, id=told.subject_id),
            article_id=told.article_id,
            actor=actor,
            text=text_of(told, locale),
            created_at=told.created_at,
            read_at=told.read_at,
        )


class NotificationList(Answer):
    """Hold a page of notifications; `unread` counts all that are not read, on this page or not."""

    items: list[NotificationPublic]
    next: str | None
    unread: int


class NotificationsRead(Closed):
    """Mark notifications as read: the named ones, or all up to one."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_MARKED)] | None = None
    up_to: UUID | None = None

    @model_validator(mode="after")
    def name_one(self) -> Self:
        """Refuse both, and neither."""
        if (self.ids is None) == (self.up_to is None):
            raise refuse("ids_or_up_to")
        return self


class Unread(Answer):
    """Count what is not read yet."""

    unread: int


class NotificationSettings(Closed):
    """Choose which kinds come by mail; a kind that is left out is as for everybody."""

    reply: Pace | None = None
    mention: Pace | None = None
    decision: Pace | None = None
    changes_requested: Pace | None = None
    appeal_outcome: Pace | None = None
    report_outcome: Pace | None = None
    new_analysis: Pace | None = None
    new_comment: Pace | None = None

    def choices(self) -> dict[str, str]:
        """Give what was chosen."""
        return {kind: pace for kind, pace in self.model_dump().items() if pace is not None}


class NotificationSettingsPublic(Answer):
    """Show which kinds come by mail."""

    reply: Pace
    mention: Pace
    decision: Pace
    changes_requested: Pace
    appeal_outcome: Pace
    report_outcome: Pace
    new_analysis: Pace
    new_comment: Pace

    @classmethod
    def of(cls, chosen: NotificationSetting) -> Self:
        """Shape what somebody chose."""
        return cls(**{kind.value: pace_of(chosen.choices, kind) for kind in CHOOSABLE})


class SubscriptionPublic(Answer):
    """Tell whether one follows a discussion, and since when."""

    subscribed: bool
    since: Instant | None
