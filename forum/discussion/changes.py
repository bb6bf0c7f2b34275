"""Read what changed under an article since one of its numbers: each thing once, at the newest number that it has.

Things that share a number are never divided between two pages, since a reader goes on after a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from forum.articles import number_of
from models.pages import cut_whole
from models.publication import Change, ChangeType

LARGEST_PAGE = 100


class Changed(NamedTuple):
    """Name a thing and the number at which it changed last."""

    seq: int
    type: ChangeType
    subject_id: UUID


@dataclass(frozen=True)
class ChangePage:
    """Hold a page of changes, the number up to which a reader then knows everything, and whether more follow."""

    changes: Sequence[Changed]
    seq: int
    more: bool


def changes_after(
    session: Session, article: str, after: int, *, limit: int = LARGEST_PAGE
) -> tuple[UUID, int, ChangePage | None]:
    """Give id and number of an article and a page of what changed; no page where the number was never its own.

    A page may be longer than the limit where more things than that share one number. Raises NotFound.
    """
    article_id, seq = number_of(session, article)
    if after > seq:
        return article_id, seq, None
    found = _rows(session, article_id, col(Change.seq) > after, limit=limit + 1)
    kept, more = cut_whole(
        found,
        limit,
        number=lambda change: change.seq,
        rest=lambda number: _rows(session, article_id, col(Change.seq) == number),
    )
    reached = kept[-1].seq if more else seq
    return article_id, seq, ChangePage(kept, reached, more=reached < seq)


def _rows(session: Session, article_id: UUID, is_wanted: Any, *, limit: int | None = None) -> list[Changed]:
    rows = session.execute(
        select(col(Change.seq), col(Change.type), col(Change.subject_id))
        .where(col(Change.article_id) == article_id, is_wanted)
        .order_by(col(Change.seq), col(Change.subject_id))
        .limit(limit)
    ).all()
    return [Changed(*row) for row in rows]
