"""Keep what lets clients follow along: tickets for streams, the log of cases, and each user's own changes.

The log of cases and the own changes are written by triggers of the database, in the transaction that changes the
thing itself, so that no way to change one can forget it (see docs/decisions/0012-following.md).
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field, Index

from models.base import Table, enumeration


class StreamTicket(Table, table=True):
    """Keep the hash of a ticket that opens one stream for a session, once."""

    __tablename__ = "stream_tickets"
    __table_args__ = (Index("ix_stream_tickets_expires_at", "expires_at"),)

    ticket_hash: str = Field(primary_key=True, max_length=64)
    user_id: UUID = Field(foreign_key="users.id")
    session_id: UUID = Field(foreign_key="auth_sessions.id")
    expires_at: datetime


class CaseEventKind(StrEnum):
    """Name what happens to cases; one that is open again is opened."""

    OPENED = "opened"
    REVISED = "revised"
    CLAIMED = "claimed"
    RELEASED = "released"
    DECIDED = "decided"
    VOIDED = "voided"


class CaseEvent(Table, table=True):
    """Keep that something happened to a case.

    `number` rises in the order of commits on SQLite. On PostgreSQL it does not, so readers go by `transaction_number`
    there, and only as far as no older transaction is still open.
    """

    __tablename__ = "case_events"
    __table_args__ = (
        Index("ix_case_events_transaction_number_number", "transaction_number", "number"),
        {"sqlite_autoincrement": True},
    )

    number: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )
    transaction_number: int | None = Field(default=None, sa_type=BigInteger)
    case_id: UUID = Field(foreign_key="cases.id")
    kind: CaseEventKind = Field(sa_type=enumeration(CaseEventKind, "kind"))


class OwnType(StrEnum):
    """Name what kinds of things are somebody's own."""

    COMMENT = "comment"
    NOTIFICATION = "notification"


class OwnChange(Table, table=True):
    """Keep the newest position at which each of somebody's own things changed for them."""

    __tablename__ = "own_changes"
    __table_args__ = (Index("ix_own_changes_user_id_position", "user_id", "position"),)

    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    subject_id: UUID = Field(primary_key=True)
    type: OwnType = Field(sa_type=enumeration(OwnType, "type"))
    position: int = Field(sa_type=BigInteger)


class PositionOrigin(Table, table=True):
    """Keep what is added to a transaction's number to make a position, so that positions outlive a move of the data."""

    __tablename__ = "position_origins"

    id: int = Field(primary_key=True)
    origin: int = Field(sa_type=BigInteger)
