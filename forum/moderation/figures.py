"""Count how moderation goes by month, for the public and, by moderator, for editors.

Months are those of UTC. Times to decision are from the opening of a case to a person's decision; medians are taken by
the engine, so that a month costs one pass over its decisions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, case, cast, func
from sqlmodel import Session, col, select

from forum.moderation.cases import IS_OPEN
from forum.moderation.tallies import tally_cases
from forum.moderation.transitions import REVERSAL
from models.cases import Case, Decision
from models.comments import Comment
from models.reports import Appeal, AppealedDecision, AppealState
from models.reversals import Reversal
from models.users import User

SECONDS_AN_HOUR = 3_600


@dataclass(frozen=True)
class Month:
    """Hold one month: from its first instant up to, not including, that of the next."""

    begins_at: datetime
    ends_at: datetime

    @property
    def name(self) -> str:
        """Give the month as `2026-03`."""
        return f"{self.begins_at:%Y-%m}"


def months_between(first: datetime, last: datetime) -> Iterator[Month]:
    """Give the months from the one of an instant to the one of another, the newest first."""
    begins_at = last.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends_at = _next(begins_at)
    while ends_at > first:
        yield Month(begins_at, ends_at)
        begins_at, ends_at = _before(begins_at), begins_at


def first_activity(session: Session) -> datetime | None:
    """Give the time of the first comment."""
    return session.exec(select(func.min(col(Comment.created_at)))).one()


def public_figures(session: Session, month: Month) -> dict[str, Any]:
    """Count a month as the public learns it."""
    return {
        "month": month.name,
        "comments": _count(session, col(Comment.created_at), month),
        **_decisions(session, month),
        "median_hours": _median_hours(session, month),
        "appeals": _count(session, col(Appeal.appealed_at), month),
    }


def queue_age(session: Session, *, now: datetime) -> dict[str, Any]:
    """Tell how long the open cases have waited: their number, the median and the longest, in hours."""
    opened = col(Case.opened_at)
    count = sum(waiting.open for waiting in tally_cases(session, now=now).values())
    middle = select(opened).where(IS_OPEN).order_by(opened).limit(1)
    oldest = session.execute(middle).scalar()
    median = session.execute(middle.offset(count // 2)).scalar()
    return {"open": count, "median_hours": _hours_since(median, now), "oldest_hours": _hours_since(oldest, now)}


def figures_of_month(session: Session, month: Month) -> dict[str, Any]:
    """Count a month as editors learn it: with what came of appeals, and by moderator."""
    won = [*_within(col(Appeal.closed_at), month), col(Appeal.state) == AppealState.OVERTURNED]
    return {
        **public_figures(session, month),
        "appeals_won": session.execute(select(func.count()).select_from(Appeal).where(*won)).scalar_one(),
        "moderators": _by_moderator(session, month),
    }


def _decisions(session: Session, month: Month) -> dict[str, Any]:
    """Count decisions, with the share of those that a machine made, and reversals, which are none of them."""
    rows = session.execute(
        select(
            col(Decision.reason),
            func.sum(case((col(Decision.verdict) == REVERSAL, 0), else_=1)),
            func.sum(case((col(Decision.verdict) == REVERSAL, 1), else_=0)),
            func.sum(case((col(Decision.automated), 1), else_=0)),
        )
        .where(*_within(col(Decision.decided_at), month))
        .group_by(col(Decision.reason))
    ).all()
    decisions, automated = sum(row[1] for row in rows), sum(row[3] for row in rows)
    return {
        "decisions": decisions,
        "reasons": {row[0]: row[1] for row in rows if row[0] and row[1]},
        "automated_share": round(automated / decisions, 4) if decisions else 0.0,
        "reversals": sum(row[2] for row in rows),
    }


def _median_hours(session: Session, month: Month, *conditions: ColumnElement[bool]) -> float | None:
    """Give the median time to a person's decision, that of an even number as the mean of the two in the middle."""
    seconds = _seconds(session)
    ranked = (
        select(
            seconds.label("seconds"),
            func.row_number().over(order_by=seconds).label("place"),
            func.count().over().label("number"),
        )
        .join(Case, col(Case.id) == col(Decision.case_id))
        .where(
            *_within(col(Decision.decided_at), month),
            col(Decision.automated).is_(False),
            col(Decision.verdict) != REVERSAL,
            *conditions,
        )
        .subquery()
    )
    is_middle = (2 * ranked.c.place).between(ranked.c.number, ranked.c.number + 2)
    median = session.execute(select(func.avg(ranked.c.seconds)).where(is_middle)).scalar()
    return None if median is None else round(float(median) / SECONDS_AN_HOUR, 2)


