"""Write down, with a change, what other systems are to hear of it; the relay hands it to each webhook later.

Where nobody listens, a transaction pays one look for it, whatever happens in it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from forum.delivery.outbox import order_job
from models.base import columns_of
from models.deliveries import EventType, Webhook, WebhookDelivery
from models.plain import Plain
from models.publication import EVENT, OutboxJob
from models.upserts import insert_once

# Where a transaction keeps what its one look found.
LISTENED_TO: Final = "listened_to"
A_LISTENER = select_columns(columns_of(Webhook).id).where(columns_of(Webhook).is_active).limit(1)
_LISTENER = Plain(A_LISTENER)


def announce(session: Session, event: EventType, subject_id: UUID, *, now: datetime) -> None:
    """Write an event down if any webhook is there; it names its subject and holds none of its words."""
    if not _is_listened_to(session):
        return
    order_job(session, EVENT, {"type": event, "subject_id": str(subject_id)}, now=now)


def spread_event(session: Session, job_id: UUID, *, now: datetime) -> None:
    """Hand an event to each webhook that wants it and was there when it happened, and drop its job with that."""
    job = session.get(OutboxJob, job_id, with_for_update=True)
    if job is None:
        return
    event = EventType(job.payload["type"])
    listening = select(Webhook).where(col(Webhook.is_active), col(Webhook.created_at) <= job.created_at)
    # One that is being taken away is waited for, and then left out.
    for webhook in session.exec(listening.with_for_update(read=True, key_share=True)).all():
        if event in webhook.events:
            row = queued(webhook.id, event, UUID(job.payload["subject_id"]), now=now)
            row.event_id, row.occurred_at = job.id, job.created_at
            insert_once(session, WebhookDelivery, row.model_dump())
    session.delete(job)
    session.flush()


def queued(webhook_id: UUID, event: EventType, subject_id: UUID, *, now: datetime) -> WebhookDelivery:
    """Make a delivery of something that happens now, due at once."""
    return WebhookDelivery(
        webhook_id=webhook_id,
        event_id=subject_id,
        type=event,
        subject_id=subject_id,
        occurred_at=now,
        queued_at=now,
        due_at=now,
    )


def _is_listened_to(session: Session) -> bool:
    if LISTENED_TO not in session.info:
        session.info[LISTENED_TO] = _LISTENER.first(session, {}) is not None
    return bool(session.info[LISTENED_TO])
