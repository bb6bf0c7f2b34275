"""Take decisions back: the subject returns to its state before, and its case is open again.

Nothing is erased: a reversal is a decision of its own in the log. It is refused once something newer was decided about
the subject, or an appeal against the restriction waits, which somebody else decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows, demand
from forum.delivery.notices import tell_of_decision
from forum.moderation import chain
from forum.moderation.cases import last_waited, lock_cases, open_case, reopen_case, standing_review
from forum.moderation.decisions import HANDLINGS, SEQUELS
from forum.moderation.independence import demand_no_part
from forum.moderation.log import EDITORIAL_SUBJECTS
from forum.moderation.reception import waiting_case
from forum.moderation.settlements.basis import Restoration, Restored
from forum.moderation.submissions import Hold
from forum.moderation.transitions import REVERSAL, status_before
from models.cases import Case, CaseKind, CaseState, Decision, Reason, SubjectType
from models.comments import Comment
from models.errors import NotFound, Refused
from models.reversals import Prior, Reversal

OWN_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Retraction:
    """Hold why a decision is taken back."""

    reason: Reason
    note: str | None = None


def find_reversible(session: Session, decision_id: UUID, identity: Identity) -> tuple[Decision, Case | None]:
    """Give a decision that somebody may take back while there is time, with its case; raise NotFound or a refusal."""
    decision = session.get(Decision, decision_id)
    if decision is None or decision.subject_type not in set(SubjectType):
        raise NotFound
    if decision.subject_type in EDITORIAL_SUBJECTS and not allows(identity, Permission.CASE_READ_EDITORIAL):
        raise NotFound
    case = session.get(Case, decision.case_id) if decision.case_id else None
    if case is not None or decision.subject_type == SubjectType.COMMENT:
        demand(identity, Permission.MODERATION_DECIDE, case or session.get_one(Comment, decision.subject_id))
    if decision.decided_by != identity.user_id:
        demand(identity, Permission.DECISION_REVERSE_ANY)
    return decision, case


def reverse(
    session: Session,
    decision_id: UUID,
    retraction: Retraction,
    *,
    identity: Identity,
    is_in_time: bool = False,
    now: datetime,
) -> Any:
    """Take a decision back: one's own within a quarter of an hour, or any as an editor; give the new decision's row.

    `is_in_time` holds where that is part of a batch that was taken back in time.
    Raises NotFound, own_content, Forbidden, not_independent and illegal_transition.
    """
    decision, case = find_reversible(session, decision_id, identity)
    handling = HANDLINGS[SubjectType(decision.subject_type)]
    if case is None and decision.subject_type != SubjectType.COMMENT:
        raise Refused("illegal_transition")  # A retraction is for good.
    if not (is_in_time or now - decision.decided_at <= OWN_WINDOW):
        demand(identity, Permission.DECISION_REVERSE_ANY)
    if case is not None:
        demand_no_part(session, case, identity)
    lock_cases(session, decision.subject_id, also=case.id if case else None)
    # This locks the subject, so that no appeal comes in between the look for one and the end.
    handling.remember(session, decision.subject_id)
    prior = session.get(Prior, decision.id)
    if prior is None or standing_review(session, decision.subject_id, CaseKind.APPEAL):
        raise Refused("illegal_transition")
    # Whatever refuses comes before what publishes, since a number that was announced cannot be taken back.
    _demand_newest(session, decision)
    restored = handling.restore(
        session,
        Restoration(decision.subject_id, decision.revision, decision.status_to, prior.subject, now),
    )
    case = _reopen(session, decision, case, restored, now=now)
    for case_id in prior.case_ids:
        _reopen_beside(session, UUID(case_id), decision, restored, now=now)
    return _record(session, decision, case, retraction, identity, now=now)


def _demand_newest(session: Session, decision: Decision) -> None:
    """Raise illegal_transition for a reversal, and for what something newer was decided after.

    The subject is locked by now, so nothing newer can come in between.
    """
    newest = session.exec(
        select(func.max(col(Decision.number))).where(col(Decision.subject_id) == decision.subject_id)
    ).one()
    if newest != decision.number or decision.verdict == REVERSAL:
        raise Refused("illegal_transition")


def _reopen(session: Session, decision: Decision, case: Case | None, restored: Restored, *, now: datetime) -> Case:
    """Open the case of a decision again; words that were published unread get one, or that of an edit of them."""
    if case is None:
        comment = session.get_one(Comment, decision.subject_id)
        if standing := waiting_case(session, comment):
            return standing
        case = last_waited(session, comment.id, restored.waiting)
        if case is None:
            return open_case(session, comment, restored.waiting, [Hold("review")], is_review=False, now=now)
    reopen_case(session, case, revision=restored.shown if case.is_review else restored.waiting, now=now)
    if case.kind in SEQUELS:
        SEQUELS[case.kind].reopen(session, case, closed_at=decision.decided_at)
    return case


def _reopen_beside(session: Session, case_id: UUID, decision: Decision, restored: Restored, *, now: datetime) -> None:
    """Open another case about the subject again if it was this decision that settled it."""
    case = session.get_one(Case, case_id, with_for_update=True)
    if case.state is CaseState.VOID and case.closed_at == decision.decided_at:
        _reopen(session, decision, case, restored, now=now)


def _record(
    session: Session,
    decision: Decision,
    case: Case,
    retraction: Retraction,
    identity: Identity,
    *,
    now: datetime,
) -> Any:
    unsealed = chain.unsealed(
        case_id=case.id,
        subject_type=decision.subject_type,
        subject_id=decision.subject_id,
        revision=decision.revision,
        verdict=REVERSAL,
        status_from=decision.status_to,
        status_to=status_before(decision.status_from),
        decided_by=identity.user_id,
        automated=False,
        reason=retraction.reason,
        note=retraction.note,
        decided_at=now,
    )
    tell_of_decision(session, unsealed, case, now=now)
    reversal = chain.seal(session, unsealed)
    session.add(Reversal(decision_id=decision.id, reversal_id=reversal.id))
    session.flush()
    return reversal
