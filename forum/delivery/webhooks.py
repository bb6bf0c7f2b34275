"""Set up webhooks: who is told of which events, with which secret; and read and repeat what went to them."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from forum.delivery.couriers import IS_WAITING
from forum.delivery.events import queued
from forum.delivery.signatures import PREFIX
from models.base import is_one_of, new_id
from models.deliveries import DeliveryState, EventType, Webhook, WebhookDelivery, WebhookTry
from models.errors import NotFound, Refused
from models.pages import Key, Page, cut
from models.versions import Expected, demand_version

SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True)
class NewWebhook:
    """Hold what an editor sets up."""

    url: str
    events: Sequence[EventType]
    description: str | None = None


@dataclass(frozen=True)
class Tried:
    """Hold a delivery with each try that was made of it."""

    delivery: WebhookDelivery
    tries: Sequence[WebhookTry]


def create_webhook(session: Session, new: NewWebhook, *, created_by: UUID, now: datetime) -> Webhook:
    """Set up a webhook with a secret of its own; it hears of what happens from now on."""
    webhook = Webhook(
        id=new_id(),
        url=new.url,
        events=list(new.events),
        description=new.description,
        secret=_new_secret(),
        created_by=created_by,
        created_at=now,
    )
    session.add(webhook)
    session.flush()
    return webhook


def find_webhook(session: Session, webhook_id: UUID) -> Webhook:
    """Give a webhook; raise NotFound."""
    webhook = session.get(Webhook, webhook_id)
    if webhook is None:
        raise NotFound
    return webhook


def list_webhooks(session: Session, *, after: Key | None, limit: int) -> Page[Webhook]:
    """Give a page of the webhooks, the newest first."""
    statement = select(Webhook)
    if after is not None:
        statement = statement.where(col(Webhook.id) < UUID(str(after[0])))
    rows = session.exec(statement.order_by(col(Webhook.id).desc()).limit(limit + 1)).all()
    return cut(rows, limit, lambda webhook: (str(webhook.id),))


def change_webhook(
    session: Session, webhook_id: UUID, values: Mapping[str, Any], *, expected: Expected, now: datetime
) -> Webhook:
    """Change what was set up; a webhook at another address, or switched on again, starts with a clean record.

    Raises NotFound and Stale.
    """
    webhook = _locked(session, webhook_id)
    demand_version(expected, webhook.version)
    changed = {name: value for name, value in values.items() if getattr(webhook, name) != value}
    if not changed:
        return webhook
    for name, value in changed.items():
        setattr(webhook, name, value)
    if "url" in changed or "is_active" in changed:
        webhook.failing_since = None
        _try_now(session, webhook_id, now=now)
    webhook.version += 1
    session.flush()
    return webhook


def drop_webhook(session: Session, webhook_id: UUID, *, expected: Expected) -> None:
    """Take a webhook away, and with it what waits for it and its log. Raises NotFound and Stale."""
    webhook = _locked(session, webhook_id)
    demand_version(expected, webhook.version)
    of_webhook = select(col(WebhookDelivery.id)).where(col(WebhookDelivery.webhook_id) == webhook_id)
    # A try that is being logged is waited for: one that came after the others went would keep its delivery.
    session.exec(of_webhook.where(IS_WAITING).with_for_update()).all()
    session.execute(delete(WebhookTry).where(col(WebhookTry.delivery_id).in_(of_webhook)))
    session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook_id))
    session.delete(webhook)
    session.flush()


def rotate_secret(session: Session, webhook_id: UUID, *, now: datetime) -> Webhook:
    """Give a webhook a new secret; the one before signs too for a day. Raises NotFound."""
    webhook = _locked(session, webhook_id)
    webhook.previous_secret, webhook.previous_until = webhook.secret, now + OVERLAP
    webhook.secret = _new_secret()
    session.flush()
    return webhook


def ping(session: Session, webhook_id: UUID, *, now: datetime) -> WebhookDelivery:
    """Queue a message that only tries the way. Raises NotFound."""
    _locked(session, webhook_id)
    delivery = queued(webhook_id, EventType.PING, webhook_id, now=now)
    delivery.event_id = delivery.id
    session.add(delivery)
    session.flush()
    return delivery


def resend(session: Session, webhook_id: UUID, delivery_id: UUID, *, now: datetime) -> Tried:
    """Queue a delivery again, whatever came of it before; the receiver sees the same id.

    Raises NotFound, and illegal_transition for one that is being sent just now.
    """
    delivery = session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.webhook_id != webhook_id:
        raise NotFound
    if delivery.leased_until is not None and delivery.leased_until > now:
        raise Refused("illegal_transition")
    delivery.state, delivery.ended_at = DeliveryState.WAITING, None
    delivery.queued_at = delivery.due_at = now
    session.flush()
    return _with_tries(session, [delivery])[0]


def deliveries_of(
    session: Session, webhook_id: UUID, *, state: DeliveryState | None, after: Key | None, limit: int
) -> Page[Tried]:
    """Give a page of what went to a webhook, the newest first, with every try. Raises NotFound."""
    find_webhook(session, webhook_id)
    statement = select(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook_id)
    if state is not None:
        statement = statement.where(is_one_of(col(WebhookDelivery.state), [state]))
    if after is not None:
        statement = statement.where(col(WebhookDelivery.id) < UUID(str(after[0])))
    rows = session.exec(statement.order_by(col(WebhookDelivery.id).desc()).limit(limit + 1)).all()
    return cut(_with_tries(session, rows), limit, lambda tried: (str(tried.delivery.id),))


def forget_deliveries(session: Session, *, now: datetime) -> bool:
    """Drop a slice of the log that is older than anybody asks for; tell whether more may be left."""
    is_old = col(WebhookDelivery.ended_at) < now - KEPT_FOR
    old = session.exec(select(WebhookDelivery.id).where(is_old).limit(FORGOTTEN_AT_ONCE)).all()
    session.execute(delete(WebhookTry).where(col(WebhookTry.delivery_id).in_(old)))
    session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.id).in_(old)))
    return len(old) == FORGOTTEN_AT_ONCE


def _locked(session: Session, webhook_id: UUID) -> Webhook:
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None:
        raise NotFound
    return webhook


def _try_now(session: Session, webhook_id: UUID, *, now: datetime) -> None:
    is_free = or_(col(WebhookDelivery.leased_until).is_(None), col(WebhookDelivery.leased_until) <= now)
    session.execute(
        update(WebhookDelivery)
        .where(
            col(WebhookDelivery.webhook_id) == webhook_id,
            IS_WAITING,
            is_free,
        )
        .values(due_at=now, queued_at=now)
    )


def _with_tries(session: Session, deliveries: Sequence[WebhookDelivery]) -> list[Tried]:
    ids = [delivery.id for delivery in deliveries]
    by_delivery: dict[UUID, list[WebhookTry]] = {delivery_id: [] for delivery_id in ids}
    made = select(WebhookTry).where(col(WebhookTry.delivery_id).in_(ids)).order_by(col(WebhookTry.number))
    for one in session.exec(made).all():
        by_delivery[one.delivery_id].append(one)
    return [Tried(delivery, by_delivery[delivery.id]) for delivery in deliveries]


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
