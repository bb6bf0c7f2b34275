"""Read which of somebody's own things changed since a position: each once, at the newest position that it has."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from models.following import OwnChange, OwnType, PositionOrigin
from models.pages import cut_whole
from models.positions import is_numbered_by_transaction, settled_transaction


class OwnChanged(NamedTuple):
    """Name one of somebody's things and the position at which it changed last."""

    position: int
    type: OwnType
    subject_id: UUID


class OwnPage(NamedTuple):
    """Hold a page of own changes, the position that it reaches, and whether more follow."""

    changes: Sequence[OwnChanged]
    position: int
    more: bool


def own_changes_after(session: Session, user_id: UUID, after: int, *, limit: int) -> OwnPage | None:
    """Give a page of own changes in order; nothing where the position was never reached.

    A page may be longer than the limit where more things than that changed in one transaction.
    """
    newest = _newest(session, user_id)
    if after > newest:
        return None
    position = col(OwnChange.position)
    kept, more = cut_whole(
        _rows(session, user_id, (position > after) & (position <= newest), limit=limit + 1),
        limit,
        number=lambda change: change.position,
        rest=lambda number: _rows(session, user_id, position == number),
    )
    reached = kept[-1].position if more else newest
    return OwnPage(kept, reached, more=reached < newest)


def _newest(session: Session, user_id: UUID) -> int:
    """Give the position up to which all that will ever stand there can be seen."""
    if is_numbered_by_transaction(session):
        return session.exec(select(PositionOrigin.origin)).one() + settled_transaction(session)
    return session.exec(select(func.max(OwnChange.position)).where(col(OwnChange.user_id) == user_id)).one() or 0


def _rows(session: Session, user_id: UUID, is_wanted: Any, *, limit: int | None = None) -> list[OwnChanged]:
    rows = session.execute(
        select_columns(col(OwnChange.position), col(OwnChange.type), col(OwnChange.subject_id))
        .where(col(OwnChange.user_id) == user_id, is_wanted)
        .order_by(col(OwnChange.position), col(OwnChange.subject_id))
        .limit(limit)
    ).all()
    return [OwnChanged(*row) for row in rows]
