"""Keep those from deciding who have a part in the matter: an interest in it, or the decision that is appealed."""

from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.moderation.conditions import newest_disclosure
from models.cases import Case, CaseKind, Decision, Verdict
from models.errors import Refused
from models.reports import Appeal, AppealedDecision, AppealState

# An appeal takes no other verdicts.
ON_APPEALS = (Verdict.UPHOLD, Verdict.OVERTURN)


def demand_independence(session: Session, case: Case, identity: Identity) -> None:
    """Raise not_independent for who declared an interest in the article, or decides twice in one appeal."""
    demand_no_part(session, case, identity)
    if case.kind is CaseKind.APPEAL and _has_decided(session, case, identity):
        raise Refused("not_independent")


def demand_no_part(session: Session, case: Case, identity: Identity) -> None:
    """Raise not_independent for who declared an interest in the article or made the decision that is appealed.

    An appeal that waits is decided by others whichever case about the words is.
    """
    if _has_interest(session, case, identity) or _is_party(session, case, identity):
        raise Refused("not_independent")


def _has_interest(session: Session, case: Case, identity: Identity) -> bool:
    if case.article_id is None:
        return False
    disclosure = newest_disclosure(session, case.article_id, identity.user_id)
    return disclosure is not None and not disclosure.none


def _is_party(session: Session, case: Case, identity: Identity) -> bool:
    """Tell who made a decision that is appealed; while the appeal waits no other look at the words is theirs either."""
    if case.kind is CaseKind.APPEAL:
        appealed = [col(Appeal.case_id) == case.id]
    elif case.is_review:
        appealed = [col(Appeal.comment_id) == case.subject_id, col(Appeal.state) == AppealState.OPEN]
    else:
        return False
    made = (
        select(col(Decision.id))
        .join(AppealedDecision, col(AppealedDecision.decision_id) == col(Decision.id))
        .join(Appeal, col(Appeal.id) == col(AppealedDecision.appeal_id))
        .where(*appealed, col(Decision.decided_by) == identity.user_id)
    )
    return session.exec(made).first() is not None


def _has_decided(session: Session, case: Case, identity: Identity) -> bool:
    made = select(col(Decision.id)).where(
        col(Decision.case_id) == case.id,
        col(Decision.decided_by) == identity.user_id,
        col(Decision.verdict).in_(ON_APPEALS),
    )
    return session.exec(made).first() is not None
