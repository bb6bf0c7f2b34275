"""Hand out the jobs that were written with a change, one holder at a time, until each is done.

A job is leased: whoever takes it moves its due time on, so that a holder that dies leaves it to the next one. Each is
done at least once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, bindparam, delete, update
from sqlmodel import Session, col, select

from models.base import columns_of, new_id
from models.plain import Insertion, Plain
from models.publication import OutboxJob

LEASE = timedelta(minutes=2)
JOBS_A_TAKE = 20
MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
# The kinds that write to the database alone.
EVENT, FOLLOWERS = "event", "followers"
WITHIN = (EVENT, FOLLOWERS)
NOTIFICATION, DIGEST = "notification", "digest"
_JOB = Insertion(OutboxJob)
_FINISH = Plain(
    delete(OutboxJob.__table__).where(columns_of(OutboxJob).id == bindparam("job_id"))  # type: ignore[attr-defined]
)


class Errand(Enum):
    """Tell jobs that stay within the database from those that wait for others, which must not hold them up."""

    ANY = auto()
    WITHIN = auto()
    OUTSIDE = auto()


class DeliveryFailed(Exception):
    """Say that a job could not be done now; its message names a kind of trouble and nothing of the payload."""


def order_job(session: Session, kind: str, payload: dict[str, Any], *, now: datetime) -> None:
    """Write down, with the change that it follows from, what is to be done after the commit."""
    _JOB.write(session, _JOB.row(id=new_id(), kind=kind, payload=payload, created_at=now, due_at=now))


def take_jobs(session: Session, *, of: Errand = Errand.ANY, now: datetime) -> list[OutboxJob]:
    """Lease the jobs that are due, the longest due first; other holders skip them."""
    jobs = session.exec(
        select(OutboxJob)
        .where(*_due(of, now=now))
        .order_by(col(OutboxJob.due_at))
        .limit(JOBS_A_TAKE)
        .with_for_update(skip_locked=True)
    ).all()
    for job in jobs:
        job.due_at = now + LEASE
        job.attempts += 1
    session.flush()
    return list(jobs)


def has_due_jobs(session: Session, *, of: Errand = Errand.ANY, now: datetime) -> bool:
    """Tell whether a job is due, without writing."""
    return session.exec(select(OutboxJob.id).where(*_due(of, now=now)).limit(1)).first() is not None


def finish_job(session: Session, job_id: UUID) -> None:
    """Remove a job that was done, and with it what its payload holds."""
    _FINISH.run(session, {"job_id": job_id})


def postpone_job(session: Session, job_id: UUID, *, attempts: int, now: datetime) -> None:
    """Put a job off for a pause that doubles; after the last attempt it stays as failed."""
    pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    failed_at = now if attempts >= MOST_ATTEMPTS else None
    session.execute(
        update(OutboxJob).where(col(OutboxJob.id) == job_id).values(due_at=now + pause, failed_at=failed_at)
    )


def dead_jobs(session: Session, *, limit: int) -> Sequence[OutboxJob]:
    """Give jobs that were given up, the longest given up first."""
    dead = select(OutboxJob).where(col(OutboxJob.failed_at).is_not(None)).order_by(col(OutboxJob.failed_at))
    return session.exec(dead.limit(limit)).all()


def revive_jobs(session: Session, job_id: UUID | None, *, now: datetime) -> int:
    """Have one job that was given up, or all of them, tried anew; give how many."""
    named = [col(OutboxJob.id) == job_id] if job_id else []
    revived = session.execute(
        update(OutboxJob)
        .where(col(OutboxJob.failed_at).is_not(None), *named)
        .values(failed_at=None, attempts=0, due_at=now)
    )
    assert isinstance(revived, CursorResult)  # noqa: S101
    return revived.rowcount


def _due(of: Errand, *, now: datetime) -> list[ColumnElement[bool]]:
    stays = col(OutboxJob.kind).in_(WITHIN)
    wanted = {Errand.ANY: [], Errand.WITHIN: [stays], Errand.OUTSIDE: [~stays]}[of]
    return [col(OutboxJob.due_at) <= now, col(OutboxJob.failed_at).is_(None), *wanted]
