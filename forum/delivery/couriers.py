"""Hand out deliveries to webhooks, a few of one webhook to one holder at a time, and write down what came of each try.

A delivery is leased as jobs of the outbox are: whoever takes it moves its due time on. Tries go on for three days with
pauses as long as it has waited so far.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, literal_column, update
from sqlmodel import Session, col, select

from forum.delivery.outbox import LEASE
from forum.delivery.signatures import secret_bytes
from models.deliveries import DeliveryState, Webhook, WebhookDelivery, WebhookTry

TAKEN_AT_ONCE = 8
MOST_WEBHOOKS = 64
TRIED_FOR = timedelta(days=3)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
GOOD = range(200, 300)
GONE = 410

# Written out rather than bound, so that both engines see that the partial index of waiting ones serves.
IS_WAITING = col(WebhookDelivery.state) == literal_column("'waiting'")


@dataclass(frozen=True)
class Consignment:
    """Hold the deliveries that were taken for one webhook, where they go, and the secrets that sign them."""

    url: str
    secrets: Sequence[bytes]
    deliveries: Sequence[WebhookDelivery]


@dataclass(frozen=True)
class Attempt:
    """Hold what came of a try: the status that was answered, or the kind of trouble."""

    milliseconds: int
    status: int | None = None
    error: str | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether the receiver took it."""
        return self.status in GOOD

    @property
    def is_gone(self) -> bool:
        """Tell whether the receiver asks for nothing more (Standard Webhooks: 410)."""
        return self.status == GONE


def webhooks_with_work(session: Session, *, but: Collection[UUID], now: datetime) -> Sequence[UUID]:
    """Name webhooks that something is due for, those aside that are being worked for already."""
    # One is looked for at each webhook: told to see whether any exists, PostgreSQL might go through all that wait.
    due = select(WebhookDelivery.id).where(
        IS_WAITING, col(WebhookDelivery.webhook_id) == col(Webhook.id), col(WebhookDelivery.due_at) <= now
    )
    has_due = due.limit(1).scalar_subquery().is_not(None)
    working = select(Webhook.id).where(col(Webhook.is_active), col(Webhook.id).not_in(but), has_due)
    return session.exec(working.limit(MOST_WEBHOOKS)).all()


def take_deliveries(session: Session, webhook_id: UUID, *, now: datetime) -> Consignment | None:
    """Lease what is due for a webhook, the longest due first; other holders skip it. Nothing where nothing is due."""
    webhook = session.get(Webhook, webhook_id)
    if webhook is None or not webhook.is_active:
        return None
    deliveries = session.exec(
        select(WebhookDelivery)
        .where(IS_WAITING, col(WebhookDelivery.webhook_id) == webhook_id, col(WebhookDelivery.due_at) <= now)
        .order_by(col(WebhookDelivery.due_at), col(WebhookDelivery.id))
        .limit(TAKEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for delivery in deliveries:
        delivery.due_at = delivery.leased_until = now + LEASE
        delivery.attempts += 1
    session.flush()
    return Consignment(webhook.url, _secrets_in_force(webhook, now=now), deliveries) if deliveries else None


def finish_try(session: Session, delivery: WebhookDelivery, attempt: Attempt, *, now: datetime) -> None:
    """Log a try and settle its delivery, or put it off; a holder that lost its lease leaves that to the next.

    A receiver that says to be gone is not asked again: the webhook is switched off, as by an editor.
    """
    is_over = attempt.is_gone or (not attempt.is_good and now - delivery.queued_at >= TRIED_FOR)
    state = DeliveryState.DELIVERED if attempt.is_good else DeliveryState.FAILED if is_over else DeliveryState.WAITING
    if not _settle(session, delivery, state, now=now):
        return
    session.add(
        WebhookTry(
            delivery_id=delivery.id,
            number=delivery.attempts,
            tried_at=now,
            milliseconds=attempt.milliseconds,
            status=attempt.status,
            error=attempt.error,
        )
    )
    is_marked = col(Webhook.failing_since).is_not(None)
    session.execute(
        update(Webhook)
        .where(col(Webhook.id) == delivery.webhook_id, is_marked if attempt.is_good else ~is_marked)
        .values(failing_since=None if attempt.is_good else now)
    )
    if attempt.is_gone:
        session.execute(
            update(Webhook)
            .where(col(Webhook.id) == delivery.webhook_id, col(Webhook.is_active))
            .values(is_active=False, version=col(Webhook.version) + 1)
        )
    session.flush()


def drop_delivery(session: Session, delivery: WebhookDelivery, *, now: datetime) -> None:
    """Let a delivery go whose subject may not be shown any more."""
    _settle(session, delivery, DeliveryState.DROPPED, now=now)


def _settle(session: Session, delivery: WebhookDelivery, state: DeliveryState, *, now: datetime) -> bool:
    is_waiting = state is DeliveryState.WAITING
    pause = min(max(now - delivery.queued_at, FIRST_PAUSE), LONGEST_PAUSE)
    is_held = IS_WAITING & (col(WebhookDelivery.attempts) == delivery.attempts)
    settled = session.execute(
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id) == delivery.id, is_held)
        .values(state=state, due_at=now + pause, leased_until=None, ended_at=None if is_waiting else now)
    )
    assert isinstance(settled, CursorResult)  # noqa: S101
    return settled.rowcount == 1


def _secrets_in_force(webhook: Webhook, *, now: datetime) -> list[bytes]:
    is_overlap = webhook.previous_until is not None and webhook.previous_until > now
    named = [webhook.secret, *([webhook.previous_secret] if is_overlap and webhook.previous_secret else [])]
    return [secret_bytes(secret) for secret in named]
