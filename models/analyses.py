"""Keep the analyses that experts write below articles, with their revisions."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, Index

from models.articles import TITLE_LENGTH
from models.base import Table, document, enumeration, new_id

NOTE_LENGTH = 1_000


class AnalysisStatus(StrEnum):
    """Name where an analysis or one of its revisions stands; published and retracted ones are public."""

    DRAFT = "draft"
    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    PUBLISHED = "published"
    REJECTED = "rejected"
    RETRACTED = "retracted"


# Everybody reads what is published, and what was and is retracted.
PUBLIC = (AnalysisStatus.PUBLISHED, AnalysisStatus.RETRACTED)


class Analysis(Table, table=True):
    """Keep one analysis; its words are in its revisions, and the public reads the approved one.

    `retraction` has `reason`, `at` and, in `by`, whether author or editor retracted.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        Index("ix_analyses_article_id_id", "article_id", "id"),
        Index("ix_analyses_author_id_id", "author_id", "id"),
        Index("ix_analyses_published_at_id", "published_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    article_id: UUID = Field(foreign_key="articles.id")
    author_id: UUID = Field(foreign_key="users.id")
    status: AnalysisStatus = Field(sa_type=enumeration(AnalysisStatus, "status"), default=AnalysisStatus.DRAFT)
    current_revision: int = 1
    approved_revision: int | None = None
    created_at: datetime
    published_at: datetime | None = None
    edited_at: datetime | None = None
    retraction: dict[str, Any] | None = Field(default=None, sa_type=document())


class AnalysisRevision(Table, table=True):
    """Keep one version of an analysis, with the author line and, once published, the disclosure of its day.

    `note` says what the revision corrects; `quoted_id` is the article or analysis that a quote was taken from, and
    `anchor` where the passage stands in it now.
    """

    __tablename__ = "analysis_revisions"
    __table_args__ = (
        Index(
            "ix_analysis_revisions_quoted_id",
            "quoted_id",
            sqlite_where=text("quoted_id IS NOT NULL"),
            postgresql_where=text("quoted_id IS NOT NULL"),
        ),
    )

    analysis_id: UUID = Field(foreign_key="analyses.id", primary_key=True)
    number: int = Field(primary_key=True)
    status: AnalysisStatus = Field(sa_type=enumeration(AnalysisStatus, "status"), default=AnalysisStatus.DRAFT)
    title: str = Field(max_length=TITLE_LENGTH)
    summary: str
    body: str
    body_html: str
    language: str = Field(max_length=35)
    direction: str = Field(max_length=3)
    citations: list[dict[str, Any]] = Field(sa_type=document())
    ai_use: dict[str, Any] = Field(sa_type=document())
    quote: dict[str, str] | None = Field(default=None, sa_type=document())
    quoted_id: UUID | None = None
    anchor: dict[str, Any] | None = Field(default=None, sa_type=document())
    author_line: dict[str, Any] = Field(sa_type=document())
    disclosure: dict[str, Any] | None = Field(default=None, sa_type=document())
    note: str | None = None
    created_at: datetime
    published_at: datetime | None = None
