"""Do what is due while the service runs: send mail, close discussions, fold reactions, forget old answers."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog

from api.courier import Courier
from api.idempotency import forget_old_answers
from api.quotes import anchor_again
from api.services import Services
from api.stopping import stop_url
from auth.kept_sanctions import forget_kept_sanctions
from auth.throttling import forget_old_failures
from forum.articles import close_due, has_due
from forum.delivery.events import spread_event
from forum.delivery.letters import Letter
from forum.delivery.mail import Mailer
from forum.delivery.notices import tell_followers
from forum.delivery.outbox import (
    DIGEST,
    JOBS_A_TAKE,
    NOTIFICATION,
    DeliveryFailed,
    Errand,
    Leased,
    finish_job,
    has_due_jobs,
    postpone_job,
    take_jobs,
)
from forum.delivery.outside_service import OutsideService
from forum.delivery.signatures import secret_bytes
from forum.delivery.webhooks import forget_deliveries
from forum.discussion.reactions import FOLD_INTERVAL, articles_to_fold, fold_reactions
from forum.experts.credentials import has_due_credentials, tend_credential
from forum.inbox.letters import digest_letter, has_overdue, notification_letter, order_digests
from forum.moderation import batches, outside
from forum.moderation.bands import drop_bands, old_bands
from forum.moderation.events import forget_events
from forum.moderation.phases.campaign import WINDOW
from forum.moderation.tallies import fold_tallies, has_many_tallies
from forum.people.erasing import due_erasures, erase_slice
from forum.publishing import ANCHORING
from models.batches import BatchState
from models.errors import ForumError
from models.publication import EVENT, FOLLOWERS
from settings import Settings

SOON = timedelta(seconds=1)
Round = tuple[Callable[[], Awaitable[None]], timedelta]
R = TypeVar("R")
# Others keep these waiting for as long as they like, and what is computed for requests must not wait behind them.
_waiting = ThreadPoolExecutor(max_workers=JOBS_A_TAKE, thread_name_prefix="errand")
logger = structlog.get_logger("forum.background")


class Chores:
    """Hold the work that comes round; each chore looks with a read before it writes."""

    def __init__(self, services: Services, mailer: Mailer) -> None:
        self._services, self._mailer = services, mailer
        self._outside = _outside_service(services.settings)
        self.courier = Courier(services)
        self._folded_at: dict[UUID, datetime] = {}
        self._errands: Mapping[str, Callable[[Leased], Awaitable[None]]] = {
            EVENT: self._spread_event,
            FOLLOWERS: self._tell_followers,
            NOTIFICATION: self._write_to,
            DIGEST: self._write_to_moderator,
            "mail": self._mail,
            outside.OUTSIDE: self._ask_outside,
            ANCHORING: self._anchor_again,
        }

    async def close_discussions(self) -> None:
        """Close the discussions whose time has come."""
        now, database = self._services.clock(), self._services.database
        if await database.read(has_due, now=now):
            await database.write(close_due, now=now)

    async def tend_credentials(self) -> None:
        """End the credentials of experts whose time has run out, and remind those whose time soon has."""
        now, database = self._services.clock(), self._services.database
        while await database.read(has_due_credentials, now=now):
            await database.write(tend_credential, now=now)

    async def fold_reactions(self) -> None:
        """Fold the reactions of each article that has new ones, at most once per interval and article."""
        now, database = self._services.clock(), self._services.database
        for article_id in await database.read(articles_to_fold):
            if now - self._folded_at.get(article_id, datetime.min.replace(tzinfo=now.tzinfo)) >= FOLD_INTERVAL:
                await database.write(fold_reactions, article_id, now=now)
                self._folded_at[article_id] = now
        self._folded_at = {key: at for key, at in self._folded_at.items() if now - at < FOLD_INTERVAL}

    async def fold_tallies(self) -> None:
        """Fold what came and went of open cases once it has grown."""
        now, database = self._services.clock(), self._services.database
        if await database.read(has_many_tallies):
            while await database.write(fold_tallies, now=now):
                pass

    async def spread(self) -> None:
        """Do what the outbox holds for the database alone."""
        await self._work_off(Errand.WITHIN)

    async def deliver(self) -> None:
        """Send what the outbox holds for others."""
        await self._work_off(Errand.OUTSIDE)

    async def erase_people(self) -> None:
        """Go on with what people who are gone have left, a slice at a time; what fails of one holds up no other."""
        now, database = self._services.clock(), self._services.database
        for user_id in await database.read(due_erasures, now=now):
            try:
                while await database.write(erase_slice, user_id, now=now):
                    pass
            except Exception as error:  # noqa: BLE001 - It is recorded, and tried again with the next round.
                logger.error("erasure put off", kind=type(error).__name__)

    async def remind_moderators(self) -> None:
        """Order a letter about overdue cases to each moderator, at most one a day."""
        now, database = self._services.clock(), self._services.database
        if await database.read(has_overdue, now=now):
            await database.write(order_digests, now=now)

    async def work_batches(self) -> None:
        """Go on with what is to be done about many cases, a slice at a time, until nothing is left."""
        database = self._services.database
        while (work := await database.read(batches.next_work)) is not None:
            now = self._services.clock()
            if work.state is BatchState.GATHERING:
                await database.write(batches.gather, work.batch_id)
            elif work.case_ids:
                step = batches.decide_one if work.state is BatchState.DECIDING else batches.reverse_one
                await asyncio.gather(*(self._step(step, work.batch_id, case_id, now=now) for case_id in work.case_ids))
            else:
                await database.write(batches.finish, work.batch_id, state=work.state, now=now)

    async def forget(self) -> None:
        """Drop kept answers and counted failures that hold no longer, and what texts are no longer compared with."""
        now, database = self._services.clock(), self._services.database
        await database.write(forget_old_answers, now=now)
        while old := await database.read(old_bands, before=now - WINDOW):
            await database.write(drop_bands, old)
        await database.write(forget_old_failures, now=now)
        await database.write(forget_kept_sanctions, now=now)
        await database.write(forget_events)
        while await database.write(forget_deliveries, now=now):
            pass

    async def _step(self, step: Callable[..., None], batch_id: UUID, case_id: UUID, *, now: datetime) -> None:
        database = self._services.database
        try:
            await database.write(step, batch_id, case_id, now=now)
        except ForumError:
            raise
        except Exception as error:  # noqa: BLE001 - A fault about one case is kept as its result; the others go on.
            logger.error("case of a batch failed", case=str(case_id), kind=type(error).__name__)
            await database.write(batches.fail_one, batch_id, case_id)

    async def _work_off(self, errand: Errand) -> None:
        """Take what is due and do it side by side, since one slow receiver must not use up the leases of all."""
        database, is_full = self._services.database, True
        while is_full and await database.read(has_due_jobs, of=errand, now=self._services.clock()):
            jobs = await database.write_briefly(take_jobs, of=errand, now=self._services.clock())
            await asyncio.gather(*map(self._do, jobs))
            is_full = len(jobs) == JOBS_A_TAKE

    async def _do(self, job: Leased) -> None:
        """Do one job; whatever goes wrong, foreseen or not, puts this one off and holds up no other."""
        database = self._services.database
        try:
            await self._errands.get(job.kind, _unknown)(job)
        except Exception as error:  # noqa: BLE001 - It is recorded with its job, which is tried again.
            is_foreseen = isinstance(error, OSError | smtplib.SMTPException | DeliveryFailed | ForumError)
            say = logger.warning if is_foreseen else logger.error
            trouble = type(error).__name__
            say("not delivered", job=str(job.id), job_kind=job.kind, attempts=job.attempts, kind=trouble)
            await database.write_briefly(postpone_job, job.id, attempts=job.attempts, now=self._services.clock())
        else:
            await database.write_briefly(finish_job, job.id)

    async def _spread_event(self, job: Leased) -> None:
        await self._services.database.write_briefly(spread_event, job.id, now=self._services.clock())

    async def _tell_followers(self, job: Leased) -> None:
        while await self._services.database.write(tell_followers, job.id, now=self._services.clock()):
            pass

    async def _write_to(self, job: Leased) -> None:
        """Mail a notification, if its reader may still see what it is about."""
        settings, keys = self._services.settings, self._services.keys
        letter = await self._services.database.lookup(
            notification_letter,
            UUID(job.payload["notification_id"]),
            stop_url=partial(stop_url, keys, settings.public_url),
        )
        await self._send(job, letter)

    async def _write_to_moderator(self, job: Leased) -> None:
        user_id, now = UUID(job.payload["user_id"]), self._services.clock()
        await self._send(job, await self._services.database.read(digest_letter, user_id, now=now))

    async def _send(self, job: Leased, letter: Letter | None) -> None:
        if letter is not None:
            await _waited_for(partial(self._mailer.send, job.id, letter))

    async def _mail(self, job: Leased) -> None:
        await _waited_for(partial(self._mailer.deliver, job.id, job.payload))

    async def _anchor_again(self, job: Leased) -> None:
        text_id = UUID(job.payload["text_id"])
        await anchor_again(self._services.database, text_id, now=self._services.clock())

    async def _ask_outside(self, job: Leased) -> None:
        """Ask about words that still wait for it, and do what the answer says."""
        now, database = self._services.clock(), self._services.database
        asked = await database.lookup(outside.question, job.payload)
        if asked is None:
            return
        if self._outside is None:
            raise DeliveryFailed("no outside service is set")
        sent = await _waited_for(partial(self._outside.ask, job.id, asked, now=now))
        try:
            answer = outside.Answer.of(sent)
        except ValueError as error:
            raise DeliveryFailed("not an answer") from error
        await database.write_briefly(outside.take_answer, job.payload, answer, now=now)


def upkeep(chores: Chores) -> list[Round]:
    """List what every process that serves does besides."""
    return [
        (chores.close_discussions, SOON),
        (chores.fold_reactions, SOON),
        (chores.fold_tallies, SOON),
        (chores.tend_credentials, SOON),
        (chores.work_batches, SOON),
        (chores.erase_people, SOON),
        (chores.remind_moderators, timedelta(minutes=10)),
        (chores.forget, timedelta(hours=1)),
    ]


def delivery(chores: Chores) -> list[Round]:
    """List what a relay does, within the service or apart from it."""
    return [(chores.spread, SOON), (chores.deliver, SOON), (chores.courier.set_out, SOON)]


@asynccontextmanager
async def running(chores: Chores, rounds: Sequence[Round]) -> AsyncIterator[None]:
    """Run chores, each at its pace, until the block ends."""
    tasks = [asyncio.create_task(_repeat(chore, pause)) for chore, pause in rounds]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await chores.courier.give_up()


async def _repeat(chore: Callable[[], Awaitable[None]], pause: timedelta) -> None:
    while True:
        await asyncio.sleep(pause.total_seconds())
        try:
            await chore()
        except ForumError as error:
            logger.warning("chore put off", chore=chore.__name__, code=error.code)
        except Exception as error:  # noqa: BLE001 - One failed round must not end all later ones; it is recorded.
            logger.error("chore failed", chore=chore.__name__, kind=type(error).__name__)


async def _waited_for(call: Callable[[], R]) -> R:
    return await asyncio.get_running_loop().run_in_executor(_waiting, call)


async def _unknown(_: Leased) -> None:
    # A newer process may have written it, and takes it up in its time.
    raise DeliveryFailed("unknown kind")


def _outside_service(settings: Settings) -> OutsideService | None:
    if settings.screening_url is None:
        return None
    return OutsideService(settings.screening_url, secret_bytes(settings.screening_secret or ""))
