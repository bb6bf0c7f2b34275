"""Let a moderator claim a case for a while, so that two do not read the same words at once.

A claim is a lease with a token. While it lasts nobody but its holder decides; once it lapsed the token is worth nothing
and the case is anybody's again. Whoever shows a token wants to decide under that claim alone. Each act is one guarded
update.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import demand
from forum.moderation.absence import absent_identity
from forum.moderation.cases import IS_OPEN, demand_known
from forum.moderation.independence import demand_independence
from models.cases import Case, CaseState
from models.errors import Forbidden, Invalid, NotFound, Refused

LEASE = timedelta(minutes=5)


def claim_case(session: Session, case_id: UUID, *, identity: Identity, now: datetime) -> Case:
    """Claim an open case, or prolong one's own claim with its token.

    Raises not_independent for who could not decide it, already_claimed and case_already_decided.
    """
    is_free = or_(unclaimed(now=now), col(Case.claimed_by) == identity.user_id)
    standing = session.get(Case, case_id, with_for_update=True)
    if standing is None:
        raise NotFound
    demand_independence(session, standing, identity)
    is_prolonged = is_claimed(standing, now=now) and standing.claimed_by == identity.user_id
    token = standing.claim_token if is_prolonged else secrets.token_urlsafe(24)
    claimed = session.execute(
        update(Case)
        .where(col(Case.id) == case_id, IS_OPEN, is_free)
        .values(claimed_by=identity.user_id, claim_token=token, claim_until=now + LEASE)
        .returning(col(Case.id)),
    ).first()
    if claimed is None:
        raise Refused("already_claimed" if standing.state is CaseState.OPEN else "case_already_decided")
    session.refresh(standing)
    return standing


def release_claim(session: Session, case_id: UUID, *, identity: Identity) -> None:
    """Give one's own claim up; where one holds none nothing changes."""
    session.execute(
        update(Case)
        .where(col(Case.id) == case_id, col(Case.claimed_by) == identity.user_id)
        .values(claimed_by=None, claim_token=None, claim_until=None)
    )


def hand_over(session: Session, case_id: UUID, *, to: UUID, token: str, identity: Identity, now: datetime) -> Case:
    """Give one's claim to another moderator, for a whole lease and under a token that only they get to see.

    Raises NotFound, claim_lost without a claim in force, and Invalid for somebody who could not claim the case.
    """
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise NotFound
    _demand_receiver(session, case, to, now=now)
    if case.state is not CaseState.OPEN or not is_claimed(case, now=now):
        raise Refused("claim_lost")
    demand_claim(case, token, identity, now=now)
    case.claimed_by, case.claim_token, case.claim_until = to, secrets.token_urlsafe(24), now + LEASE
    session.flush()
    return case


def claimed_by(user_id: UUID, *, now: datetime) -> ColumnElement[bool]:
    """Give the condition on Case for what a moderator holds."""
    return and_(col(Case.claimed_by) == user_id, col(Case.claim_until) > now)


def unclaimed(*, now: datetime) -> ColumnElement[bool]:
    """Give the condition on Case for what nobody holds."""
    return or_(col(Case.claim_until).is_(None), col(Case.claim_until) <= now)


def is_claimed(case: Any, *, now: datetime) -> bool:
    """Tell whether somebody holds the case now."""
    return case.claim_until is not None and case.claim_until > now


def demand_claim(case: Any, token: str | None, identity: Identity, *, now: datetime) -> None:
    """Raise claim_lost under another's claim in force, and for a token that is not that of one's own."""
    is_live = is_claimed(case, now=now)
    if is_live and case.claimed_by != identity.user_id:
        raise Refused("claim_lost")
    if token is None:
        return
    if not is_live or not secrets.compare_digest(token.encode(), str(case.claim_token).encode()):
        raise Refused("claim_lost")


def _demand_receiver(session: Session, case: Case, user_id: UUID, *, now: datetime) -> None:
    """Raise Invalid for who could not claim the case themselves; why is not told about others."""
    try:
        receiver = absent_identity(session, user_id, now=now)
        demand_known(case.kind, receiver)
        demand(receiver, Permission.MODERATION_DECIDE, case)
        demand_independence(session, case, receiver)
    except (Forbidden, NotFound, Refused):
        raise Invalid("/to", "not_allowed") from None
