"""Hand out the jobs that were written with a change, one holder at a time, until each is done.

A job is leased: whoever takes it moves its due time on, so that a holder that dies leaves it to the next one. Each is
done at least once.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from models.publication import OutboxJob

LEASE = timedelta(minutes=2)
JOBS_A_TAKE = 20
MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)


class DeliveryFailed(Exception):
    """Say that a job could not be done now; its message names a kind of trouble and nothing of the payload."""


def take_jobs(session: Session, *, now: datetime) -> list[OutboxJob]:
    """Lease the jobs that are due, the longest due first; other holders skip them."""
    jobs = session.exec(
        select(OutboxJob)
        .where(col(OutboxJob.due_at) <= now, col(OutboxJob.failed_at).is_(None))
        .order_by(col(OutboxJob.due_at))
        .limit(JOBS_A_TAKE)
        .with_for_update(skip_locked=True)
    ).all()
    for job in jobs:
        job.due_at = now + LEASE
        job.attempts += 1
    session.flush()
    return list(jobs)


def has_due_jobs(session: Session, *, now: datetime) -> bool:
    """Tell whether a job is due, without writing."""
    due = select(OutboxJob.id).where(col(OutboxJob.due_at) <= now, col(OutboxJob.failed_at).is_(None))
    return session.exec(due.limit(1)).first() is not None


def finish_job(session: Session, job_id: UUID) -> None:
    """Remove a job that was done, and with it what its payload holds."""
    session.execute(delete(OutboxJob).where(col(OutboxJob.id) == job_id))


def postpone_job(session: Session, job_id: UUID, *, attempts: int, now: datetime) -> None:
    """Put a job off for a pause that doubles; after the last attempt it stays as failed."""
    pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    failed_at = now if attempts >= MOST_ATTEMPTS else None
    session.execute(
        update(OutboxJob).where(col(OutboxJob.id) == job_id).values(due_at=now + pause, failed_at=failed_at)
    )
