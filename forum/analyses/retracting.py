"""Retract analyses: they stay readable, and say that they do not stand any more and why."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from auth.identity import Identity
from forum.moderation import chain
from forum.moderation.cases import lock_cases
from forum.moderation.settlements.analyses import take_in_retraction
from forum.moderation.transitions import RETRACTION
from models.analyses import Analysis, AnalysisStatus
from models.cases import SubjectType
from models.errors import NotFound
from models.instants import format_instant


def retract_analysis(session: Session, analysis_id: UUID, reason: str, *, identity: Identity, now: datetime) -> None:
    """Retract a published analysis for good; what an editor retracts of others stands in the log of decisions.

    Raises NotFound and illegal_transition.
    """
    lock_cases(session, analysis_id)
    analysis = session.get(Analysis, analysis_id, with_for_update=True)
    if analysis is None:
        raise NotFound
    is_author = analysis.author_id == identity.user_id
    retraction = {"reason": reason, "at": format_instant(now), "by": "author" if is_author else "editor"}
    take_in_retraction(session, analysis, retraction, now=now)
    if not is_author:
        _log(session, analysis, reason, identity, now=now)


def _log(session: Session, analysis: Analysis, reason: str, identity: Identity, *, now: datetime) -> None:
    chain.append(
        session,
        subject_type=SubjectType.ANALYSIS,
        subject_id=analysis.id,
        revision=analysis.approved_revision or analysis.current_revision,
        verdict=RETRACTION,
        status_from=AnalysisStatus.PUBLISHED,
        status_to=AnalysisStatus.RETRACTED,
        decided_by=identity.user_id,
        automated=False,
        note=reason,
        decided_at=now,
    )
