"""Keep what was imposed on users: warnings, mutes, suspensions and bans."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, Index

from models.base import Table, enumeration, new_id
from models.cases import NOTE_LENGTH, Reason


class SanctionKind(StrEnum):
    """Name the kinds, the mildest first: what each takes away stands in auth/policy.py."""

    WARNING = "warning"
    MUTE = "mute"
    SUSPENSION = "suspension"
    BAN = "ban"


class Sanction(Table, table=True):
    """Keep one sanction; it is in force until `until`, if that is set, or until it is lifted."""

    __tablename__ = "sanctions"
    __table_args__ = (Index("ix_sanctions_user_id_imposed_at", "user_id", "imposed_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    kind: SanctionKind = Field(sa_type=enumeration(SanctionKind, "kind"))
    reason: Reason = Field(sa_type=enumeration(Reason, "reason"))
    note: str | None = Field(default=None, max_length=NOTE_LENGTH)
    until: datetime | None = None
    imposed_by: UUID
    imposed_at: datetime
    lifted_by: UUID | None = None
    lifted_at: datetime | None = None
