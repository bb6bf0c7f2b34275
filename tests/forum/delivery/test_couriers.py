"""Deliveries to webhooks: one holder at a time, and whoever lost a lease settles nothing."""

import asyncio
import threading
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlmodel import Session, select

from auth.accounts import NewAccount, create_account
from forum.delivery.couriers import TAKEN_AT_ONCE, Attempt, finish_try, take_deliveries, webhooks_with_work
from forum.delivery.events import announce, spread_event
from forum.delivery.outbox import LEASE
from forum.delivery.webhooks import NewWebhook, create_webhook, drop_webhook, ping, resend
from models.database import Database
from models.deliveries import DeliveryState, EventType, WebhookDelivery
from models.errors import NotFound, Refused
from models.publication import OutboxJob
from models.versions import ANY
from tests.beside import write_beside
from tests.service import START


def put(session: Session) -> tuple[UUID, UUID]:
    """Set a webhook up and queue a ping; give their ids."""
    account = NewAccount("a@example.org", "تحرير", "تحرير", "ar", "hash")
    user = create_account(session, account, roles=frozenset(), is_verified=True, now=START)
    new = NewWebhook("https://example.org/", [EventType.CASE_OPENED])
    webhook = create_webhook(session, new, created_by=user.id, now=START)
    return webhook.id, ping(session, webhook.id, now=START).id


def standing(session: Session) -> WebhookDelivery:
    """Give the delivery as it stands."""
    return session.exec(select(WebhookDelivery)).one()


class TestLeases:
    def test_delivery_is_leased_and_free_again_when_the_lease_is_over(self, database: Database) -> None:
        async def life() -> None:
            webhook_id, delivery_id = await database.write(put)
            first = await database.write(take_deliveries, webhook_id, now=START)
            assert first is not None
            assert await database.write(take_deliveries, webhook_id, now=START) is None
            assert await database.read(webhooks_with_work, but=[], now=START) == []
            with pytest.raises(Refused, match="illegal_transition"):
                await database.write(resend, webhook_id, delivery_id, now=START)
            later = START + LEASE
            assert await database.read(webhooks_with_work, but=[webhook_id], now=later) == []
            assert await database.read(webhooks_with_work, but=[], now=later) == [webhook_id]
            second = await database.write(take_deliveries, webhook_id, now=later)
            assert second is not None
            await database.write(finish_try, first.deliveries[0], Attempt(1, 200), now=later)
            assert (await database.read(standing)).state is DeliveryState.WAITING
            await database.write(finish_try, second.deliveries[0], Attempt(1, 500), now=later)
            left = await database.read(standing)
            assert (left.state, left.attempts, left.leased_until) == (DeliveryState.WAITING, 2, None)
            assert left.due_at > later

        asyncio.run(life())

    def test_two_holders_at_once_share_no_delivery(self, database: Database) -> None:
        has_taken, may_end = threading.Event(), threading.Event()

        def take_slowly(session: Session, webhook_id: UUID) -> int:
            taken = take_deliveries(session, webhook_id, now=START)
            has_taken.set()
            may_end.wait(timeout=0.5)
            return len(taken.deliveries) if taken else 0

        async def race() -> tuple[int, bool]:
            webhook_id, _ = await database.write(put)
            first = asyncio.create_task(database.write(take_slowly, webhook_id))
            await asyncio.to_thread(has_taken.wait)
            second = await database.write(take_deliveries, webhook_id, now=START)
            may_end.set()
            return await first, second is None

        assert asyncio.run(race()) == (1, True)

    def test_few_are_taken_at_once_the_longest_due_first(self, database: Database) -> None:
        async def takes() -> list[int]:
            webhook_id, _ = await database.write(put)
            for number in range(TAKEN_AT_ONCE):
                await database.write(ping, webhook_id, now=START - timedelta(seconds=number))
            taken = [await database.write(take_deliveries, webhook_id, now=START) for _ in range(2)]
            assert taken[0] is not None
            assert taken[0].deliveries[0].queued_at == START - timedelta(seconds=TAKEN_AT_ONCE - 1)
            return [len(one.deliveries) if one else 0 for one in taken]

        assert asyncio.run(takes()) == [TAKEN_AT_ONCE, 1]


class TestRemoval:
    """Taking a webhook away while something is written about it."""

    def test_waits_for_a_try_that_is_being_logged(self, database: Database) -> None:
        async def removal() -> list[WebhookDelivery]:
            webhook_id, _ = await database.write(put)
            taken = await database.write(take_deliveries, webhook_id, now=START)
            assert taken is not None
            logging = partial(finish_try, delivery=taken.deliveries[0], attempt=Attempt(1, 200), now=START)
            await write_beside(database, logging, partial(drop_webhook, webhook_id=webhook_id, expected=ANY))
            return list(await database.read(lambda session: session.exec(select(WebhookDelivery)).all()))

        assert asyncio.run(removal()) == []

    def test_webhook_that_was_just_taken_away_is_not_found_by_a_ping(self, database: Database) -> None:
        async def removal() -> None:
            webhook_id, _ = await database.write(put)
            dropping = partial(drop_webhook, webhook_id=webhook_id, expected=ANY)
            await write_beside(database, dropping, partial(ping, webhook_id=webhook_id, now=START))

        with pytest.raises(NotFound):
            asyncio.run(removal())

    def test_event_goes_past_a_webhook_that_was_just_taken_away(self, database: Database) -> None:
        async def removal() -> list[OutboxJob]:
            webhook_id, _ = await database.write(put)
            await database.write(announce, EventType.CASE_OPENED, webhook_id, now=START)
            job_id = await database.read(lambda session: session.exec(select(OutboxJob.id)).one())
            dropping = partial(drop_webhook, webhook_id=webhook_id, expected=ANY)
            await write_beside(database, dropping, partial(spread_event, job_id=job_id, now=START))
            return list(await database.read(lambda session: session.exec(select(OutboxJob)).all()))

        assert asyncio.run(removal()) == []
