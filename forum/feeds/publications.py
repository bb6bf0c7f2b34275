"""List what is public, the newest first, and read it as it goes out in feeds and structured data.

A page is a range of an index, whatever the number of texts; the words of its texts are then read by their ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import merge
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, and_, select, text, tuple_
from sqlmodel import Session, col

from forum.analyses.reading import Correction, corrections_of, is_public_analysis
from forum.discussion.threads import visible_to
from models.analyses import Analysis, AnalysisRevision
from models.articles import Article
from models.comments import Comment, CommentRevision
from models.pages import Key, Page, cut
from models.publication import ChangeType


class Scope(NamedTuple):
    """Name which texts are wanted: those below an article, those by an author, or all."""

    article_id: UUID | None = None
    author_id: UUID | None = None


class Listed(NamedTuple):
    """Name one public text and when it first was public; lists go by these, backwards."""

    published_at: datetime
    id: UUID
    type: ChangeType


class Publication(NamedTuple):
    """Hold one public text with all that goes out with it; what has a default belongs to one type of text only."""

    type: ChangeType
    id: UUID
    article_id: UUID
    article_title: str
    source_url: str | None
    article_seq: int
    author_id: UUID
    author_line: dict[str, Any]
    created_at: datetime
    published_at: datetime
    edited_at: datetime | None
    revision: int
    body_html: str
    language: str
    direction: str
    disclosure: dict[str, Any] | None
    quote: dict[str, str] | None
    quoted_id: UUID | None
    analysis_id: UUID | None = None
    parent_id: UUID | None = None
    kind: str | None = None
    title: str | None = None
    summary: str | None = None
    citations: Sequence[dict[str, Any]] = ()
    retraction: dict[str, Any] | None = None
    corrections: Sequence[Correction] = ()

    @property
    def updated_at(self) -> datetime:
        """Give when the text last became another, or was retracted."""
        moments = [self.published_at, self.edited_at, self.retracted_at]
        return max(moment for moment in moments if moment is not None)

    @property
    def retracted_at(self) -> datetime | None:
        """Give when an analysis was retracted."""
        return datetime.fromisoformat(self.retraction["at"]) if self.retraction else None


class _Source(NamedTuple):
    """Say where texts of one type stand and which of them are public."""

    table: Any
    revisions: Any
    is_public: Sequence[ColumnElement[bool] | TextClause]
    is_shown: ColumnElement[bool]
    fields: Sequence[Any]


_SOURCES: Mapping[ChangeType, _Source] = {
    ChangeType.COMMENT: _Source(
        Comment,
        CommentRevision,
        # Written out, since only then SQLite sees that the partial indexes of listed comments serve.
        [text("comments.is_listed"), visible_to(None)],
        and_(
            col(CommentRevision.comment_id) == col(Comment.id),
            col(CommentRevision.number) == col(Comment.approved_revision),
        ),
        [Comment.analysis_id, Comment.parent_id, CommentRevision.kind],
    ),
    ChangeType.ANALYSIS: _Source(
        Analysis,
        AnalysisRevision,
        [is_public_analysis()],
        and_(
            col(AnalysisRevision.analysis_id) == col(Analysis.id),
            col(AnalysisRevision.number) == col(Analysis.approved_revision),
        ),
        [AnalysisRevision.title, AnalysisRevision.summary, AnalysisRevision.citations, Analysis.retraction],
    ),
}


def list_publications(session: Session, scope: Scope, *, after: Key | None, limit: int) -> Page[Listed]:
    """Give a page of the public texts of a scope."""
    newest = (_newest(session, kind, scope, after=after, limit=limit + 1) for kind in _SOURCES)
    rows = list(merge(*newest, reverse=True))
    return cut(rows, limit, lambda row: (row.published_at.isoformat(), str(row.id)))


def read_publications(session: Session, listed: Iterable[Listed]) -> list[Publication]:
    """Read the texts of a page in its order, by one query for each type among them and one for corrections."""
    by_type: dict[ChangeType, list[UUID]] = {}
    wanted = list(listed)
    for row in wanted:
        by_type.setdefault(row.type, []).append(row.id)
    found = {text.id: text for kind, ids in by_type.items() for text in _read(session, kind, ids)}
    return [found[row.id] for row in wanted]


def find_publication(session: Session, kind: ChangeType, text_id: UUID) -> Publication | None:
    """Give one text as everybody may read it, or nothing where it is not public."""
    return next(iter(_read(session, kind, [text_id])), None)


def _newest(session: Session, kind: ChangeType, scope: Scope, *, after: Key | None, limit: int) -> list[Listed]:
    source = _SOURCES[kind]
    order = (col(source.table.published_at), col(source.table.id))
    statement = select(*order).where(*source.is_public)
    for name, value in scope._asdict().items():
        if value is not None:
            statement = statement.where(getattr(source.table, name) == value)
    if after is not None:
        key = (datetime.fromisoformat(str(after[0])), UUID(str(after[1])))
        statement = statement.where(tuple_(*order) < tuple_(*key))
    rows = session.execute(statement.order_by(*(column.desc() for column in order)).limit(limit))
    return [Listed(row.published_at, row.id, kind) for row in rows]


def _read(session: Session, kind: ChangeType, ids: Sequence[UUID]) -> list[Publication]:
    source = _SOURCES[kind]
    table, revisions = source.table, source.revisions
    columns = [table.id, table.article_id, Article.title.label("article_title"), Article.source_url]  # type: ignore[attr-defined]
    columns += [Article.seq.label("article_seq"), table.author_id, revisions.author_line]  # type: ignore[attr-defined]
    columns += [table.created_at, table.published_at, table.edited_at, revisions.number.label("revision")]
    columns += [revisions.body_html, revisions.language, revisions.direction, revisions.disclosure]
    columns += [revisions.quote, revisions.quoted_id]
    rows = session.execute(
        select(*columns, *source.fields)
        .join(revisions, source.is_shown)
        .join(Article, col(Article.id) == table.article_id)
        .where(col(table.id).in_(ids), *source.is_public)
    ).all()
    corrections = corrections_of(session, ids) if kind is ChangeType.ANALYSIS else {}
    return [Publication(type=kind, **row._mapping, corrections=corrections.get(row.id, ())) for row in rows]
