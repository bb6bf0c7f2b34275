"""Read what happened to cases since a position, in the order in which it can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from forum.moderation.cases import EDITORIAL
from models.cases import Case
from models.following import CaseEvent, CaseEventKind
from models.pages import cut_whole
from models.positions import is_numbered_by_transaction, settled_transaction

KEPT: Final = 10_000
LARGEST_PAGE: Final = 200


@dataclass(frozen=True)
class Happened:
    """Hold one event with the case as it stands now."""

    position: int
    kind: CaseEventKind
    case: Case


def newest_position(session: Session) -> int:
    """Give the position up to which everything can be read."""
    if is_numbered_by_transaction(session):
        return settled_transaction(session)
    return session.exec(select(func.max(CaseEvent.number))).one() or 0


def is_known(session: Session, position: int, newest: int) -> bool:
    """Tell whether all that happened after a position is still kept, and the position was reached at all."""
    oldest, first = session.execute(select_columns(func.min(_position(session)), func.min(col(CaseEvent.number)))).one()
    is_kept = first in {None, 1} or position >= oldest - 1
    return 0 <= position <= newest and is_kept


def events_after(session: Session, position: int, *, is_editorial: bool) -> tuple[Sequence[Happened], int, bool]:
    """Give a page of events, the position that it reaches, and whether more follow; others than editors see less."""
    newest = newest_position(session)
    is_next = (_position(session) > position) & (_position(session) <= newest)
    found = _events(session, is_next, is_editorial=is_editorial, limit=LARGEST_PAGE + 1)
    kept, more = cut_whole(
        found,
        LARGEST_PAGE,
        number=lambda event: event.position,
        rest=lambda number: _events(session, _position(session) == number, is_editorial=is_editorial, limit=None),
    )
    return kept, kept[-1].position if more else newest, more


def forget_events(session: Session) -> None:
    """Drop all but the newest events."""
    newest = select(func.max(CaseEvent.number)).scalar_subquery()
    session.execute(delete(CaseEvent).where(col(CaseEvent.number) <= newest - KEPT))


def _events(session: Session, is_wanted: Any, *, is_editorial: bool, limit: int | None) -> list[Happened]:
    position = _position(session)
    rows = session.execute(
        select_columns(position, col(CaseEvent.kind), Case)
        .join(Case, col(Case.id) == col(CaseEvent.case_id))
        .where(is_wanted, *([] if is_editorial else [col(Case.kind).not_in(EDITORIAL)]))
        .order_by(position, col(CaseEvent.number))
        .limit(limit)
    ).all()
    return [Happened(*row) for row in rows]


def _position(session: Session) -> Any:
    return col(CaseEvent.transaction_number if is_numbered_by_transaction(session) else CaseEvent.number)
