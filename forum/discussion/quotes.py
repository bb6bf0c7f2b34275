"""Anchor quotes to the text that they were taken from: when they are written, and again when that text changes.

Looking for passages is computing, so it stands outside of transactions: one reads the text and its version, another
writes what was found if that version still stands.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from forum.discussion.threads import visible_to
from forum.publishing import order_anchoring, publish_change
from forum.text.quotes import Quote, folded_text, locate
from models.analyses import PUBLIC, Analysis, AnalysisRevision
from models.articles import Article
from models.comments import Comment, CommentRevision
from models.errors import NotFound, Stale
from models.publication import ChangeType

_PUBLIC_ANALYSIS = (
    select(col(Analysis.id), col(AnalysisRevision.number), col(AnalysisRevision.body_html))
    .join(AnalysisRevision, col(AnalysisRevision.analysis_id) == col(Analysis.id))
    .where(
        col(Analysis.id) == bindparam("id"),
        col(Analysis.status).in_(PUBLIC),
        col(AnalysisRevision.number) == col(Analysis.approved_revision),
    )
)
ORPHANED = {"start": None, "end": None, "orphaned": True}


class QuotedText(NamedTuple):
    """Hold a text as it is shown, at the version that it was read."""

    text_id: UUID
    version: int
    body_html: str


class Anchor(NamedTuple):
    """Hold where a quote stands in a text of a certain version; `place` is as it is stored and shown."""

    text_id: UUID
    version: int
    place: dict[str, Any]


class Anchored(NamedTuple):
    """Hold the quote of one revision of a comment with the place that it was last seen at."""

    comment_id: UUID
    number: int
    quote: dict[str, str]
    place: dict[str, Any] | None


def quoted_text(session: Session, text_id: UUID) -> QuotedText:
    """Give the text that quotes are looked for in; raise NotFound."""
    row = session.execute(
        select(col(Article.id), col(Article.version), col(Article.body_html)).where(col(Article.id) == text_id)
    ).first()
    if row is None:
        row = session.execute(_PUBLIC_ANALYSIS, {"id": text_id}).first()
    if row is None:
        raise NotFound
    return QuotedText(*row)


def quotes_from(session: Session, text_id: UUID) -> list[Anchored]:
    """Give all quotes that were taken from a text."""
    rows = session.execute(
        select(
            col(CommentRevision.comment_id),
            col(CommentRevision.number),
            col(CommentRevision.quote),
            col(CommentRevision.anchor),
        )
        .where(col(CommentRevision.quoted_id) == text_id)
        .order_by(col(CommentRevision.comment_id), col(CommentRevision.number))
    )
    return [Anchored(*row) for row in rows]


def anchor(text: QuotedText, quote: dict[str, str]) -> Anchor:
    """Look for one quote in a text."""
    [found] = moved(text, [Anchored(text.text_id, 0, quote, None)])
    return Anchor(text.text_id, text.version, found.place or ORPHANED)


def moved(text: QuotedText, quotes: Iterable[Anchored]) -> list[Anchored]:
    """Give those of the quotes that no longer stand where they were last seen, each with its new place."""
    folded = folded_text(text.body_html)
    found = [quote._replace(place=_place(locate(Quote(**quote.quote), folded))) for quote in quotes]
    return [now for now, before in zip(found, quotes, strict=True) if now.place != before.place]


def keep_anchored(session: Session, anchor: Anchor | None, *, now: datetime) -> None:
    """Order that a quote be looked for again if its text changed between reading it and writing.

    The text's row is held until the commit, so that a change of it either is seen here or sees what was written.
    """
    if anchor is not None and _version(session, anchor.text_id) != anchor.version:
        order_anchoring(session, anchor.text_id, now=now)


def move_anchors(session: Session, text: QuotedText, quotes: Sequence[Anchored], *, now: datetime) -> None:
    """Write where quotes stand now and publish what the public sees of it; raise Stale where the text changed again."""
    for quote in quotes:
        session.execute(
            update(CommentRevision)
            .where(col(CommentRevision.comment_id) == quote.comment_id, col(CommentRevision.number) == quote.number)
            .values(anchor=quote.place)
        )
    if _version(session, text.text_id) != text.version:
        raise Stale
    shown = session.execute(
        select(col(Comment.id), col(Comment.approved_revision), col(Comment.article_id)).where(
            col(Comment.id).in_([quote.comment_id for quote in quotes]), visible_to(None)
        )
    ).all()
    written = {(quote.comment_id, quote.number) for quote in quotes}
    changed = [row for row in shown if (row.id, row.approved_revision) in written]
    if changed:
        publish_change(session, changed[0].article_id, [(ChangeType.COMMENT, row.id) for row in changed], now=now)


def _version(session: Session, text_id: UUID) -> int:
    """Give the version of a text; its article is held, since that is where a change of an analysis ends too."""
    article_id = session.execute(select(col(Analysis.article_id)).where(col(Analysis.id) == text_id)).scalar()
    locked = select(col(Article.version)).where(col(Article.id) == (article_id or text_id)).with_for_update()
    version: int = session.execute(locked).scalar_one()
    if article_id is None:
        return version
    shown: int = (
        session.execute(select(col(Analysis.approved_revision)).where(col(Analysis.id) == text_id)).scalar() or 0
    )
    return shown


def _place(found: tuple[int, int] | None) -> dict[str, Any]:
    return {"start": found[0], "end": found[1], "orphaned": False} if found else ORPHANED
