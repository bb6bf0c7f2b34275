"""Shape analyses: what everybody reads, and what only authors and editors see."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from api.languages import Language
from api.schemas.articles import DisclosurePublic
from api.schemas.comments import AuthorPublic, Hold, hold_for_author
from api.schemas.own_comments import DecisionForAuthor, RemarkShown, decision_for_author
from api.schemas.quotes import Anchor, Quote
from api.schemas.types import Answer, Instant
from forum.analyses.own import OwnAnalysis
from forum.analyses.reading import AnalysisView
from forum.analyses.revisions import RevisionDifference
from forum.text.differences import Piece
from models.analyses import Analysis, AnalysisRevision, AnalysisStatus
from models.instants import format_instant


class CitationPublic(Answer):
    """Show a cited source."""

    title: str
    url: str
    author: str | None
    publisher: str | None
    date: str | None
    locator: str | None


class AiUsePublic(Answer):
    """Show whether a machine helped to write, and how."""

    used: bool
    detail: str | None


class RetractionPublic(Answer):
    """Show why an analysis does not stand any more."""

    reason: str
    at: Instant


class CorrectionPublic(Answer):
    """Show when published words were replaced, and what that corrected."""

    revision: int
    at: Instant
    note: str | None


class AnalysisListed(Answer):
    """Show an analysis without its body; author and disclosure are those of the day.

    The quote is from the analysis that is named, or else from the article.
    """

    id: UUID
    article_id: UUID
    author: AuthorPublic
    title: str
    summary: str
    language: str
    direction: Literal["rtl", "ltr"]
    status: AnalysisStatus
    revision: int
    citations: list[CitationPublic]
    ai_use: AiUsePublic
    quote: Quote | None
    anchor: Anchor | None
    quoted_analysis_id: UUID | None
    disclosure: DisclosurePublic | None
    corrections: list[CorrectionPublic]
    retraction: RetractionPublic | None
    created_at: Instant
    published_at: Instant | None
    edited_at: Instant | None


class AnalysisPublic(AnalysisListed):
    """Show an analysis whole."""

    body: str
    body_html: str


class AnalysisWaiting(Answer):
    """Show words that stand behind those that are public."""

    revision: int
    status: AnalysisStatus
    title: str
    summary: str
    body: str
    note: str | None
    quote: Quote | None
    quoted_analysis_id: UUID | None
    hold: Hold | None


class AnalysisOwn(AnalysisPublic):
    """Show an analysis to its author or an editor, with what waits and, to the author, why and what was decided."""

    waiting: AnalysisWaiting | None = None
    hold: Hold | None = None
    decision: DecisionForAuthor | None = None


class AnalysisList(Answer):
    """Hold a page of analyses."""

    items: list[AnalysisListed]
    next: str | None


class AnalysisRevisionListed(Answer):
    """Show one revision of an analysis without its body."""

    number: int
    status: AnalysisStatus
    title: str
    summary: str
    language: str
    direction: Literal["rtl", "ltr"]
    citations: list[CitationPublic]
    ai_use: AiUsePublic
    quote: Quote | None
    quoted_analysis_id: UUID | None
    author: AuthorPublic
    disclosure: DisclosurePublic | None
    note: str | None
    created_at: Instant
    published_at: Instant | None


class AnalysisRevisionPublic(AnalysisRevisionListed):
    """Show one revision of an analysis whole."""

    body: str
    body_html: str


class AnalysisRevisionList(Answer):
    """Hold a page of revisions."""

    items: list[AnalysisRevisionListed]
    next: str | None


class PiecePublic(Answer):
    """Show a stretch of text that stayed, went or came."""

    kind: Literal["equal", "delete", "insert"]
    text: str


class AnalysisSubject(Answer):
    """Show the analysis that a case asks about; `approved_revision` is the one that an edit would replace."""

    type: Literal["analysis"]
    id: UUID
    revision: int
    status: AnalysisStatus
    title: str
    summary: str
    body: str
    body_html: str
    language: str
    direction: Literal["rtl", "ltr"]
    citations: list[CitationPublic]
    ai_use: AiUsePublic
    quote: Quote | None
    anchor: Anchor | None
    quoted_analysis_id: UUID | None
    note: str | None
    approved_revision: int | None
    disclosure: DisclosurePublic | None
    created_at: Instant
    remarks: list[RemarkShown]
    difference: list[PiecePublic] | None


class DifferencePublic(Answer):
    """Show what changed: `equal` and `delete` make up the text of `against`, `equal` and `insert` the other."""

    revision: int
    against: int
    title: list[PiecePublic]
    summary: list[PiecePublic]
    body: list[PiecePublic]


def listed_fields(view: AnalysisView) -> dict[str, Any]:
    """Shape an analysis without its body."""
    analysis, words = view.analysis, view.words
    retraction = analysis.retraction
    return {
        "id": str(analysis.id),
        "article_id": str(analysis.article_id),
        "author": {"id": str(analysis.author_id), **words.author_line},
        "title": words.title,
        "summary": words.summary,
        "language": words.language,
        "direction": words.direction,
        "status": analysis.status,
        "revision": words.number,
        "citations": words.citations,
        "ai_use": words.ai_use,
        "quote": words.quote,
        "anchor": words.anchor,
        "quoted_analysis_id": quoted_analysis(words, analysis.article_id),
        "disclosure": words.disclosure,
        "corrections": [
            {"revision": correction.revision, "at": format_instant(correction.at), "note": correction.note}
            for correction in view.corrections
        ],
        "retraction": {"reason": retraction["reason"], "at": retraction["at"]} if retraction else None,
        "created_at": format_instant(analysis.created_at),
        "published_at": format_instant(analysis.published_at) if analysis.published_at else None,
        "edited_at": format_instant(analysis.edited_at) if analysis.edited_at else None,
    }


def public_fields(view: AnalysisView) -> dict[str, Any]:
    """Shape an analysis as everybody reads it."""
    return {**listed_fields(view), "body": view.words.body, "body_html": view.words.body_html}


def own_fields(own: OwnAnalysis, language: Language, *, is_author: bool) -> dict[str, Any]:
    """Shape an analysis for its author or an editor."""
    hold = hold_for_author(own.case, language) if own.case and is_author else None
    return {
        **public_fields(own.view),
        "waiting": _waiting(own.waiting, own.view.analysis.article_id, hold) if own.waiting else None,
        "hold": None if own.waiting else hold,
        "decision": decision_for_author(own) if is_author else None,
    }


def revision_fields(revision: AnalysisRevision, analysis: Analysis) -> dict[str, Any]:
    """Shape one revision without its body."""
    return {
        "number": revision.number,
        "status": revision.status,
        "title": revision.title,
        "summary": revision.summary,
        "language": revision.language,
        "direction": revision.direction,
        "citations": revision.citations,
        "ai_use": revision.ai_use,
        "quote": revision.quote,
        "quoted_analysis_id": quoted_analysis(revision, analysis.article_id),
        "author": {"id": str(analysis.author_id), **revision.author_line},
        "disclosure": revision.disclosure,
        "note": revision.note,
        "created_at": format_instant(revision.created_at),
        "published_at": format_instant(revision.published_at) if revision.published_at else None,
    }


def difference_fields(found: RevisionDifference, *, revision: int, against: int) -> dict[str, Any]:
    """Shape what changed between two revisions."""
    return {
        "revision": revision,
        "against": against,
        "title": _pieces(found.title),
        "summary": _pieces(found.summary),
        "body": _pieces(found.body),
    }


def _pieces(pieces: Sequence[Piece]) -> list[dict[str, str]]:
    return [piece._asdict() for piece in pieces]


def quoted_analysis(revision: AnalysisRevision, article_id: UUID) -> str | None:
    """Give the id of the analysis that a revision quotes; nothing where it quotes its article, or nothing."""
    return str(revision.quoted_id) if revision.quoted_id not in {None, article_id} else None


def _waiting(revision: AnalysisRevision, article_id: UUID, hold: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "status": revision.status,
        "title": revision.title,
        "summary": revision.summary,
        "body": revision.body,
        "note": revision.note,
        "quote": revision.quote,
        "quoted_analysis_id": quoted_analysis(revision, article_id),
        "hold": hold,
    }
