"""Open accounts and change what stands in them."""

import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import idna
from sqlalchemy import CursorResult, select, update
from sqlmodel import Session, col

from auth.credentials import end_credential, put_credential, standing_credential
from auth.identity import Identity, implied_roles
from auth.kept_sanctions import bring_back_sanctions
from auth.sessions import SignInAccount, end_all_sessions
from auth.throttling import Attempt, give_back
from models.base import new_id
from models.errors import Forbidden, Invalid, NotFound, Refused
from models.upserts import insert_once
from models.users import Credential, Ending, Role, User, has_been_granted
from models.versions import Expected, demand_version


@dataclass(frozen=True)
class NewAccount:
    """Hold what an account is opened with: `display_name_key` is the folded name, `marks` are those of the address."""

    email: str
    display_name: str
    display_name_key: str
    locale: str
    password_hash: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfileChange:
    """Hold what a profile shall say; what is None stays."""

    display_name: str | None = None
    display_name_key: str | None = None
    locale: str | None = None


def email_key(email: str) -> str:
    """Fold an address for comparison: nobody has two mailboxes that differ in case or in letter forms only.

    Nor in how the domain is spelt: `xn--…` is read, and what names of domains leave out (UTS 46) goes.
    """
    mailbox, at, domain = _folded(email).rpartition("@")
    if not domain.isascii() or "xn--" in domain:
        # What is no name of a domain stays as it is.
        with suppress(idna.IDNAError):
            domain = _folded(idna.decode(domain, uts46=True))
    return f"{mailbox}{at}{domain}"


def former_email_keys(email: str) -> tuple[str, ...]:
    """Give the keys that an address had while domains were compared as they were spelt: as here, and in ASCII."""
    keys = {_folded(email)}
    mailbox, at, domain = email.rpartition("@")
    with suppress(idna.IDNAError):
        keys.add(f"{_folded(mailbox)}{at}{idna.encode(domain, uts46=True).decode()}")
    return tuple(sorted(keys - {email_key(email)}))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def create_account(
    session: Session,
    account: NewAccount,
    *,
    roles: frozenset[Role] = frozenset(),
    is_verified: bool,
    now: datetime,
) -> User:
    """Open an account, with what restricted whoever had the address before; raises email_taken where one has it."""
    user = User(
        id=new_id(),
        email=account.email,
        email_key=email_key(account.email),
        email_verified_at=now if is_verified else None,
        display_name=account.display_name,
        display_name_key=account.display_name_key,
        locale=account.locale,
        roles=roles,
        password_hash=account.password_hash,
        created_at=now,
    )
    if not insert_once(session, User, user.model_dump()):
        raise Refused("email_taken")
    bring_back_sanctions(session, user.id, account.marks, now=now)
    return user


def read_account(session: Session, user_id: UUID) -> User:
    """Read one account; raises NotFound for an unknown or erased one."""
    standing = select(User).where(col(User.id) == user_id, col(User.erased_at).is_(None))
    user = session.scalars(standing).one_or_none()
    if user is None:
        raise NotFound
    return user


def change_profile(session: Session, change: ProfileChange, *, user_id: UUID, expected: Expected) -> User:
    """Change one's own name and language, where they differ from what stands; raises Stale."""
    user = _locked_account(session, user_id)
    demand_version(expected, user.version)
    changed = {name: value for name, value in vars(change).items() if value not in (None, getattr(user, name))}
    for name, value in changed.items():
        setattr(user, name, value)
    user.version += bool(changed)
    return user


def change_password(
    session: Session,
    account: SignInAccount,
    *,
    attempt: Attempt,
    session_id: UUID,
    password_hash: str,
    now: datetime,
) -> None:
    """Replace a password that was checked and end all sessions but one; refused if it was replaced meanwhile."""
    changed = session.execute(
        update(User)
        .where(col(User.id) == account.user_id, col(User.password_hash) == account.password_hash)
        .values(password_hash=password_hash)
    )
    assert isinstance(changed, CursorResult)  # noqa: S101
    if not changed.rowcount:
        raise Invalid("/current_password", "password_wrong")
    end_all_sessions(session, user_id=account.user_id, but=session_id, now=now)
    give_back(session, attempt)


def set_roles(
    session: Session, *, user_id: UUID, roles: frozenset[Role], by: Identity, expected: Expected, now: datetime
) -> User:
    """Give a user exactly these roles; nobody raises their own, and one administrator remains.

    Whoever becomes an expert this way has an empty credential, whoever no longer is one has none.
    Raises NotFound, Forbidden, Stale and last_admin.
    """
    admins = locked_admins(session)
    user = _locked_account(session, user_id)
    granted = roles - {Role.MEMBER}
    if user_id == by.user_id and not implied_roles(granted) <= implied_roles(user.roles):
        raise Forbidden
    demand_version(expected, user.version)
    if Role.ADMIN not in granted and admins == {user_id}:
        raise Refused("last_admin")
    user.roles = granted
    if Role.EXPERT not in granted:
        end_credential(session, user_id, Ending.REVOKED, now=now)
    elif standing_credential(session, user_id) is None:
        put_credential(session, Credential(user_id=user_id, title="", affiliation="", verified_at=now), now=now)
    user.version += 1
    return user


def _locked_account(session: Session, user_id: UUID) -> User:
    standing = select(User).where(col(User.id) == user_id, col(User.erased_at).is_(None))
    user = session.scalars(standing.with_for_update()).one_or_none()
    if user is None:
        raise NotFound
    return user


def locked_admins(session: Session) -> set[UUID]:
    """Lock the administrators who are there, and name them."""
    # All in one order, so that two administrators who demote each other do it one after the other.
    is_admin = has_been_granted(Role.ADMIN)
    standing = select(col(User.id)).where(is_admin, col(User.erased_at).is_(None)).order_by(col(User.id))
    return set(session.scalars(standing.with_for_update()))
