"""Sign people in, keep one session a device, and end it.

A session is the family of its refresh tokens: each is used once and replaced, a repeat shortly after gets the same
replacement, and any other repeat means that somebody else holds the token, so the session ends (RFC 9700, 4.14.2).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Row, Update, and_, bindparam, false, select, tuple_, update
from sqlmodel import Session, col

from auth.digests import token_digest
from auth.identity import Identity
from auth.refresh_tokens import (
    REFRESH_LIFETIME,
    REPEAT_WINDOW,
    first_refresh_token,
    is_genuine,
    session_named_in,
    successors,
)
from auth.restrictions import restriction_named, restriction_of, weight_in_force
from auth.tokens import SigningKeys, read_access_token
from models.accounts import AuthSession
from models.base import columns_of, new_id
from models.errors import NotFound, Unauthenticated
from models.pages import Key, Page, cut
from models.plain import Plain
from models.sanctions import SanctionKind
from models.users import Role, User

NAME_LENGTH = 200
_IS_OPEN = col(AuthSession.ended_at).is_(None)


@dataclass(frozen=True)
class Device:
    """Say from where a session is opened: what the device calls itself and its network."""

    name: str
    network: str


@dataclass(frozen=True)
class SignInAccount:
    """Hold what a password is compared with, and what it must not be made of."""

    user_id: UUID
    email: str
    email_key: str
    display_name: str
    password_hash: str
    is_verified: bool


@dataclass(frozen=True)
class Grant:
    """Hold what a client is given: its session, what to show of roles, and the next refresh token."""

    user_id: UUID
    session_id: UUID
    roles: frozenset[Role]
    refresh_token: str


_USER, _SESSION = columns_of(User), columns_of(AuthSession)
# Made once and of plain columns, since every request with credentials runs it.
_SPEAKER = Plain(
    select(
        _USER.id,
        _USER.roles,
        _USER.display_name,
        _USER.locale,
        weight_in_force(_USER.id, now=bindparam("now")).label("weight"),
    )
    .where(_SESSION.id == bindparam("session_id"), _USER.id == bindparam("user_id"), _SESSION.user_id == _USER.id)
    .where(_SESSION.ended_at.is_(None), _SESSION.expires_at > bindparam("now"), _USER.erased_at.is_(None))
)


def identity_of(session: Session, *, user_id: UUID, session_id: UUID, now: datetime) -> Identity:
    """Read who a genuine token speaks for, as of now; raises Unauthenticated once session or account are over."""
    row = _SPEAKER.first(session, {"user_id": user_id, "session_id": session_id, "now": now})
    restriction = restriction_named(row.weight) if row else None
    if row is None or restriction is SanctionKind.BAN:
        raise Unauthenticated
    return Identity(row.id, session_id, row.roles, row.display_name, row.locale, restriction)


def account_for_sign_in(session: Session, *, email_key: str) -> SignInAccount | None:
    """Find what to compare a password with; the caller compares, since that is slow."""
    return _sign_in_account(session, col(User.email_key) == email_key)


def account_by_id(session: Session, user_id: UUID) -> SignInAccount | None:
    """Find what to compare the password of somebody signed in with."""
    return _sign_in_account(session, col(User.id) == user_id)


def open_session(
    session: Session, keys: SigningKeys, account: SignInAccount, *, device: Device, now: datetime
) -> Grant | None:
    """Open a session for a password that was right, unless it was changed meanwhile or its owner is banned."""
    user = _lock_user(session, account.user_id)
    if user is None or user.password_hash != account.password_hash:
        return None
    if restriction_of(session, user.id, now=now) is SanctionKind.BAN:
        return None
    session_id = new_id()
    token = first_refresh_token(keys, session_id)
    session.add(
        AuthSession(
            id=session_id,
            user_id=user.id,
            name=device.name[:NAME_LENGTH],
            address=device.network,
            created_at=now,
            last_used_at=now,
            refresh_hash=token_digest(token),
            rotated_at=now,
            expires_at=now + REFRESH_LIFETIME,
        )
    )
    return Grant(user.id, session_id, user.roles, token)


def refresh(session: Session, keys: SigningKeys, presented: str, *, now: datetime) -> Grant | None:
    """Replace a refresh token; nothing for one that is not good, whose session ends if it was genuine once."""
    session_id = session_named_in(presented)
    owner = _owner(session, session_id) if session_id else None
    if session_id is None or owner is None:
        return None
    offered = successors(keys, presented, session_id)
    replacement = _rotate(session, session_id, presented, offered[0], now=now) or _given_before(
        session, session_id, offered, now=now
    )
    if replacement is None and is_genuine(keys, presented):
        _end(session, update(AuthSession).where(col(AuthSession.id) == session_id), now)
    return Grant(owner.id, session_id, owner.roles, replacement) if replacement else None


def list_sessions(
    session: Session, *, user_id: UUID, after: Key | None, limit: int, now: datetime
) -> Page[Row[tuple[UUID, str, datetime, datetime]]]:
    """Give a page of a user's open sessions, the last used first: id, name, created_at, last_used_at."""
    key = (col(AuthSession.last_used_at), col(AuthSession.id))
    statement = select(key[1], col(AuthSession.name), col(AuthSession.created_at), key[0])
    if after is not None:
        statement = statement.where(tuple_(*key) < tuple_(datetime.fromisoformat(str(after[0])), UUID(str(after[1]))))
    rows = session.execute(
        statement.where(col(AuthSession.user_id) == user_id, _IS_OPEN, col(AuthSession.expires_at) > now)
        .order_by(*(column.desc() for column in key))
        .limit(limit + 1)
    ).all()
    return cut(rows, limit, lambda row: (row.last_used_at.isoformat(), str(row.id)))


