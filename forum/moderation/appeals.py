"""Let authors appeal against the restriction of their words, once, and keep who restricted them from deciding."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from forum.moderation.cases import lock_cases, open_case, standing_review
from forum.moderation.transitions import REVERSAL
from models.base import new_id
from models.cases import Case, CaseKind, Decision, Verdict
from models.comments import Comment, Status
from models.errors import NotFound, Refused
from models.reports import Appeal, AppealedDecision, AppealState

APPEAL_WINDOW = timedelta(days=183)
RESTRICTED: frozenset[str] = frozenset({Status.REJECTED, Status.SPAM})


def appeal(session: Session, comment_id: UUID, statement: str, *, now: datetime) -> Appeal:
    """Appeal against the restriction of a comment; another moderator decides.

    Raises NotFound, illegal_transition for a comment that is not restricted, already_appealed and
    appeal_window_closed.
    """
    lock_cases(session, comment_id)
    comment = session.get(Comment, comment_id, with_for_update=True)
    if comment is None:
        raise NotFound
    if comment.status not in RESTRICTED or comment.withdrawn_at is not None:
        raise Refused("illegal_transition")
    against = decisions_in_force(session, comment)
    _demand_appealable(session, comment_id, against, now=now)
    revision = comment.approved_revision or comment.current_revision
    case = open_case(session, comment, revision, [], is_review=True, kind=CaseKind.APPEAL, now=now)
    filed = Appeal(
        id=new_id(),
        comment_id=comment_id,
        case_id=case.id,
        decision_id=against[-1].id,
        statement=statement,
        appealed_at=now,
    )
    session.add(filed)
    session.flush()
    session.add_all(AppealedDecision(appeal_id=filed.id, decision_id=decision.id) for decision in against)
    session.flush()
    return filed


def decisions_in_force(session: Session, comment: Comment) -> Sequence[Decision]:
    """Give the decisions that keep a comment restricted, the newest first; the last one restricted it.

    A reversal that restricted it again restored an older restriction, so the walk goes on behind it.
    """
    newest_first = select(Decision).where(col(Decision.subject_id) == comment.id).order_by(col(Decision.number).desc())
    found: list[Decision] = []
    for decision in session.exec(newest_first).all():
        found.append(decision)
        if decision.status_from not in RESTRICTED and decision.verdict != REVERSAL:
            break
    return found


def appeal_against(session: Session, decisions: Sequence[Decision]) -> Appeal | None:
    """Give the appeal that was made against one of these decisions."""
    named = select(AppealedDecision.appeal_id).where(
        col(AppealedDecision.decision_id).in_([decision.id for decision in decisions])
    )
    return session.exec(select(Appeal).where(col(Appeal.id).in_(named))).first()


def close_appeal(session: Session, case: Case, verdict: Verdict, *, now: datetime) -> None:
    """Write what came of an appeal."""
    state = AppealState.OVERTURNED if verdict is Verdict.OVERTURN else AppealState.UPHELD
    session.execute(update(Appeal).where(col(Appeal.case_id) == case.id).values(state=state, closed_at=now))


def reopen_appeal(session: Session, case: Case, *, closed_at: datetime) -> None:
    """Let an appeal wait again that the decision of its case, or of another, closed."""
    session.execute(
        update(Appeal)
        .where(col(Appeal.case_id) == case.id, col(Appeal.closed_at) == closed_at)
        .values(state=AppealState.OPEN, closed_at=None)
    )


def _demand_appealable(session: Session, comment_id: UUID, against: Sequence[Decision], *, now: datetime) -> None:
    if not against:
        raise Refused("illegal_transition")
    if appeal_against(session, against) is not None or standing_review(session, comment_id, CaseKind.APPEAL):
        raise Refused("already_appealed")
    if now - against[-1].decided_at > APPEAL_WINDOW:
        raise Refused("appeal_window_closed")
