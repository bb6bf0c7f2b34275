"""Carry deliveries to webhooks: one task for each webhook, so that a slow or dead receiver holds up only its own."""

import asyncio
from functools import partial
from uuid import UUID

import structlog

from api.calls import call
from api.services import Services
from api.webhook_bodies import webhook_body
from forum.delivery.couriers import (
    Attempt,
    Consignment,
    drop_delivery,
    finish_try,
    take_deliveries,
    webhooks_with_work,
)
from forum.delivery.signatures import signature_headers
from models.deliveries import WebhookDelivery
from models.errors import ForumError

logger = structlog.get_logger("forum.webhooks")


class Courier:
    """Hold the tasks that are under way, at most one for a webhook."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def set_out(self) -> None:
        """Start a task for each webhook that something is due for and none is under way for."""
        self._tasks = {webhook_id: task for webhook_id, task in self._tasks.items() if not task.done()}
        database, now = self._services.database, self._services.clock()
        for webhook_id in await database.read(webhooks_with_work, but=list(self._tasks), now=now):
            self._tasks[webhook_id] = asyncio.create_task(self._serve(webhook_id))

    async def come_home(self) -> None:
        """Wait until what is under way has ended."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def give_up(self) -> None:
        """Stop what is under way; its leases end by themselves."""
        for task in self._tasks.values():
            task.cancel()
        await self.come_home()

    async def _serve(self, webhook_id: UUID) -> None:
        """Send what is due, one after the other, until nothing is or a try fails."""
        database = self._services.database
        try:
            while await self._carry(
                await database.write_briefly(take_deliveries, webhook_id, now=self._services.clock())
            ):
                pass
        except Exception as error:  # noqa: BLE001 - What went wrong for one webhook is recorded, and tried again later.
            logger.error("webhook not served", webhook=str(webhook_id), kind=type(error).__name__)

    async def _carry(self, consignment: Consignment | None) -> bool:
        if consignment is None:
            return False
        sent = [await self._send(consignment, delivery) for delivery in consignment.deliveries]
        return all(sent)

    async def _send(self, consignment: Consignment, delivery: WebhookDelivery) -> bool:
        services = self._services
        attempt = await self._try(consignment, delivery)
        if attempt is None:
            await services.database.write_briefly(drop_delivery, delivery, now=services.clock())
            return True
        await services.database.write_briefly(partial(finish_try, attempt=attempt), delivery, now=services.clock())
        if not attempt.is_good:
            trouble = attempt.error or f"status {attempt.status}"
            logger.warning("webhook failed", webhook=str(delivery.webhook_id), attempts=delivery.attempts, kind=trouble)
        return attempt.is_good

    async def _try(self, consignment: Consignment, delivery: WebhookDelivery) -> Attempt | None:
        """Give what came of a try, nothing where the subject may not be shown any more."""
        services = self._services
        try:
            body = await services.database.lookup(webhook_body, delivery)
            if body is None:
                return None
            headers = signature_headers(consignment.secrets, str(delivery.id), body, now=services.clock())
            return await call(consignment.url, headers, body, allow_private=services.settings.webhook_allow_private)
        except ForumError:
            raise
        except Exception as error:  # noqa: BLE001 - One that cannot be sent must not hold up those behind it.
            logger.error("webhook not sent", delivery=str(delivery.id), kind=type(error).__name__)
            return Attempt(0, error="internal_error")
