"""Make accounts and devices for tests, with only what a test is about spelled out."""

from datetime import UTC, datetime

from sqlmodel import Session

from auth.accounts import NewAccount, create_account
from auth.passwords import PasswordHashing
from auth.sessions import Device, Grant, account_by_id, open_session
from auth.tokens import SigningKeys
from models.users import Role, User

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
HASHING = PasswordHashing(memory_kib=8, passes=1)
PASSWORD = "جمل يقرأ الصحف في المقهى"
PASSWORD_HASH = HASHING.hash(PASSWORD)
OLD_SECRET, NEW_SECRET = "the old secret of 32 bytes or more", "the new secret of 32 bytes or more"
KEYS = SigningKeys.parse(f"k2:{NEW_SECRET},k1:{OLD_SECRET}")
HOME = Device(name="Firefox", network="192.0.2.1")


def make_user(
    session: Session, *roles: Role, email: str = "layla@example.org", is_verified: bool = True, now: datetime = NOW
) -> User:
    account = NewAccount(email, "ليلى", "ليلي", "ar", PASSWORD_HASH)
    user = create_account(session, account, roles=frozenset(roles), is_verified=is_verified, now=now)
    return session.get_one(User, user.id)


def sign_in(session: Session, user: User, *, device: Device = HOME, now: datetime = NOW) -> Grant:
    account = account_by_id(session, user.id)
    assert account is not None
    grant = open_session(session, KEYS, account, device=device, now=now)
    assert grant is not None
    return grant
