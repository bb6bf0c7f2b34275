"""Run the relay apart from the service: the same chores, in a process that answers no request."""

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime

from api.background import Chores, delivery, running
from api.limits import Limiter
from api.services import Services
from auth.passwords import PasswordHashing
from auth.tokens import SigningKeys
from forum.delivery.mail import Mailer
from models.database import Database, Sizes
from settings import Settings

SIZES = Sizes(readers=2, writers=4)


async def run_relay(settings: Settings, *, clock: Callable[[], datetime]) -> None:
    """Deliver until a signal ends it; what is under way then is taken up by another, once its lease is over."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    database = Database.open(settings.database_url, sizes=SIZES)
    keys, limiter = SigningKeys.parse(settings.secret_keys), Limiter(is_on=False)
    services = Services(settings, database, None, keys, PasswordHashing(), limiter, clock)
    chores = Chores(services, Mailer.of(settings.public_url, settings.smtp_url, settings.mail_folder))
    async with running(chores, delivery(chores)):
        await stopped.wait()
    await database.close()