def end_session(session: Session, *, user_id: UUID, session_id: UUID, now: datetime) -> None:
    """Sign one of a user's devices out; raises NotFound unless it is theirs and signed in."""
    own = update(AuthSession).where(col(AuthSession.id) == session_id, col(AuthSession.user_id) == user_id)
    if not _end(session, own.where(col(AuthSession.expires_at) > now), now):
        raise NotFound


def end_all_sessions(session: Session, *, user_id: UUID, now: datetime, but: UUID | None = None) -> None:
    """Sign a user out everywhere, or everywhere but here."""
    others = update(AuthSession).where(col(AuthSession.user_id) == user_id)
    _end(session, others.where(col(AuthSession.id) != but) if but else others, now)


def revoke(session: Session, keys: SigningKeys, token: str, *, issuer: str, now: datetime) -> None:
    """End the session of an access or refresh token (RFC 7009); one that is neither, or over, is no error."""
    _end(session, update(AuthSession).where(_is_session_of(keys, token, issuer, now)), now)


def _is_session_of(keys: SigningKeys, token: str, issuer: str, now: datetime) -> ColumnElement[bool]:
    if is_genuine(keys, token):
        return col(AuthSession.id) == session_named_in(token)
    if named := session_named_in(token):
        # The key that made it may be gone from the settings while the token itself still works.
        return and_(col(AuthSession.id) == named, col(AuthSession.refresh_hash) == token_digest(token))
    try:
        return col(AuthSession.id) == read_access_token(keys, token, issuer=issuer, now=now).session_id
    except Unauthenticated:
        return false()


def _sign_in_account(session: Session, is_wanted: ColumnElement[bool]) -> SignInAccount | None:
    user = session.scalars(select(User).where(is_wanted, col(User.erased_at).is_(None))).one_or_none()
    if user is None:
        return None
    is_verified = user.email_verified_at is not None
    return SignInAccount(
        user.id, user.email, user.email_key, user.display_name, user.password_hash, is_verified=is_verified
    )


def _lock_user(session: Session, user_id: UUID) -> User | None:
    return session.execute(
        select(User).where(col(User.id) == user_id, col(User.erased_at).is_(None)).with_for_update()
    ).scalar_one_or_none()


def _owner(session: Session, session_id: UUID) -> Row[tuple[UUID, frozenset[Role]]] | None:
    return session.execute(
        select(col(User.id), col(User.roles))
        .join(AuthSession, col(AuthSession.user_id) == col(User.id))
        .where(col(AuthSession.id) == session_id, col(User.erased_at).is_(None))
    ).first()


def _rotate(session: Session, session_id: UUID, presented: str, replacement: str, *, now: datetime) -> str | None:
    """Put the replacement in the place of the presented token, if that is the one that stands."""
    stands = col(AuthSession.refresh_hash) == token_digest(presented)
    rotated = session.execute(
        update(AuthSession)
        .where(col(AuthSession.id) == session_id, stands, _IS_OPEN, col(AuthSession.expires_at) > now)
        .values(
            refresh_hash=token_digest(replacement),
            rotated_at=now,
            last_used_at=now,
            expires_at=now + REFRESH_LIFETIME,
        )
    )
    return replacement if _changed(rotated) else None


def _given_before(session: Session, session_id: UUID, offered: list[str], *, now: datetime) -> str | None:
    """Find the replacement that was given for the presented token a moment ago and has not been used."""
    row = session.execute(
        select(col(AuthSession.refresh_hash))
        .where(col(AuthSession.id) == session_id, _IS_OPEN)
        .where(col(AuthSession.rotated_at) >= now - REPEAT_WINDOW)
    ).first()
    return next((token for token in offered if row and token_digest(token) == row.refresh_hash), None)


def _end(session: Session, sessions: Update, now: datetime) -> bool:
    return _changed(session.execute(sessions.where(_IS_OPEN).values(ended_at=now)))


def _changed(result: object) -> bool:
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount > 0
