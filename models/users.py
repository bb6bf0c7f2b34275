"""Keep who takes part: users, their roles and the credentials of experts."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, String, TypeDecorator, literal_column, text, type_coerce
from sqlmodel import Field, Index, col

from models.base import Table, document, enumeration, new_id

DISPLAY_NAME_LENGTH = 80
TITLE_LENGTH = 200
LOCALES = ("ar", "en")


class Role(StrEnum):
    """Name what a user is trusted with; `member` is implied by being registered."""

    MEMBER = "member"
    EXPERT = "expert"
    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMIN = "admin"


class RoleSet(TypeDecorator[frozenset[Role]]):
    """Store granted roles as `,editor,expert,`, so that one row answers who somebody is."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: Iterable[Role] | None, dialect: Any) -> str:
        return "".join(f",{role}" for role in sorted(value or ())) + ","

    def process_result_value(self, value: str | None, dialect: Any) -> frozenset[Role]:
        return frozenset(Role(name) for name in (value or "").split(",") if name)


def has_been_granted(role: Role) -> ColumnElement[bool]:
    """Give the condition that a user has a role, written out, since SQLite compiles a bound pattern for each value."""
    condition: ColumnElement[bool] = type_coerce(col(User.roles), String).like(literal_column(f"'%,{role},%'"))
    return condition


class User(Table, table=True):
    """Keep one person's account; `version` rises with what `/v1/users/{id}` and `/v1/me` show."""

    __tablename__ = "users"
    __table_args__ = (
        Index(
            "ix_users_trusted",
            "display_name",
            sqlite_where=text("roles <> ','"),
            postgresql_where=text("roles <> ','"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(max_length=320)
    email_key: str = Field(max_length=320, unique=True)
    email_verified_at: datetime | None = None
    display_name: str = Field(max_length=DISPLAY_NAME_LENGTH)
    display_name_key: str = Field(max_length=4 * DISPLAY_NAME_LENGTH, index=True)
    locale: str = Field(max_length=8)
    roles: frozenset[Role] = Field(sa_column=Column(RoleSet, nullable=False))
    password_hash: str = Field(max_length=256)
    created_at: datetime
    erased_at: datetime | None = None
    version: int = 1


class Ending(StrEnum):
    """Name why a credential stands no longer."""

    REPLACED = "replaced"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Credential(Table, table=True):
    """Keep what was verified of an expert; one stands at a time, and those that ended stay for the record.

    `fields_key` has a line for each folded field, `search_key` is the folded text that the directory is searched by.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        Index(
            "uq_credentials_standing",
            "user_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_credentials_expires_at",
            "expires_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_credentials_user_id_verified_at", "user_id", "verified_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    title: str = Field(max_length=TITLE_LENGTH)
    affiliation: str = Field(max_length=TITLE_LENGTH)
    fields: list[str] = Field(sa_type=document(), default_factory=list)
    biography: str = ""
    orcid: str | None = Field(default=None, max_length=19)
    fields_key: str = ""
    search_key: str = ""
    verified_at: datetime
    expires_at: datetime | None = None
    reminded_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = Field(sa_type=enumeration(Ending, "ending"), default=None)
