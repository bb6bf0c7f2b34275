"""Count the open cases without going through them: each that comes or goes leaves a row, and rows are folded."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, insert, literal_column, select
from sqlmodel import Session

from forum.moderation.cases import IS_OPEN_ROW
from models.base import columns_of
from models.cases import Case, CaseKind, CaseTally
from models.plain import Plain
from models.raw import IsAmong

# There are some hundreds of kinds and hours; so many rows beyond those take a fraction of a millisecond to add up.
MOST_ROWS = 1_000
FOLDED_AT_ONCE = 5_000
# What was due so long ago is overdue for every process whose clock is less than that behind, and needs no hour.
LONG_OVERDUE = timedelta(days=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_CASES, _TALLIES = columns_of(Case), columns_of(CaseTally)


def _is_due_this_hour(kind: CaseKind) -> ColumnElement[bool]:
    return and_(
        IS_OPEN_ROW,
        _CASES.kind == literal_column(f"'{kind}'"),
        _CASES.due_at >= bindparam("hour"),
        _CASES.due_at < bindparam("now"),
    )


_ADDED_UP = Plain(
    select(
        _TALLIES.kind,
        func.sum(_TALLIES.change).label("open"),
        func.sum(case((_TALLIES.hour_at < bindparam("hour"), _TALLIES.change), else_=0)).label("overdue"),
    ).group_by(_TALLIES.kind)
)
_LATE_THIS_HOUR = Plain(
    select(
        *(
            select(func.count()).where(_is_due_this_hour(kind)).scalar_subquery().label(f"n{place}")
            for place, kind in enumerate(CaseKind)
        )
    )
)
_MANY = Plain(select(_TALLIES.number).order_by(_TALLIES.number).limit(1).offset(MOST_ROWS))
_TO_FOLD = Plain(
    select(_TALLIES.number, _TALLIES.kind, _TALLIES.hour_at, _TALLIES.change)
    .order_by(_TALLIES.number)
    .limit(FOLDED_AT_ONCE)
    .with_for_update(skip_locked=True)
)


_DROP = Plain(delete(CaseTally.__table__).where(IsAmong(_TALLIES.number, "numbers")))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Waiting:
    """Count the open cases of one kind, and those of them whose time has passed."""

    open: int
    overdue: int


def tally_cases(session: Session, *, now: datetime) -> Mapping[CaseKind, Waiting]:
    """Count by kind; hours that are over are overdue, and in this one the cases themselves are looked at."""
    asked = {"hour": _hour_of(now), "now": now}
    added_up = {row.kind: row for row in _ADDED_UP.rows(session, asked)}
    [late] = _LATE_THIS_HOUR.rows(session, asked)
    return {
        kind: Waiting(int(row.open), int(row.overdue) + late_of_kind) if (row := added_up.get(kind)) else Waiting(0, 0)
        for kind, late_of_kind in zip(CaseKind, late, strict=True)
    }


def has_many_tallies(session: Session) -> bool:
    """Tell whether there are so many rows that folding them is worth it, without writing."""
    return _MANY.first(session, {}) is not None


def fold_tallies(session: Session, *, now: datetime) -> bool:
    """Put rows that nobody else folds at the moment together, one for each kind and hour; tell whether more may wait.

    The sums stay as they are, and who reads meanwhile sees the rows of before.
    """
    rows = _TO_FOLD.rows(session, {})
    sums: Counter[tuple[CaseKind, datetime]] = Counter()
    for row in rows:
        sums[row.kind, LONG_AGO if row.hour_at < _hour_of(now) - LONG_OVERDUE else row.hour_at] += row.change
    _DROP.run(session, {"numbers": [row.number for row in rows]})
    folded: list[dict[str, Any]] = [
        {"kind": kind, "hour_at": hour, "change": change} for (kind, hour), change in sums.items() if change
    ]
    if folded:
        session.execute(insert(CaseTally), folded)
    return len(rows) == FOLDED_AT_ONCE


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
