"""Read an analysis as its author and editors see it: in every state, with what waits and what was decided."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.analyses.reading import AnalysisView, find_analysis, view_of
from forum.moderation.cases import IS_OPEN
from models.analyses import PUBLIC, AnalysisRevision, AnalysisStatus
from models.cases import Case, Decision
from models.reversals import Remarks


@dataclass(frozen=True)
class OwnAnalysis:
    """Hold what is shown of an analysis, its newest words, the open case, the last decision and its remarks.

    An editor is not shown words that their author has not submitted.
    """

    view: AnalysisView
    current: AnalysisRevision
    case: Case | None
    decision: Decision | None
    remarks: Remarks | None

    @property
    def waiting(self) -> AnalysisRevision | None:
        """Give the newest words where they stand behind others that are shown, unless those were retracted."""
        is_behind = self.view.words.number != self.current.number
        return self.current if is_behind and self.view.analysis.status is not AnalysisStatus.RETRACTED else None


def own_analysis(session: Session, viewer: Identity, analysis_id: UUID) -> OwnAnalysis:
    """Give one analysis whole to its author or an editor; raise NotFound."""
    analysis = find_analysis(session, viewer, analysis_id)
    current = _newest(session, analysis.id, is_author=analysis.author_id == viewer.user_id)
    words = current
    if analysis.status in PUBLIC:
        words = session.get_one(AnalysisRevision, (analysis.id, analysis.approved_revision))
    decision = session.exec(
        select(Decision).where(col(Decision.subject_id) == analysis.id).order_by(col(Decision.number).desc()).limit(1)
    ).first()
    return OwnAnalysis(
        view=view_of(session, analysis, words),
        current=current,
        case=_open_case(session, analysis.id),
        decision=decision,
        remarks=session.get(Remarks, decision.id) if decision else None,
    )


def _newest(session: Session, analysis_id: UUID, *, is_author: bool) -> AnalysisRevision:
    statement = select(AnalysisRevision).where(col(AnalysisRevision.analysis_id) == analysis_id)
    if not is_author:
        statement = statement.where(col(AnalysisRevision.status) != AnalysisStatus.DRAFT)
    return session.exec(statement.order_by(col(AnalysisRevision.number).desc()).limit(1)).one()


def _open_case(session: Session, analysis_id: UUID) -> Case | None:
    waits = select(Case).where(col(Case.subject_id) == analysis_id, IS_OPEN)
    return session.exec(waits).first()
