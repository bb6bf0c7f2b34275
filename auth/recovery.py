"""Let people prove by mail that an address is theirs: to confirm it, or to set a new password.

Nothing here tells the caller whether an account exists. The mail is an outbox row of kind `mail` with `template`,
`to`, `locale`, `display_name` and `token`; whoever sends it words it and makes the link.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from auth.accounts import NewAccount, create_account, email_key
from auth.digests import token_digest
from auth.sessions import end_all_sessions
from auth.throttling import forget_account
from models.accounts import SingleUseToken, TokenPurpose
from models.errors import Invalid, Refused
from models.publication import OutboxJob
from models.users import User

LIFETIMES = {
    TokenPurpose.PASSWORD_RESET: timedelta(minutes=30),
    TokenPurpose.EMAIL_VERIFICATION: timedelta(hours=24),
}
MOST_OPEN_TOKENS = 3
"""How many unused tokens of a kind a user may have, so that nobody's mailbox is flooded."""


@dataclass(frozen=True)
class TokenOwner:
    """Hold what a new password must not be made of."""

    email: str
    display_name: str


def register_unconfirmed(session: Session, account: NewAccount, *, now: datetime) -> None:
    """Open an account whose address its owner has to confirm, by the token in the mail.

    Where the address has an account, its owner is told, with a way to a new password, and the account is not touched:
    whoever registered first without owning the mailbox loses the account to whoever does.
    """
    try:
        user = create_account(session, account, is_verified=False, now=now)
    except Refused:
        _mail_reset(session, email_key(account.email), "already_registered", now)
        return
    _mail_token(session, user, TokenPurpose.EMAIL_VERIFICATION, "email_verification", now)


def send_reset(session: Session, *, email: str, now: datetime) -> None:
    """Mail the token that sets a new password, if there is such an account."""
    _mail_reset(session, email_key(email), "password_reset", now)


def confirm_address(session: Session, *, token: str, now: datetime) -> None:
    """Use a verification token; raises token_invalid."""
    user_id = _use(session, token, TokenPurpose.EMAIL_VERIFICATION, now)
    session.execute(
        update(User)
        .where(col(User.id) == user_id, col(User.email_verified_at).is_(None))
        .values(email_verified_at=now, version=col(User.version) + 1)
    )


def owner_of_reset(session: Session, *, token: str, now: datetime) -> TokenOwner:
    """Say whose password a reset token opens, without using it; raises token_invalid."""
    row = session.execute(
        select(col(User.email), col(User.display_name))
        .join(SingleUseToken, col(SingleUseToken.user_id) == col(User.id))
        .where(*_is_good(token, TokenPurpose.PASSWORD_RESET, now))
    ).first()
    if row is None:
        raise Invalid("/token", "token_invalid")
    return TokenOwner(row.email, row.display_name)


def reset_password(session: Session, *, token: str, password_hash: str, network: str, now: datetime) -> None:
    """Use a reset token: set the password, confirm the address, end all sessions; raises token_invalid."""
    user_id = _use(session, token, TokenPurpose.PASSWORD_RESET, now)
    user = session.get_one(User, user_id, with_for_update=True)
    if user.email_verified_at is None:
        user.email_verified_at = now
        user.version += 1
    user.password_hash = password_hash
    session.execute(
        update(SingleUseToken)
        .where(col(SingleUseToken.user_id) == user_id, col(SingleUseToken.used_at).is_(None))
        .values(used_at=now)
    )
    end_all_sessions(session, user_id=user_id, now=now)
    forget_account(session, email_key=user.email_key, network=network)


def _mail_reset(session: Session, key: str, template: str, now: datetime) -> None:
    found = select(User).where(col(User.email_key) == key, col(User.erased_at).is_(None))
    # Requests of the same moment follow each other, so that each counts the tokens of the one before.
    user = session.scalars(found.with_for_update(key_share=True)).one_or_none()
    if user is not None:
        _mail_token(session, user, TokenPurpose.PASSWORD_RESET, template, now)


def _mail_token(session: Session, user: User, purpose: TokenPurpose, template: str, now: datetime) -> None:
    if _count_open(session, user.id, purpose, now) >= MOST_OPEN_TOKENS:
        return
    token = secrets.token_urlsafe(32)
    expires_at = now + LIFETIMES[purpose]
    session.add(SingleUseToken(purpose=purpose, user_id=user.id, token_hash=token_digest(token), expires_at=expires_at))
    mail = {
        "template": template,
        "to": user.email,
        "locale": user.locale,
        "display_name": user.display_name,
        "token": token,
    }
    session.add(OutboxJob(kind="mail", payload=mail, created_at=now, due_at=now))


def _count_open(session: Session, user_id: UUID, purpose: TokenPurpose, now: datetime) -> int:
    unused = select(func.count()).where(
        col(SingleUseToken.user_id) == user_id,
        col(SingleUseToken.purpose) == purpose,
        col(SingleUseToken.used_at).is_(None),
        col(SingleUseToken.expires_at) > now,
    )
    return session.scalar(unused) or 0


def _is_good(token: str, purpose: TokenPurpose, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(SingleUseToken.token_hash) == token_digest(token),
        col(SingleUseToken.purpose) == purpose,
        col(SingleUseToken.used_at).is_(None),
        col(SingleUseToken.expires_at) > now,
    )


def _use(session: Session, token: str, purpose: TokenPurpose, now: datetime) -> UUID:
    """Mark a token as used and say whose it was; one statement, so that of two users of it one comes too late."""
    used = update(SingleUseToken).where(*_is_good(token, purpose, now)).values(used_at=now)
    user_id = session.scalars(used.returning(col(SingleUseToken.user_id))).first()
    if user_id is None:
        raise Invalid("/token", "token_invalid")
    return user_id
