"""Run what tells streams that something came: own commits, hints of other processes, and the clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from starlette.datastructures import State

from api.services import Services
from api.streams.ending import told_of_the_end
from api.streams.hub import Hub
from models.article_versions import numbers_of
from models.errors import ForumError
from models.hints import Hints

POLL: Final = timedelta(seconds=0.5)
logger = structlog.get_logger("forum.streams")


@asynccontextmanager
async def running_streams(state: State, services: Services) -> AsyncIterator[None]:
    """Hold the hub of this process in the application's state until the block ends."""
    hub = state.streams = Hub(is_limited=services.settings.rate_limits)
    database = services.database
    database.on_published(hub.hear)

    def hear(numbers: Mapping[UUID, int]) -> None:
        state.versions.hear(numbers)
        hub.hear(numbers)

    is_shared = database.dialect == "postgresql"
    hints = Hints(services.settings.database_url, database, hear) if is_shared else None
    polling = asyncio.create_task(_poll(hub, services))
    try:
        with told_of_the_end(hub.close):
            yield
    finally:
        hub.close()
        polling.cancel()
        if hints is not None:
            await hints.close()


async def _poll(hub: Hub, services: Services) -> None:
    """Look by the clock, since a hint may be lost and a command by hand gives none."""
    while True:
        await asyncio.sleep(POLL.total_seconds())
        followed = hub.look_again()
        if not followed:
            continue
        try:
            hub.hear(await services.database.read(numbers_of, followed))
        except ForumError as error:
            logger.warning("numbers not read", code=error.code)