def _by_moderator(session: Session, month: Month) -> list[dict[str, Any]]:
    rows = session.execute(
        select(col(Decision.decided_by), func.count())
        .where(
            *_within(col(Decision.decided_at), month),
            col(Decision.decided_by).is_not(None),
            col(Decision.verdict) != REVERSAL,
        )
        .group_by(col(Decision.decided_by))
        .order_by(func.count().desc(), col(Decision.decided_by))
    ).all()
    ids = [row[0] for row in rows]
    names = {user.id: user.display_name for user in session.exec(select(User).where(col(User.id).in_(ids))).all()}
    reversed_ = _reversed_decisions(session, month)
    overturned = _overturned_decisions(session, month)
    return [
        {
            "id": str(user_id),
            "display_name": names.get(user_id),
            "decisions": count,
            "median_hours": _median_hours(session, month, col(Decision.decided_by) == user_id),
            "reversed": reversed_.get(user_id, 0),
            "overturned": overturned.get(user_id, 0),
        }
        for user_id, count in rows
    ]


def _reversed_decisions(session: Session, month: Month) -> dict[UUID, int]:
    """Count the decisions of a month that were taken back, by who made them."""
    rows = session.execute(
        select(col(Decision.decided_by), func.count())
        .join(Reversal, col(Reversal.decision_id) == col(Decision.id))
        .where(*_within(col(Decision.decided_at), month))
        .group_by(col(Decision.decided_by))
    ).all()
    return {row[0]: row[1] for row in rows}


def _overturned_decisions(session: Session, month: Month) -> dict[UUID, int]:
    """Count the decisions of a month that an appeal overturned, by who made them."""
    rows = session.execute(
        select(col(Decision.decided_by), func.count())
        .join(AppealedDecision, col(AppealedDecision.decision_id) == col(Decision.id))
        .join(Appeal, col(Appeal.id) == col(AppealedDecision.appeal_id))
        .where(*_within(col(Decision.decided_at), month), col(Appeal.state) == AppealState.OVERTURNED)
        .group_by(col(Decision.decided_by))
    ).all()
    return {row[0]: row[1] for row in rows}


def _seconds(session: Session) -> ColumnElement[float]:
    """Give the seconds from opening to decision as each engine subtracts instants."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.extract("epoch", col(Decision.decided_at) - col(Case.opened_at)), Float)
    days = func.julianday(col(Decision.decided_at)) - func.julianday(col(Case.opened_at))
    return cast(days * 24 * SECONDS_AN_HOUR, Float)


def _count(session: Session, at: Any, month: Month) -> int:
    number: int = session.execute(select(func.count()).where(*_within(at, month))).scalar_one()
    return number


def _within(at: Any, month: Month) -> list[ColumnElement[bool]]:
    return [at >= month.begins_at, at < month.ends_at]


def _hours_since(instant: datetime | None, now: datetime) -> float | None:
    return None if instant is None else round((now - instant).total_seconds() / SECONDS_AN_HOUR, 2)


def _next(begins_at: datetime) -> datetime:
    return begins_at.replace(year=begins_at.year + begins_at.month // 12, month=begins_at.month % 12 + 1)


def _before(begins_at: datetime) -> datetime:
    january = begins_at.month == 1
    return begins_at.replace(year=begins_at.year - january, month=12 if january else begins_at.month - 1)
