"""Check a password in two steps, since comparing is slow and must not stand inside a transaction.

First the attempt is counted and the account read; then the caller compares; then what a right password opens is done
in a second transaction, which gives the attempt back.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from auth.sessions import Device, Grant, SignInAccount, account_by_id, account_for_sign_in, open_session
from auth.throttling import Attempt, begin_attempt, give_back
from auth.tokens import SigningKeys
from models.errors import Unauthenticated


def begin_sign_in(
    session: Session, *, email_key: str, network: str, now: datetime
) -> tuple[SignInAccount | None, Attempt]:
    """Count an attempt to sign in and find the account, if there is one; raises RateLimited during a pause."""
    account = account_for_sign_in(session, email_key=email_key)
    user_id = account.user_id if account else None
    return account, begin_attempt(session, email_key=email_key, user_id=user_id, network=network, now=now)


def finish_sign_in(
    session: Session, keys: SigningKeys, account: SignInAccount, *, attempt: Attempt, device: Device, now: datetime
) -> Grant | None:
    """Open a session for a password that was right; nothing for an unconfirmed address or a password since replaced."""
    grant = open_session(session, keys, account, device=device, now=now) if account.is_verified else None
    if grant is not None:
        give_back(session, attempt)
    return grant


def begin_password_check(
    session: Session, *, user_id: UUID, network: str, now: datetime
) -> tuple[SignInAccount, Attempt]:
    """Count an attempt of somebody signed in to show that they know the password; raises RateLimited."""
    account = account_by_id(session, user_id)
    if account is None:
        raise Unauthenticated
    return account, begin_attempt(session, email_key=account.email_key, user_id=user_id, network=network, now=now)
