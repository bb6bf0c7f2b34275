"""Keep the one rule of who sees an analysis, and read single ones, pages of them and their revisions by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from auth.identity import Identity
from models.analyses import PUBLIC, Analysis, AnalysisRevision, AnalysisStatus
from models.articles import Article
from models.base import is_one_of
from models.errors import NotFound, Refused
from models.pages import Key, Page, cut
from models.users import Role

# What a list does without, and what may be a megabyte long.
_TEXTS: tuple[Any, ...] = (AnalysisRevision.body, AnalysisRevision.body_html)
WITHOUT_TEXTS = tuple(defer(text, raiseload=True) for text in _TEXTS)


@dataclass(frozen=True)
class Correction:
    """Hold which revision took the place of published words, when, and what it corrected."""

    revision: int
    at: datetime
    note: str | None


@dataclass(frozen=True)
class AnalysisView:
    """Hold an analysis with the words that are shown of it, and its corrections so far."""

    analysis: Analysis
    words: AnalysisRevision
    corrections: Sequence[Correction]


def is_public_analysis() -> ColumnElement[bool]:
    """Give the condition on Analysis for what everybody reads: what is published, and what was and is retracted."""
    return is_one_of(col(Analysis.status), PUBLIC)


def visible_to(viewer: Identity | None) -> ColumnElement[bool]:
    """Give the condition on Analysis for what somebody may see: public ones, one's own, all but drafts for editors."""
    if viewer is None:
        return is_public_analysis()
    if viewer.has_role(Role.EDITOR):
        return or_(col(Analysis.status) != AnalysisStatus.DRAFT, col(Analysis.author_id) == viewer.user_id)
    return public_or_own(viewer)


def public_or_own(viewer: Identity | None) -> ColumnElement[bool]:
    """Give the condition on Analysis for what stands in somebody's list below an article."""
    own = [col(Analysis.author_id) == viewer.user_id] if viewer else []
    return or_(is_public_analysis(), *own)


def is_visible(session: Session, viewer: Identity, analysis_id: UUID) -> bool:
    """Tell whether an analysis exists for somebody."""
    found = select(Analysis.id).where(col(Analysis.id) == analysis_id, visible_to(viewer))
    return session.exec(found).first() is not None


def find_analysis(session: Session, viewer: Identity | None, analysis_id: UUID) -> Analysis:
    """Give an analysis that exists for somebody; raise NotFound."""
    analysis = session.exec(select(Analysis).where(col(Analysis.id) == analysis_id, visible_to(viewer))).first()
    if analysis is None:
        raise NotFound
    return analysis


def demand_public(session: Session, viewer: Identity | None, analysis_id: UUID) -> None:
    """Raise parent_not_public for an analysis that not everybody sees yet, and NotFound where the viewer does not."""
    if find_analysis(session, viewer, analysis_id).status not in PUBLIC:
        raise Refused("parent_not_public")


def number_of_analysis(session: Session, analysis_id: UUID) -> tuple[UUID, int]:
    """Give the article of a public analysis and the article's number; raise NotFound."""
    row = session.execute(
        select_columns(col(Article.id), col(Article.seq))
        .join(Analysis, col(Analysis.article_id) == col(Article.id))
        .where(col(Analysis.id) == analysis_id, is_public_analysis())
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def public_views(session: Session, analysis_ids: Iterable[UUID]) -> dict[UUID, AnalysisView]:
    """Give the analyses among those named that everybody may read, as everybody reads them."""
    statement = _rows().where(col(Analysis.id).in_(list(analysis_ids)), is_public_analysis())
    return {view.analysis.id: view for view in _views(session, statement)}


def public_view(session: Session, analysis_id: UUID) -> AnalysisView:
    """Give an analysis as everybody reads it; raise NotFound."""
    views = public_views(session, [analysis_id])
    if not views:
        raise NotFound
    return views[analysis_id]


def view_of(session: Session, analysis: Analysis, words: AnalysisRevision) -> AnalysisView:
    """Put an analysis together with words of it and its corrections."""
    return AnalysisView(analysis, words, corrections_of(session, [analysis.id]).get(analysis.id, ()))


def list_analyses(
    session: Session, viewer: Identity | None, article_id: UUID, *, after: Key | None, limit: int
) -> Page[AnalysisView]:
    """Give a page of the analyses below an article, one's own in every state, the newest first, without bodies."""
    appeared = func.coalesce(col(Analysis.published_at), col(Analysis.created_at))
    statement = _rows().where(col(Analysis.article_id) == article_id, public_or_own(viewer))
    if after is not None:
        key = (datetime.fromisoformat(str(after[0])), UUID(str(after[1])))
        statement = statement.where(tuple_(appeared, col(Analysis.id)) < tuple_(*key))
    statement = statement.order_by(appeared.desc(), col(Analysis.id).desc()).limit(limit + 1)
    return cut(_views(session, statement.options(*WITHOUT_TEXTS)), limit, _key)


def _key(view: AnalysisView) -> tuple[str, str]:
    appeared = view.analysis.published_at or view.analysis.created_at
    return appeared.isoformat(), str(view.analysis.id)


def _rows() -> Any:
    """Join the words that the public reads, or the newest ones of what is not public."""
    shown = case((is_public_analysis(), col(Analysis.approved_revision)), else_=col(Analysis.current_revision))
    words = and_(col(AnalysisRevision.analysis_id) == col(Analysis.id), col(AnalysisRevision.number) == shown)
    return select_columns(Analysis, AnalysisRevision).join(AnalysisRevision, words)


def _views(session: Session, statement: Any) -> list[AnalysisView]:
    rows = session.execute(statement).all()
    corrections = corrections_of(session, [analysis.id for analysis, _ in rows])
    return [AnalysisView(analysis, words, corrections.get(analysis.id, ())) for analysis, words in rows]


def corrections_of(session: Session, analysis_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Correction]]:
    """Give what came after the first published revision of each analysis, in order."""
    if not analysis_ids:
        return {}
    published = (
        select_columns(
            col(AnalysisRevision.analysis_id),
            col(AnalysisRevision.number),
            col(AnalysisRevision.published_at),
            col(AnalysisRevision.note),
        )
        .where(
            col(AnalysisRevision.analysis_id).in_(analysis_ids),
            col(AnalysisRevision.status) == AnalysisStatus.PUBLISHED,
        )
        .order_by(col(AnalysisRevision.analysis_id), col(AnalysisRevision.number))
    )
    found: dict[UUID, list[Correction]] = {}
    for analysis_id, number, at, note in session.execute(published).all():
        found.setdefault(analysis_id, []).append(Correction(number, at, note))
    return {analysis_id: rows[1:] for analysis_id, rows in found.items()}
