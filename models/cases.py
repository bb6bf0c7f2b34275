"""Keep what waits for a person and what was decided: cases, decisions and the head of their chain."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Integer, text
from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id

NOTE_LENGTH = 2_000


class CaseKind(StrEnum):
    """Name what kind of question a case puts to a moderator."""

    COMMENT = "comment"
    ANALYSIS = "analysis"
    APPLICATION = "application"
    REPORT = "report"
    APPEAL = "appeal"


class SubjectType(StrEnum):
    """Name what a case is about; reports and appeals are about the text that they concern."""

    COMMENT = "comment"
    ANALYSIS = "analysis"
    APPLICATION = "application"


class CaseState(StrEnum):
    """Name whether a case still waits; a case is void when its subject went away."""

    OPEN = "open"
    DECIDED = "decided"
    VOID = "void"


class Verdict(StrEnum):
    """Name what can be decided; which verdicts a kind of case takes stands in forum/moderation/transitions.py."""

    APPROVE = "approve"
    REJECT = "reject"
    SPAM = "spam"
    REQUEST_CHANGES = "request_changes"
    UPHOLD = "uphold"
    DISMISS = "dismiss"
    OVERTURN = "overturn"


class Reason(StrEnum):
    """Name why words are restricted."""

    ABUSE = "abuse"
    HATE = "hate"
    HARASSMENT = "harassment"
    ILLEGAL = "illegal"
    MISINFORMATION = "misinformation"
    OFF_TOPIC = "off_topic"
    ADVERTISING = "advertising"
    DUPLICATE = "duplicate"
    UNSUPPORTED = "unsupported"
    UNDISCLOSED_INTEREST = "undisclosed_interest"
    SPAM = "spam"
    OTHER = "other"


class Case(Table, table=True):
    """Keep one thing to decide; `revision` is the revision of the subject that it asks about.

    `is_review` holds when public or restricted words are looked at again (put up by a moderator, reported, appealed),
    so that this case and the one of a waiting edit can stand beside each other. The queue runs by `queue_rank` (the
    negative priority), then `due_at`.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_open_subject",
            "subject_id",
            "kind",
            "is_review",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_cases_queue",
            "queue_rank",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        # No index begins with the state alone: SQLite would take it for a handful of rows and sort all that wait.
        Index(
            "ix_cases_closed",
            "state",
            "queue_rank",
            "due_at",
            "id",
            sqlite_where=text("state <> 'open'"),
            postgresql_where=text("state <> 'open'"),
        ),
        Index(
            "ix_cases_open_opened_at",
            "opened_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_cases_open_due_at",
            "kind",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_cases_open_kind",
            "kind",
            "queue_rank",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_cases_open_article",
            "article_id",
            "queue_rank",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_cases_open_author",
            "author_id",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_cases_subject_id", "subject_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: CaseKind = Field(sa_type=enumeration(CaseKind, "kind"))
    is_review: bool = False
    subject_type: SubjectType = Field(sa_type=enumeration(SubjectType, "subject_type"))
    subject_id: UUID
    article_id: UUID | None = Field(default=None, foreign_key="articles.id")
    author_id: UUID = Field(foreign_key="users.id")
    revision: int
    hold: list[dict[str, Any]] = Field(sa_type=document(), default_factory=list)
    state: CaseState = Field(sa_type=enumeration(CaseState, "state"), default=CaseState.OPEN)
    queue_rank: int = 0
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    report_count: int = 0
    claimed_by: UUID | None = Field(default=None, foreign_key="users.id")
    claim_token: str | None = Field(default=None, max_length=64)
    claim_until: datetime | None = None


class CaseTally(Table, table=True):
    """Keep by how many the open cases of a kind that are due within one hour became more; all rows together count them.

    Triggers write a row for each case that opens or closes, and two for one that moves, in its transaction and without
    waiting for anybody (see docs/decisions/0020-tallies.md).
    """

    __tablename__ = "case_tallies"

    number: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )
    kind: CaseKind = Field(sa_type=enumeration(CaseKind, "kind"))
    hour_at: datetime
    change: int


class Decision(Table, table=True):
    """Keep one verdict for good; number and hashes are given when it joins the chain."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_subject_id_number", "subject_id", "number"),
        Index("ix_decisions_case_id_number", "case_id", "number"),
        Index("ix_decisions_decided_at", "decided_at"),
        Index("ix_decisions_decided_by_number", "decided_by", "number"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: int = Field(default=0, unique=True)
    case_id: UUID | None = Field(default=None, foreign_key="cases.id")
    subject_type: str = Field(max_length=32)
    subject_id: UUID
    revision: int
    verdict: str = Field(max_length=32)
    status_from: str = Field(max_length=32)
    status_to: str = Field(max_length=32)
    decided_by: UUID | None = None
    automated: bool
    reason: str | None = Field(default=None, max_length=32)
    note: str | None = None
    decided_at: datetime
    previous_hash: str = Field(default="", max_length=64)
    hash: str = Field(default="", max_length=64)


class ChainHead(Table, table=True):
    """Keep count and hash of the newest decision apart from the chain, so that a cut tail shows."""

    __tablename__ = "chain_heads"

    name: str = Field(primary_key=True, max_length=32)
    count: int
    hash: str = Field(max_length=64)
