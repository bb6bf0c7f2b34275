"""Take credentials away, let them run out when due, and ask for a new look in time."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from forum.delivery.notices import tell_of_expiry
from forum.experts.letters import write_letter
from forum.moderation.credentials import Act, end, locked_user
from forum.moderation.holds import explain
from models.cases import Reason
from models.instants import format_instant
from models.users import Credential, Ending, User
from models.versions import Expected, demand_version

REMINDED_BEFORE = timedelta(days=30)
REVOKE, EXPIRE = "revoke", "expire"


def revoke(
    session: Session,
    user_id: UUID,
    *,
    reason: Reason,
    note: str | None,
    by: UUID,
    expected: Expected,
    now: datetime,
) -> None:
    """Take an expert's credential and role, and tell them why; raise NotFound and Stale.

    What was published under it stays as it stands, with the author line of its day.
    """
    user = locked_user(session, user_id)
    demand_version(expected, user.version)
    end(session, user, Ending.REVOKED, Act(REVOKE, by, reason, note), now=now)
    said = note or explain(reason, user.locale)
    write_letter(session, "credential_revoked", user, now=now, reason=said)


def has_due_credentials(session: Session, *, now: datetime) -> bool:
    """Tell whether a credential is over or its holder is to be reminded, without writing."""
    return session.exec(select(Credential.id).where(*_due(now)).limit(1)).first() is not None


def tend_credential(session: Session, *, now: datetime) -> None:
    """End a credential whose time has run out, or ask for a new look at one that ends soon.

    One at a time, since the head of the chain is the last lock of a transaction.
    """
    due = select(col(Credential.id), col(Credential.user_id)).where(*_due(now)).order_by(col(Credential.expires_at))
    row = session.exec(due.limit(1)).first()
    if row is not None:
        _tend(session, locked_user(session, row[1]), row[0], now=now)


def _tend(session: Session, user: User, credential_id: UUID, *, now: datetime) -> None:
    credential = session.get_one(Credential, credential_id, populate_existing=True)
    if credential.ended_at is not None or credential.expires_at is None:
        return
    if credential.expires_at <= now:
        end(session, user, Ending.EXPIRED, Act(EXPIRE, by=None), now=now)
        write_letter(session, "credential_expired", user, now=now)
    elif credential.reminded_at is None:
        credential.reminded_at = now
        day = format_instant(credential.expires_at)[:10]
        write_letter(session, "credential_expiring", user, now=now, day=day)
        tell_of_expiry(session, credential, now=now)


def _due(now: datetime) -> list[ColumnElement[bool]]:
    expires_at = col(Credential.expires_at)
    # The widest range alone, so that the index of standing credentials leads to the few that may be meant.
    is_soon_over = expires_at <= now + REMINDED_BEFORE
    is_to_be_told = or_(expires_at <= now, col(Credential.reminded_at).is_(None))
    is_there = exists().where(col(User.id) == col(Credential.user_id), col(User.erased_at).is_(None))
    return [col(Credential.ended_at).is_(None), is_soon_over, is_to_be_told, is_there]
