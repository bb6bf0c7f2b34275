"""Keep which people are being erased, and which restrictions come back with an address."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Index

from models.base import Table


class Erasure(Table, table=True):
    """Keep how far the erasure of a person is: in which step, and behind which of the things that it goes through."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_due_at", "due_at"),)

    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    asked_at: datetime
    due_at: datetime
    step: int = 0
    reached: UUID | None = None


class KeptSanction(Table, table=True):
    """Name a sanction that comes back with the address of whoever was erased under it; of that, a keyed hash stands."""

    __tablename__ = "kept_sanctions"
    __table_args__ = (Index("ix_kept_sanctions_address_mark", "address_mark"),)

    sanction_id: UUID = Field(foreign_key="sanctions.id", primary_key=True)
    address_mark: str = Field(max_length=64)
