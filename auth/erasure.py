"""Begin the erasure of a person: from here on there is nobody any more, and what they left is erased behind it."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session, col

from auth.accounts import locked_admins
from auth.credentials import take_credential
from auth.kept_sanctions import keep_restrictions
from auth.sessions import SignInAccount
from auth.throttling import Attempt, give_back
from models.accounts import AuthSession, SingleUseToken
from models.errors import Invalid, Refused, Unauthenticated
from models.experts import Invitation
from models.following import StreamTicket
from models.people import Erasure
from models.publication import IdempotencyRecord, OutboxJob
from models.users import LOCALES, Ending, Role, User


def begin_erasure(session: Session, account: SignInAccount, *, attempt: Attempt, mark: str, now: datetime) -> None:
    """Empty an account whose password was checked and order the rest; the address is free again.

    Raises last_admin, Unauthenticated where another request has begun it, and password_wrong where the password was
    replaced meanwhile.
    """
    roles = session.execute(select(col(User.roles)).where(col(User.id) == account.user_id)).scalar_one()
    admins = locked_admins(session) if Role.ADMIN in roles else set()
    user = session.get_one(User, account.user_id, with_for_update=True)
    if user.erased_at is not None:
        raise Unauthenticated
    if user.password_hash != account.password_hash:
        raise Invalid("/password", "password_wrong")
    if Role.ADMIN in user.roles and not admins - {user.id}:
        raise Refused("last_admin")
    keep_restrictions(session, user.id, mark, now=now)
    _drop_addressed(session, user)
    for table in (StreamTicket, AuthSession, SingleUseToken):
        session.execute(delete(table).where(col(table.user_id) == user.id))
    take_credential(session, user, Ending.REVOKED, now=now)
    _empty(user, now=now)
    give_back(session, attempt)
    session.add(Erasure(user_id=user.id, asked_at=now, due_at=now))
    session.flush()


def _drop_addressed(session: Session, user: User) -> None:
    """Drop what only the address tells to be the person's, while it is known."""
    invited = col(Invitation.email_key) == user.email_key
    # Editors may have again what they were answered, which tells the address. By who invited, the key's index finds it.
    session.execute(
        delete(IdempotencyRecord)
        .where(col(IdempotencyRecord.user_id).in_(select(col(Invitation.invited_by)).where(invited)))
        .where(col(IdempotencyRecord.subject_id).in_(select(col(Invitation.id)).where(invited)))
    )
    session.execute(delete(Invitation).where(invited))
    to = col(OutboxJob.payload)["to"].as_string()
    session.execute(
        delete(OutboxJob).where(col(OutboxJob.kind) == "mail", to == user.email),
        execution_options={"synchronize_session": False},
    )


def _empty(user: User, *, now: datetime) -> None:
    user.email, user.email_key = "", f"erased {user.id}"
    user.display_name = user.display_name_key = user.password_hash = ""
    user.email_verified_at, user.locale, user.roles = None, LOCALES[0], frozenset()
    user.erased_at = now
    user.version += 1
