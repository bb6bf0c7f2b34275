"""Keep what other systems are told: their webhooks, what goes to each, and every try to send it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id

URL_LENGTH = 2_000
DESCRIPTION_LENGTH = 500


class EventType(StrEnum):
    """Name what other systems hear about; `ping` only tries whether they hear at all."""

    COMMENT_CREATED = "comment.created"
    COMMENT_APPROVED = "comment.approved"
    COMMENT_UPDATED = "comment.updated"
    COMMENT_REMOVED = "comment.removed"
    ANALYSIS_PUBLISHED = "analysis.published"
    ANALYSIS_UPDATED = "analysis.updated"
    ANALYSIS_RETRACTED = "analysis.retracted"
    CASE_OPENED = "case.opened"
    CASE_DECIDED = "case.decided"
    USER_SANCTIONED = "user.sanctioned"
    PING = "ping"


class DeliveryState(StrEnum):
    """Name where a delivery stands; it is dropped when what it is about may not be shown any more."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class Webhook(Table, table=True):
    """Keep one address that is told of events; after a rotation the previous secret signs too until its time is over.

    The secrets stand in clear, since they sign; `version` rises with what an editor sets.
    """

    __tablename__ = "webhooks"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    url: str = Field(max_length=URL_LENGTH)
    events: list[str] = Field(sa_type=document())
    description: str | None = Field(default=None, max_length=DESCRIPTION_LENGTH)
    is_active: bool = True
    secret: str = Field(max_length=128)
    previous_secret: str | None = Field(default=None, max_length=128)
    previous_until: datetime | None = None
    failing_since: datetime | None = None
    created_by: UUID = Field(foreign_key="users.id")
    created_at: datetime
    version: int = 1


class WebhookDelivery(Table, table=True):
    """Keep one event on its way to one webhook; what it says is made when it is sent.

    While it waits, `due_at` is the next try, or the end of the lease of who tries; tries go on for a time after
    `queued_at`.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("uq_webhook_deliveries_event", "webhook_id", "event_id", unique=True),
        Index(
            "ix_webhook_deliveries_waiting",
            "webhook_id",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_deliveries_webhook_id_id", "webhook_id", "id"),
        Index("ix_webhook_deliveries_ended_at", "ended_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    webhook_id: UUID = Field(foreign_key="webhooks.id")
    event_id: UUID
    type: EventType = Field(sa_type=enumeration(EventType, "type"))
    subject_id: UUID
    occurred_at: datetime
    state: DeliveryState = Field(sa_type=enumeration(DeliveryState, "state"), default=DeliveryState.WAITING)
    attempts: int = 0
    queued_at: datetime
    due_at: datetime
    leased_until: datetime | None = None
    ended_at: datetime | None = None


class WebhookTry(Table, table=True):
    """Keep what came of one try: the status that was answered, or the kind of trouble."""

    __tablename__ = "webhook_tries"

    delivery_id: UUID = Field(foreign_key="webhook_deliveries.id", primary_key=True)
    number: int = Field(primary_key=True)
    tried_at: datetime
    milliseconds: int
    status: int | None = None
    error: str | None = Field(default=None, max_length=64)
