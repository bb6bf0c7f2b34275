"""Keep the bands of a revision's words, by which like texts of other accounts are found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlmodel import Session, col

from models.plain import Insertion
from models.screening import TextBand

SLICE = 200

BandKey = tuple[UUID, int, int]

_BANDS = Insertion(TextBand)


def band_rows(revision: Any, values: Sequence[str]) -> list[tuple[Insertion, Any]]:
    """Make the rows of the bands of a new revision, an object or a row; a short text has none."""
    about = {
        "comment_id": revision.comment_id,
        "revision": revision.number,
        "author_id": revision.author_id,
        "created_at": revision.created_at,
    }
    return [(_BANDS, _BANDS.row(band=band, value=value, **about)) for band, value in enumerate(values)]


def old_bands(session: Session, *, before: datetime) -> list[BandKey]:
    """Name a slice of the bands that are older than any comparison reaches, those of the oldest comments first."""
    key = (col(TextBand.comment_id), col(TextBand.revision), col(TextBand.band))
    rows = session.execute(select(*key).where(col(TextBand.created_at) < before).order_by(*key).limit(SLICE)).all()
    return [(row.comment_id, row.revision, row.band) for row in rows]


def drop_bands(session: Session, keys: Sequence[BandKey]) -> None:
    """Take bands away."""
    key = tuple_(col(TextBand.comment_id), col(TextBand.revision), col(TextBand.band))
    session.execute(delete(TextBand).where(key.in_(keys)))
