"""Hand out the jobs that were written with a change, one holder at a time, until each is done.

A job is leased: whoever takes it moves its due time on, so that a holder that dies leaves it to the next one. Each is
done at least once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Executable, Select, bindparam, delete, text, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from models.base import columns_of, new_id
from models.plain import Insertion, Plain
from models.publication import IS_OUTSIDE, IS_WITHIN, OutboxJob

LEASE = timedelta(minutes=2)
JOBS_A_TAKE = 20
MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
NOTIFICATION, DIGEST = "notification", "digest"
# A job as a row.
Leased = Any


class Errand(Enum):
    """Tell jobs that stay within the database from those that wait for others, which must not hold them up."""

    WITHIN = IS_WITHIN
    OUTSIDE = IS_OUTSIDE


class DeliveryFailed(Exception):
    """Say that a job could not be done now; its message names a kind of trouble and nothing of the payload."""


def order_job(session: Session, kind: str, payload: dict[str, Any], *, now: datetime) -> None:
    """Write down, with the change that it follows from, what is to be done after the commit."""
    _JOB.write(session, _JOB.row(id=new_id(), kind=kind, payload=payload, created_at=now, due_at=now))


def take_jobs(session: Session, *, of: Errand, now: datetime) -> list[Leased]:
    """Lease the jobs that have been due the longest, and give them, the oldest first; other holders skip them."""
    return sorted(_TAKE[of].rows(session, {"now": now, "leased_until": now + LEASE}), key=attrgetter("id"))


def has_due_jobs(session: Session, *, of: Errand, now: datetime) -> bool:
    """Tell whether a job is due, without writing."""
    return _NEXT[of].first(session, {"now": now}) is not None


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


_JOBS = columns_of(OutboxJob)


def _due(of: Errand) -> Select[Any]:
    is_due = (_JOBS.due_at <= bindparam("now"), _JOBS.failed_at.is_(None), text(of.value))
    return select_columns(_JOBS.id).where(*is_due).order_by(_JOBS.due_at)


def _taking(of: Errand) -> Executable:
    due = _due(of).limit(JOBS_A_TAKE).with_for_update(skip_locked=True).cte("due")
    return (
        update(OutboxJob.__table__)  # type: ignore[attr-defined]
        .where(_JOBS.id.in_(select_columns(due.c.id)))
        .values(due_at=bindparam("leased_until"), attempts=_JOBS.attempts + 1)
        .returning(*_JOBS)
    )


_JOB = Insertion(OutboxJob)
_FINISH = Plain(delete(OutboxJob.__table__).where(_JOBS.id == bindparam("job_id")))  # type: ignore[attr-defined]
_NEXT = {of: Plain(_due(of).limit(1)) for of in Errand}
_TAKE = {of: Plain(_taking(of)) for of in Errand}
