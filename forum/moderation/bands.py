"""Keep the bands of a revision's words, by which like texts of other accounts are found."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from models.comments import CommentRevision
from models.screening import TextBand


def record_bands(session: Session, revision: CommentRevision, values: Sequence[str]) -> None:
    """Write the bands of a new revision; a short text has none."""
    rows = [
        {
            "comment_id": revision.comment_id,
            "revision": revision.number,
            "band": band,
            "value": value,
            "author_id": revision.author_id,
            "created_at": revision.created_at,
        }
        for band, value in enumerate(values)
    ]
    if rows:
        session.execute(insert(TextBand), rows)


def forget_bands(session: Session, *, before: datetime) -> None:
    """Drop the bands of words older than any comparison reaches."""
    session.execute(delete(TextBand).where(col(TextBand.created_at) < before))
