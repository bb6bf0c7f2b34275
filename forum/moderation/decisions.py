"""Decide cases: with its settlements, the only place that writes a status.

A verdict names the revision that was read. One guarded update each of case and subject settles races; what is decided,
the log and what the public sees of it are one transaction. Locks are taken in the order case, subject, article, who is
told, chain.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, literal_column, update
from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import demand
from forum.delivery.events import announce
from forum.delivery.notices import tell_of_decision
from forum.moderation import chain
from forum.moderation.appeals import close_appeal, reopen_appeal
from forum.moderation.cases import lock_case
from forum.moderation.claims import demand_claim
from forum.moderation.independence import demand_independence
from forum.moderation.remarks import Remark, demand_remarks, keep_remarks
from forum.moderation.reports import close_reports, main_reason, reopen_reports
from forum.moderation.settlements.analyses import (
    demand_analysis_publishable,
    remember_analysis,
    restore_analysis,
    settle_analysis,
)
from forum.moderation.settlements.applications import (
    demand_nothing,
    remember_application,
    restore_application,
    settle_application,
)
from forum.moderation.settlements.basis import Outcome, Remembered, Restoration, Restored, Settlement
from forum.moderation.settlements.comments import (
    demand_publishable,
    remember_comment,
    restore_comment,
    settle_comment,
)
from forum.moderation.subjects import body_of
from forum.moderation.submissions import Rejection
from forum.moderation.transitions import MEANINGS, meaning_of, needs_reason
from models.base import columns_of
from models.cases import Case, CaseKind, CaseState, Decision, Reason, SubjectType, Verdict
from models.comments import Comment
from models.deliveries import EventType
from models.errors import Invalid, Refused, Stale
from models.gates import shut_gate
from models.plain import Insertion, Plain
from models.reversals import Prior
from models.sessions import read_anew

# Below what these take away nobody may be about to write.
REMOVALS = frozenset({Verdict.REJECT, Verdict.SPAM})
_PRIOR = Insertion(Prior)
_CASES = columns_of(Case)
_CLOSE = Plain(
    update(Case.__table__)  # type: ignore[attr-defined]
    .where(
        _CASES.id == bindparam("case_id"),
        _CASES.revision == bindparam("read_revision"),
        _CASES.state == literal_column("'open'"),
    )
    .values(state=CaseState.DECIDED, closed_at=bindparam("now"), claimed_by=None, claim_token=None, claim_until=None)
)


class Handling(NamedTuple):
    """Say how subjects of one type are decided, and how a decision about them is taken back.

    `demand` says what publication asks for; `remember` locks the subject and tells how it stands, `settle` writes the
    verdict then, and `restore` brings the subject back there.
    """

    demand: Callable[..., None]
    settle: Callable[[Session, Settlement], Outcome]
    remember: Callable[[Session, UUID], Remembered]
    restore: Callable[[Session, Restoration], Restored]


class Sequel(NamedTuple):
    """Say what a verdict means for those who brought a case about, and how that is taken back."""

    close: Callable[..., None]
    reopen: Callable[..., None]


HANDLINGS: Mapping[SubjectType, Handling] = {
    SubjectType.COMMENT: Handling(demand_publishable, settle_comment, remember_comment, restore_comment),
    SubjectType.APPLICATION: Handling(demand_nothing, settle_application, remember_application, restore_application),
    SubjectType.ANALYSIS: Handling(demand_analysis_publishable, settle_analysis, remember_analysis, restore_analysis),
}
SEQUELS: Mapping[CaseKind, Sequel] = {
    CaseKind.REPORT: Sequel(close_reports, reopen_reports),
    CaseKind.APPEAL: Sequel(close_appeal, reopen_appeal),
}


@dataclass(frozen=True)
class Ruling:
    """Hold what a moderator says about the revision that they read."""

    verdict: Verdict
    revision: int
    reason: Reason | None = None
    note: str | None = None
    claim_token: str | None = None
    remarks: Sequence[Remark] = ()


def decide(session: Session, case_id: UUID, ruling: Ruling, *, identity: Identity, now: datetime) -> tuple[Any, bool]:
    """Decide a case; give the decision and whether it is new (not so for one's own same verdict said again).

    Raises NotFound, own_content, not_independent, Invalid without a needed reason, disclosure_required, Stale when the
    text changed, case_already_decided, claim_lost and illegal_transition.
    """
    case = lock_case(session, case_id, identity)
    demand(identity, Permission.MODERATION_DECIDE, case)
    if case.state is CaseState.OPEN:
        demand_independence(session, case, identity)
    if needs_reason(ruling.verdict, ruling.reason):
        raise Invalid("/reason", "reason_required")
    if case.state is not CaseState.OPEN:
        return _said_before(session, case, ruling, identity), False
    if ruling.remarks:
        demand_remarks(ruling.verdict, ruling.remarks, body_of(session, case))
    handling = HANDLINGS[case.subject_type]
    meaning = _meaning(session, case, ruling, identity, now=now)
    if case.kind is CaseKind.REPORT and ruling.verdict is Verdict.UPHOLD and ruling.reason is None:
        ruling = replace(ruling, reason=main_reason(session, case))
    if meaning in REMOVALS:
        shut_gate(session, case.subject_id)
    before = handling.remember(session, case.subject_id)
    _close(session, case, now=now)
    settlement = Settlement(before.subject, case.revision, meaning, case.is_review, is_new=False, now=now)
    outcome = handling.settle(session, settlement)
    if case.kind in SEQUELS:
        SEQUELS[case.kind].close(session, case, ruling.verdict, now=now)
    decision = _record(session, case, ruling, outcome, before=before, decided_by=identity.user_id, now=now)
    keep_remarks(session, decision, ruling.remarks)
    return decision, True


def _meaning(session: Session, case: Any, ruling: Ruling, identity: Identity, *, now: datetime) -> Verdict | None:
    """Give what a verdict means for the text; raise Stale, illegal_transition and claim_lost.

    What publication asks for is said first, and settling asks again: it is looked up here only where the rest refuses.
    """
    try:
        if case.revision != ruling.revision:
            raise Stale
        meaning = meaning_of(case.kind, ruling.verdict)
        demand_claim(case, ruling.claim_token, identity, now=now)
    except (Stale, Refused):
        HANDLINGS[case.subject_type].demand(session, case, MEANINGS[case.kind].get(ruling.verdict), now=now)
        raise
    return meaning


def publish_unread(session: Session, comment: Comment, *, case: Case | None = None, now: datetime) -> Any:
    """Approve, as the system, words that screening lets through; a case that held them is closed with it."""
    is_new = case is None and comment.current_revision == 1
    return _decide_unread(session, comment.id, case, Verdict.APPROVE, is_new=is_new, now=now)


def reject_unread(session: Session, comment: Comment, case: Case, rejection: Rejection, *, now: datetime) -> Any:
    """Reject, as the system, words that wait in a case; what the public reads of an edited comment stays."""
    return _decide_unread(session, comment.id, case, Verdict.REJECT, rejection, is_new=False, now=now)


def _decide_unread(
    session: Session,
    comment_id: UUID,
    case: Case | None,
    verdict: Verdict,
    rejection: Rejection | None = None,
    *,
    is_new: bool,
    now: datetime,
) -> Any:
    before = remember_comment(session, comment_id)
    if case is not None:
        _close(session, case, now=now)
    comment = before.subject
    said = (rejection.reason, rejection.note) if rejection else ()
    ruling = Ruling(verdict, comment.current_revision, *said)
    settlement = Settlement(comment, ruling.revision, verdict, is_review=False, is_new=is_new, now=now)
    outcome = settle_comment(session, settlement)
    return _record(session, case, ruling, outcome, before=before, decided_by=None, now=now)


def _said_before(session: Session, case: Any, ruling: Ruling, identity: Identity) -> Decision:
    standing = session.exec(
        select(Decision).where(col(Decision.case_id) == case.id).order_by(col(Decision.number).desc()).limit(1)
    ).first()
    if standing is None or standing.revision != ruling.revision:
        raise Stale if case.revision != ruling.revision else Refused("case_already_decided")
    if standing.decided_by != identity.user_id or standing.verdict != ruling.verdict:
        raise Refused("case_already_decided")
    return standing


def _close(session: Session, case: Any, *, now: datetime) -> None:
    if _CLOSE.run(session, {"case_id": case.id, "read_revision": case.revision, "now": now}) != 1:
        raise Refused("case_already_decided")
    read_anew(session, Case, case.id)


def _record(
    session: Session,
    case: Any | None,
    ruling: Ruling,
    outcome: Outcome,
    *,
    before: Remembered,
    decided_by: UUID | None,
    now: datetime,
) -> Any:
    """Write the decision about a case, or about a comment that never was one, and how things stood before."""
    unsealed = chain.unsealed(
        case_id=case.id if case else None,
        subject_type=case.subject_type if case else SubjectType.COMMENT,
        subject_id=before.subject.id,
        revision=ruling.revision,
        verdict=ruling.verdict,
        status_from=outcome.status_from,
        status_to=outcome.status_to,
        decided_by=decided_by,
        automated=decided_by is None,
        reason=ruling.reason,
        note=ruling.note,
        decided_at=now,
    )
    # Whoever is told is held by their key, and whoever holds a user alone may be waiting for the head of the chain.
    tell_of_decision(session, unsealed, case, now=now)
    decision = chain.seal(session, unsealed)
    # Which cases were settled too is told by settling alone: one may have come while a lock was waited for.
    voided = [str(case_id) for case_id in outcome.voided]
    prior = _PRIOR.row(decision_id=decision.id, subject=before.stands, case_ids=voided)
    _PRIOR.write(session, prior)
    if case is not None:
        announce(session, EventType.CASE_DECIDED, decision.id, now=now)
    return decision
