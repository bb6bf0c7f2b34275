"""Write analyses: draft, edit, submit, delete; nothing here makes words public, which only a decision does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, delete
from sqlmodel import Session, col

from auth.identity import Identity
from forum.analyses.drafts import AnalysisDraft
from forum.discussion.authors import Author, author_for_writing, author_line
from forum.discussion.quotes import keep_anchored
from forum.moderation.cases import lock_cases
from forum.moderation.settlements.analyses import (
    demand_for_analysis,
    take_in_analysis_revision,
    take_in_submission,
)
from forum.moderation.submissions import Hold
from forum.moderation.transitions import SUBMITTED_ANALYSES
from models.analyses import Analysis, AnalysisRevision, AnalysisStatus
from models.base import new_id
from models.errors import NotFound, Refused, Stale
from models.versions import Expected, demand_version

WRITTEN = frozenset({AnalysisStatus.DRAFT, AnalysisStatus.PENDING, AnalysisStatus.PUBLISHED})


def draft_analysis(
    session: Session, article_id: UUID, draft: AnalysisDraft, *, identity: Identity, now: datetime
) -> Analysis:
    """Begin an analysis below an article; nobody but its author sees a draft."""
    author = author_for_writing(session, identity.user_id)
    analysis = Analysis(id=new_id(), article_id=article_id, author_id=author.id, created_at=now)
    session.add(analysis)
    session.flush()
    session.add(_revision(session, analysis, 1, author, draft, now=now))
    session.flush()
    keep_anchored(session, draft.anchor, now=now)
    return analysis


def edit_analysis(
    session: Session,
    analysis_id: UUID,
    draft: AnalysisDraft,
    holds: Sequence[Hold],
    *,
    expected: Expected,
    identity: Identity,
    now: datetime,
) -> None:
    """Write a new revision; what was submitted waits with it, and what is public stays so until it is approved.

    Words that stand already, as a draft, waiting or approved, are not written again.
    Raises NotFound, credential_required and disclosure_required for what would wait, Stale, and illegal_transition for
    what was rejected or retracted.
    """
    author = author_for_writing(session, identity.user_id)
    analysis = _locked(session, analysis_id)
    if analysis.status in {AnalysisStatus.PENDING, AnalysisStatus.PUBLISHED}:
        demand_for_analysis(session, analysis, now=now)
    demand_version(expected, analysis.current_revision)
    if _says_the_same(session, analysis, draft):
        return
    revision = _revision(session, analysis, analysis.current_revision + 1, author, draft, now=now)
    take_in_analysis_revision(session, analysis, revision, holds, now=now)
    keep_anchored(session, draft.anchor, now=now)


def submit_analysis(
    session: Session, analysis_id: UUID, holds: Sequence[Hold], *, revision: int, now: datetime
) -> None:
    """Put an analysis before the editors; `revision` is the one that was looked over for its holds.

    Raises NotFound, credential_required, disclosure_required, illegal_transition and Stale.
    """
    analysis = _locked(session, analysis_id)
    if analysis.status in SUBMITTED_ANALYSES:
        demand_for_analysis(session, analysis, now=now)
        demand_version(frozenset({revision}), analysis.current_revision)
    take_in_submission(session, analysis, holds, now=now)


def delete_draft(session: Session, analysis_id: UUID, *, expected: Expected) -> None:
    """Delete a draft that was never submitted; raise NotFound, Stale and illegal_transition."""
    analysis = _locked(session, analysis_id)
    demand_version(expected, analysis.current_revision)
    if analysis.status is not AnalysisStatus.DRAFT:
        raise Refused("illegal_transition")
    session.execute(delete(AnalysisRevision).where(col(AnalysisRevision.analysis_id) == analysis_id))
    result = session.execute(
        delete(Analysis).where(
            col(Analysis.id) == analysis_id,
            col(Analysis.status) == AnalysisStatus.DRAFT,
            col(Analysis.current_revision) == analysis.current_revision,
        )
    )
    assert isinstance(result, CursorResult)  # noqa: S101
    if result.rowcount != 1:
        raise Stale


def _says_the_same(session: Session, analysis: Analysis, draft: AnalysisDraft) -> bool:
    standing = session.get_one(AnalysisRevision, (analysis.id, analysis.current_revision))
    if standing.status not in WRITTEN:
        return False
    # Where a quote stands changes by itself, and only what it was taken from is said by the author.
    said = {name: value for name, value in draft.columns().items() if name != "anchor"}
    return all(getattr(standing, name) == value for name, value in said.items())


def _locked(session: Session, analysis_id: UUID) -> Analysis:
    lock_cases(session, analysis_id)
    analysis = session.get(Analysis, analysis_id, with_for_update=True)
    if analysis is None:
        raise NotFound
    return analysis


def _revision(
    session: Session, analysis: Analysis, number: int, author: Author, draft: AnalysisDraft, *, now: datetime
) -> AnalysisRevision:
    return AnalysisRevision(
        analysis_id=analysis.id,
        number=number,
        author_line=author_line(session, author),
        created_at=now,
        **draft.columns(),
    )
