"""The outbox: what is due is leased to one holder at a time."""

import asyncio
import threading
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from forum.delivery.outbox import (
    LEASE,
    MOST_ATTEMPTS,
    Errand,
    dead_jobs,
    has_due_jobs,
    postpone_job,
    revive_jobs,
    take_jobs,
)
from models.database import Database
from models.publication import OutboxJob
from tests.service import START


def put(session: Session, kind: str = "mail") -> UUID:
    """Put one job into the outbox."""
    job = OutboxJob(kind=kind, payload={}, created_at=START, due_at=START)
    session.add(job)
    session.flush()
    return job.id


class TestLeases:
    def test_job_is_leased_until_it_is_due_again(self, database: Database) -> None:
        async def rounds() -> list[list[int]]:
            await database.write(put)
            times = (START - timedelta(seconds=1), START, START + LEASE - timedelta(seconds=1), START + LEASE)
            taken = [await database.write(take_jobs, of=Errand.OUTSIDE, now=now) for now in times]
            return [[job.attempts for job in jobs] for jobs in taken]

        assert asyncio.run(rounds()) == [[], [1], [], [2]]

    def test_two_holders_at_once_share_no_job_and_wait_for_nobody(self, database: Database) -> None:
        has_taken, may_end = threading.Event(), threading.Event()

        def take_slowly(session: Session) -> int:
            jobs = take_jobs(session, of=Errand.OUTSIDE, now=START)
            has_taken.set()
            # On SQLite one writer takes after the other, and this one does not wait for the end that the other brings.
            may_end.wait(timeout=0.5)
            return len(jobs)

        async def race() -> tuple[int, int]:
            await database.write(put)
            first = asyncio.create_task(database.write(take_slowly))
            await asyncio.to_thread(has_taken.wait)
            second = len(await database.write(take_jobs, of=Errand.OUTSIDE, now=START))
            may_end.set()
            return await first, second

        assert asyncio.run(race()) == (1, 0)


class TestErrands:
    def test_jobs_within_do_not_wait_behind_those_for_others(self, database: Database) -> None:
        async def rounds() -> list[list[str]]:
            for kind in ("mail", "event", "something newer"):
                await database.write(put, kind)
            taken = [
                await database.write(take_jobs, of=errand, now=START) for errand in (Errand.WITHIN, Errand.OUTSIDE)
            ]
            for errand in Errand:
                assert not await database.read(has_due_jobs, of=errand, now=START)
            return [sorted(job.kind for job in jobs) for jobs in taken]

        assert asyncio.run(rounds()) == [["event"], ["mail", "something newer"]]


class TestDeadLetters:
    def test_job_that_was_given_up_is_listed_and_tried_anew_on_request(self, database: Database) -> None:
        async def life() -> None:
            first, second = await database.write(put), await database.write(put)
            for job_id in (first, second):
                await database.write(postpone_job, job_id, attempts=MOST_ATTEMPTS, now=START)
            later = START + timedelta(days=1)
            assert await database.write(take_jobs, of=Errand.OUTSIDE, now=later) == []
            assert {job.id for job in await database.read(dead_jobs, limit=9)} == {first, second}
            assert await database.write(revive_jobs, first, now=later) == 1
            assert [job.id for job in await database.write(take_jobs, of=Errand.OUTSIDE, now=later)] == [first]
            assert await database.write(revive_jobs, None, now=later) == 1
            assert [
                (job.id, job.attempts) for job in await database.write(take_jobs, of=Errand.OUTSIDE, now=later)
            ] == [(second, 1)]

        asyncio.run(life())
