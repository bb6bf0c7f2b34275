"""Keep what readers report and what authors appeal against, each with the case that decides about it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, Index

from models.base import Table, enumeration, new_id

DETAIL_LENGTH = 2_000
STATEMENT_LENGTH = 4_000


class ReportReason(StrEnum):
    """Name why readers report a comment; each is also a reason of decisions."""

    ABUSE = "abuse"
    SPAM = "spam"
    ILLEGAL = "illegal"
    OFF_TOPIC = "off_topic"
    MISINFORMATION = "misinformation"
    OTHER = "other"


class ReportState(StrEnum):
    """Name what came of a report; it is void when the comment went away before anybody decided."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    VOID = "void"


class Report(Table, table=True):
    """Keep one reader's report of one comment; `weight` is what their earlier reports made of their word."""

    __tablename__ = "reports"
    __table_args__ = (
        Index(
            "uq_reports_open_reporter",
            "reporter_id",
            "comment_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_reports_reporter_id_id", "reporter_id", "id"),
        Index("ix_reports_case_id", "case_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    comment_id: UUID = Field(foreign_key="comments.id")
    case_id: UUID = Field(foreign_key="cases.id")
    reporter_id: UUID = Field(foreign_key="users.id")
    reason: ReportReason = Field(sa_type=enumeration(ReportReason, "reason"))
    detail: str | None = None
    weight: int
    state: ReportState = Field(sa_type=enumeration(ReportState, "state"), default=ReportState.OPEN)
    reported_at: datetime
    closed_at: datetime | None = None


class AppealState(StrEnum):
    """Name what came of an appeal; it is void when the comment was withdrawn or freed in another way."""

    OPEN = "open"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    VOID = "void"


class Appeal(Table, table=True):
    """Keep an author's appeal; `decision_id` is the decision that restricted the words, appealed once at most."""

    __tablename__ = "appeals"
    __table_args__ = (
        Index("ix_appeals_comment_id", "comment_id"),
        Index("ix_appeals_appealed_at", "appealed_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    comment_id: UUID = Field(foreign_key="comments.id")
    case_id: UUID = Field(foreign_key="cases.id", unique=True)
    decision_id: UUID = Field(foreign_key="decisions.id", unique=True)
    statement: str
    state: AppealState = Field(sa_type=enumeration(AppealState, "state"), default=AppealState.OPEN)
    appealed_at: datetime
    closed_at: datetime | None = None


class AppealedDecision(Table, table=True):
    """Name each decision that an appeal is against; who made one of them does not decide the appeal."""

    __tablename__ = "appealed_decisions"

    appeal_id: UUID = Field(foreign_key="appeals.id", primary_key=True)
    decision_id: UUID = Field(foreign_key="decisions.id", primary_key=True)
