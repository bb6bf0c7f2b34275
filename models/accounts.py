"""Keep how users prove who they are: device sessions, single-use tokens and the sign-in throttle."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, Index

from models.base import Table, enumeration, new_id


class AuthSession(Table, table=True):
    """Keep one device's session, which is also the family of its refresh tokens (hashes only)."""

    __tablename__ = "auth_sessions"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    name: str = Field(max_length=200)
    address: str = Field(max_length=64)
    created_at: datetime
    last_used_at: datetime
    refresh_hash: str = Field(max_length=64)
    rotated_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class TokenPurpose(StrEnum):
    """Name what a single-use token opens."""

    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_VERIFICATION = "email_verification"


class SingleUseToken(Table, table=True):
    """Keep the hash of a token that opens one thing once before it expires."""

    __tablename__ = "single_use_tokens"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    purpose: TokenPurpose = Field(sa_type=enumeration(TokenPurpose, "purpose"))
    user_id: UUID = Field(foreign_key="users.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    expires_at: datetime
    used_at: datetime | None = None


class SignInThrottle(Table, table=True):
    """Count the failed sign-ins under one key (a hash of account, address or both) until a window ends."""

    __tablename__ = "sign_in_throttles"
    __table_args__ = (Index("ix_sign_in_throttles_window_ends_at", "window_ends_at"),)

    key: str = Field(primary_key=True, max_length=64)
    failures: int
    blocked_until: datetime | None = None
    window_ends_at: datetime
