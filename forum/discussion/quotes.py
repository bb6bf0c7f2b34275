"""Anchor quotes to the text that they were taken from: when they are written, and again when that text changes.

Looking for passages is computing, so it stands outside of transactions: one reads the text and its version, another
writes what was found if that version still stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlmodel import Session, col

from forum.discussion.threads import visible_to
from forum.publishing import order_anchoring, publish_change
from forum.text.quotes import Quote, folded_text, locate
from models.analyses import PUBLIC, Analysis, AnalysisRevision
from models.articles import Article
from models.comments import Comment, CommentRevision
from models.errors import NotFound, Stale
from models.publication import ChangeType

_IS_PUBLIC_ANALYSIS = col(Analysis.status).in_(PUBLIC)
_PUBLIC_ANALYSIS = (
    select(col(Analysis.id), col(AnalysisRevision.number), col(AnalysisRevision.body_html), col(Analysis.article_id))
    .join(AnalysisRevision, col(AnalysisRevision.analysis_id) == col(Analysis.id))
    .where(
        col(Analysis.id) == bindparam("id"),
        _IS_PUBLIC_ANALYSIS,
        col(AnalysisRevision.number) == col(Analysis.approved_revision),
    )
)
ORPHANED = {"start": None, "end": None, "orphaned": True}


class QuotedText(NamedTuple):
    """Hold a text as it is shown, at the version that it was read, and the article that it is or stands below."""

    text_id: UUID
    version: int
    body_html: str
    article_id: UUID


class Anchor(NamedTuple):
    """Hold where a quote stands in a text of a certain version; `place` is as it is stored and shown."""

    text_id: UUID
    version: int
    place: dict[str, Any]


class Anchored(NamedTuple):
    """Hold the quote of one revision of a comment or analysis with the place that it was last seen at."""

    type: ChangeType
    subject_id: UUID
    number: int
    quote: dict[str, str]
    place: dict[str, Any] | None


class _Quoting(NamedTuple):
    """Say where those who quote stand, and which of them are public."""

    table: Any
    revisions: Any
    subject_id: Any
    is_public: ColumnElement[bool]


_QUOTING: Mapping[ChangeType, _Quoting] = {
    ChangeType.COMMENT: _Quoting(Comment, CommentRevision, col(CommentRevision.comment_id), visible_to(None)),
    ChangeType.ANALYSIS: _Quoting(Analysis, AnalysisRevision, col(AnalysisRevision.analysis_id), _IS_PUBLIC_ANALYSIS),
}


def quoted_text(session: Session, text_id: UUID) -> QuotedText:
    """Give the text that quotes are looked for in, an article or a public analysis; raise NotFound."""
    article: Any = select(
        col(Article.id), col(Article.version), col(Article.body_html), col(Article.id).label("article_id")
    )
    row = session.execute(article.where(col(Article.id) == text_id)).first()
    if row is None:
        row = session.execute(_PUBLIC_ANALYSIS, {"id": text_id}).first()
    if row is None:
        raise NotFound
    return QuotedText(*row)


def quotes_from(session: Session, text_id: UUID) -> list[Anchored]:
    """Give all quotes that were taken from a text."""
    return [quote for kind in _QUOTING for quote in _quotes_in(session, kind, text_id)]


def _quotes_in(session: Session, kind: ChangeType, text_id: UUID) -> list[Anchored]:
    _, revisions, subject_id, _ = _QUOTING[kind]
    rows = session.execute(
        select(subject_id, revisions.number, revisions.quote, revisions.anchor)
        .where(revisions.quoted_id == text_id)
        .order_by(subject_id, revisions.number)
    )
    return [Anchored(kind, *row) for row in rows]


def anchor(text: QuotedText, quote: dict[str, str]) -> Anchor:
    """Look for one quote in a text."""
    return Anchor(text.text_id, text.version, _place(locate(Quote(**quote), folded_text(text.body_html))))


def lost(text_id: UUID) -> Anchor:
    """Give the anchor of a quote from a text that is not public at present, to be looked for once it is."""
    return Anchor(text_id, 0, ORPHANED)


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
        quoting = _QUOTING[quote.type]
        session.execute(
            update(quoting.revisions)
            .where(quoting.subject_id == quote.subject_id, quoting.revisions.number == quote.number)
            .values(anchor=quote.place)
        )
    if _version(session, text.text_id) != text.version:
        raise Stale
    changed = [(kind, subject_id) for kind in _QUOTING for subject_id in _shown(session, kind, quotes)]
    if changed:
        publish_change(session, text.article_id, changed, now=now)


def _shown(session: Session, kind: ChangeType, quotes: Sequence[Anchored]) -> list[UUID]:
    """Give the texts of one type whose quote the public sees."""
    table, *_, is_public = _QUOTING[kind]
    written = {(quote.subject_id, quote.number) for quote in quotes if quote.type is kind}
    rows = session.execute(
        select(table.id, table.approved_revision).where(table.id.in_([subject for subject, _ in written]), is_public)
    )
    return [row.id for row in rows if (row.id, row.approved_revision) in written]


def _version(session: Session, text_id: UUID) -> int:
    """Give the version of a text; its article is held, since that is where a change of an analysis ends too."""
    article_id = session.execute(select(col(Analysis.article_id)).where(col(Analysis.id) == text_id)).scalar()
    standing = select(col(Article.version)).where(col(Article.id) == (article_id or text_id))
    # Whoever writes below an article holds its key by then, so nobody may ask to hold that alone.
    version: int = session.execute(standing.with_for_update(key_share=True)).scalar_one()
    if article_id is None:
        return version
    shown: int = (
        session.execute(select(col(Analysis.approved_revision)).where(col(Analysis.id) == text_id)).scalar() or 0
    )
    return shown


def _place(found: tuple[int, int] | None) -> dict[str, Any]:
    return {"start": found[0], "end": found[1], "orphaned": False} if found else ORPHANED
