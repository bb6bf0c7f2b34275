"""Settle verdicts about analyses, and what their authors make of them: the only place that writes their status.

An edit of a published analysis is settled by itself, and the public reads the approved revision meanwhile. Each change
is a guarded update of the analysis; locks are taken in the order analysis, article.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from forum.delivery.news import bring_analysis_news
from forum.moderation.cases import raise_revision, void_cases
from forum.moderation.conditions import demand_conditions
from forum.moderation.settlements.basis import (
    Outcome,
    Remembered,
    Restoration,
    Restored,
    Settlement,
    read_instant,
    written_instant,
)
from forum.moderation.submissions import Hold
from forum.moderation.transitions import REVISED_ANALYSES, SUBMITTED_ANALYSES, analysis_status_after
from models.analyses import Analysis, AnalysisRevision, AnalysisStatus
from models.cases import Case, CaseKind, Verdict
from models.deliveries import EventType
from models.errors import Refused, Stale


def settle_analysis(session: Session, settlement: Settlement) -> Outcome:
    """Write what a verdict makes of a locked analysis; raise what conditions ask for, Stale and illegal_transition."""
    analysis: Analysis = settlement.subject
    revision = session.get_one(AnalysisRevision, (analysis.id, settlement.revision))
    before = revision.status
    after = analysis_status_after(before, settlement.meaning)
    revision.status = after
    is_edit = analysis.status is AnalysisStatus.PUBLISHED
    if after is AnalysisStatus.PUBLISHED:
        revision.disclosure = demand_for_analysis(session, analysis, now=settlement.now)
        revision.published_at = settlement.now
        _publish(session, analysis, revision, is_edit=is_edit, now=settlement.now)
    elif not is_edit:
        _guarded(session, analysis, {"status": after})
    return Outcome(before, after)


def demand_analysis_publishable(session: Session, case: Case, meaning: Verdict | None, *, now: datetime) -> None:
    """Raise what conditions ask for before anything else is weighed, where a verdict would publish."""
    if meaning is Verdict.APPROVE:
        demand_for_analysis(session, session.get_one(Analysis, case.subject_id), now=now)


def demand_for_analysis(session: Session, analysis: Analysis, *, now: datetime) -> dict[str, Any] | None:
    """Give the frozen declaration to publish an analysis with; raise credential_required and disclosure_required."""
    return demand_conditions(session, analysis.article_id, analysis.author_id, as_expert=True, now=now)


def remember_analysis(session: Session, analysis_id: UUID) -> Remembered:
    """Lock an analysis and write down how it and its revisions stand, for a reversal to come back to."""
    analysis = session.get_one(Analysis, analysis_id, with_for_update=True)
    revisions = session.execute(
        select(col(AnalysisRevision.number), col(AnalysisRevision.status), col(AnalysisRevision.published_at)).where(
            col(AnalysisRevision.analysis_id) == analysis_id
        )
    ).all()
    stands = {
        "status": analysis.status,
        "approved_revision": analysis.approved_revision,
        "published_at": written_instant(analysis.published_at),
        "edited_at": written_instant(analysis.edited_at),
        "revisions": {str(number): [status, written_instant(at)] for number, status, at in revisions},
    }
    return Remembered(analysis, stands)


def restore_analysis(session: Session, restoration: Restoration) -> Restored:
    """Bring an analysis back to how it stood before a decision; raise illegal_transition where it has moved on."""
    analysis = session.get_one(Analysis, restoration.subject_id, with_for_update=True)
    prior = restoration.prior
    decided = session.get_one(AnalysisRevision, (analysis.id, restoration.revision))
    current = session.get_one(AnalysisRevision, (analysis.id, analysis.current_revision))
    has_moved_on = current.status is AnalysisStatus.DRAFT or analysis.status is AnalysisStatus.RETRACTED
    if has_moved_on or restoration.status != decided.status:
        raise Refused("illegal_transition")
    for number, (status, at) in prior["revisions"].items():
        revision = session.get_one(AnalysisRevision, (analysis.id, int(number)))
        revision.status, revision.published_at = AnalysisStatus(status), read_instant(at)
    was_public, is_public = _is_public(analysis.status), _is_public(prior["status"])
    shows_other_words = analysis.approved_revision != prior["approved_revision"]
    values = {
        "status": AnalysisStatus(prior["status"]),
        "approved_revision": prior["approved_revision"],
        "published_at": read_instant(prior["published_at"]),
        "edited_at": read_instant(prior["edited_at"]),
    }
    _guarded(session, analysis, values)
    if was_public and not is_public:
        bring_analysis_news(session, analysis, EventType.ANALYSIS_RETRACTED, appears=-1, now=restoration.now)
    elif shows_other_words:
        bring_analysis_news(session, analysis, EventType.ANALYSIS_UPDATED, now=restoration.now)
    return Restored(waiting=analysis.current_revision, shown=analysis.approved_revision or analysis.current_revision)


def take_in_analysis_revision(
    session: Session, analysis: Analysis, revision: AnalysisRevision, holds: Sequence[Hold], *, now: datetime
) -> None:
    """Make a new revision the current one, and let it wait where the analysis waits or is public.

    Raises illegal_transition for what was rejected or retracted, and Stale.
    """
    revision.status = _after(REVISED_ANALYSES, analysis.status)
    _guarded(session, analysis, {"current_revision": revision.number})
    session.add(revision)
    session.flush()
    if revision.status is AnalysisStatus.PENDING:
        raise_revision(session, analysis, revision.number, holds, kind=CaseKind.ANALYSIS, now=now)


def take_in_submission(session: Session, analysis: Analysis, holds: Sequence[Hold], *, now: datetime) -> None:
    """Let a draft, or what was sent back, wait for an editor; raise illegal_transition for anything else, and Stale."""
    after = _after(SUBMITTED_ANALYSES, analysis.status)
    session.get_one(AnalysisRevision, (analysis.id, analysis.current_revision)).status = after
    _guarded(session, analysis, {"status": after})
    raise_revision(session, analysis, analysis.current_revision, holds, kind=CaseKind.ANALYSIS, now=now)


def take_in_retraction(session: Session, analysis: Analysis, retraction: dict[str, Any], *, now: datetime) -> None:
    """Mark a public analysis as retracted, and end the wait of an edit with it; raise illegal_transition and Stale."""
    if analysis.status is not AnalysisStatus.PUBLISHED:
        raise Refused("illegal_transition")
    void_cases(session, analysis.id, now=now)
    waiting = col(AnalysisRevision.status).in_([AnalysisStatus.PENDING, AnalysisStatus.CHANGES_REQUESTED])
    session.execute(
        update(AnalysisRevision)
        .where(col(AnalysisRevision.analysis_id) == analysis.id, waiting)
        .values(status=AnalysisStatus.RETRACTED)
    )
    _guarded(session, analysis, {"status": AnalysisStatus.RETRACTED, "retraction": retraction})
    bring_analysis_news(session, analysis, EventType.ANALYSIS_RETRACTED, now=now)


def _publish(session: Session, analysis: Analysis, revision: AnalysisRevision, *, is_edit: bool, now: datetime) -> None:
    if is_edit:
        _guarded(session, analysis, {"approved_revision": revision.number, "edited_at": now})
        bring_analysis_news(session, analysis, EventType.ANALYSIS_UPDATED, now=now)
        return
    values = {"status": AnalysisStatus.PUBLISHED, "approved_revision": revision.number, "published_at": now}
    _guarded(session, analysis, values)
    bring_analysis_news(session, analysis, EventType.ANALYSIS_PUBLISHED, appears=1, now=now)


def _after(table: Mapping[AnalysisStatus, AnalysisStatus], status: AnalysisStatus) -> AnalysisStatus:
    if status not in table:
        raise Refused("illegal_transition")
    return table[status]


def _is_public(status: str) -> bool:
    return status == AnalysisStatus.PUBLISHED


def _guarded(session: Session, analysis: Analysis, values: Mapping[str, object]) -> None:
    result = session.execute(
        update(Analysis)
        .where(
            col(Analysis.id) == analysis.id,
            col(Analysis.status) == analysis.status,
            col(Analysis.current_revision) == analysis.current_revision,
        )
        .values(**values)
    )
    assert isinstance(result, CursorResult)  # noqa: S101
    if result.rowcount != 1:
        raise Stale
