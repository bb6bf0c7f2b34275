"""Keep what follows from a write: changes the public can see, jobs for after the commit, answers to repeat."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id

# The kinds of jobs that write to the database alone; the others wait for somebody.
EVENT, FOLLOWERS = "event", "followers"
IS_WITHIN = f"kind IN ('{EVENT}', '{FOLLOWERS}')"
IS_OUTSIDE = f"kind NOT IN ('{EVENT}', '{FOLLOWERS}')"


class ChangeType(StrEnum):
    """Name what kind of thing changed under an article."""

    ARTICLE = "article"
    COMMENT = "comment"
    ANALYSIS = "analysis"


class Change(Table, table=True):
    """Keep the newest `seq` at which each thing under an article changed for the public."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_article_id_seq", "article_id", "seq"),)

    article_id: UUID = Field(foreign_key="articles.id", primary_key=True)
    subject_id: UUID = Field(primary_key=True)
    type: ChangeType = Field(sa_type=enumeration(ChangeType, "type"))
    seq: int
    changed_at: datetime


class OutboxJob(Table, table=True):
    """Keep one thing to do outside the database after the commit; the row goes when it is done."""

    __tablename__ = "outbox_jobs"
    __table_args__ = (
        # One for each of those who look for what is due, so that neither looks through what waits for the other.
        *(
            Index(
                name,
                "due_at",
                sqlite_where=text(f"failed_at IS NULL AND {rows}"),
                postgresql_where=text(f"failed_at IS NULL AND {rows}"),
            )
            for name, rows in (("ix_outbox_jobs_within", IS_WITHIN), ("ix_outbox_jobs_outside", IS_OUTSIDE))
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=32)
    payload: dict[str, Any] = Field(sa_type=document())
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    failed_at: datetime | None = None


class IdempotencyRecord(Table, table=True):
    """Keep the answer to a creating request under its key, committed with the work itself."""

    __tablename__ = "idempotency_records"
    __table_args__ = (Index("ix_idempotency_records_created_at", "created_at"),)

    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    route: str = Field(primary_key=True, max_length=300)
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    subject_id: UUID | None = None
    status: int = 0
    headers: dict[str, str] = Field(sa_type=document(), default_factory=dict)
    body: str = ""
    created_at: datetime
