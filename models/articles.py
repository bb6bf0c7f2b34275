"""Keep the articles under which people discuss, with the one number that their public discussion moves."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, text
from sqlmodel import Field, Index, col

from models.base import Table, document, enumeration, new_id

TITLE_LENGTH = 300
SUMMARY_LENGTH = 2_000
BODY_LENGTH = 100_000
SLUG_LENGTH = 120


class DiscussionState(StrEnum):
    """Say whether new words are taken."""

    OPEN = "open"
    CLOSED = "closed"


class Moderation(StrEnum):
    """Say who is published at once: nobody, verified experts, everybody that screening lets through."""

    PRE = "pre"
    TRUSTED = "trusted"
    POST = "post"


class Participants(StrEnum):
    """Say who may comment."""

    MEMBERS = "members"
    EXPERTS = "experts"


class Article(Table, table=True):
    """Keep one article; `version` rises with its own text and settings, `seq` with all that the public sees."""

    __tablename__ = "articles"
    __table_args__ = (
        Index("ix_articles_published_at_id", "published_at", "id"),
        Index(
            "ix_articles_open_closes_at",
            "closes_at",
            sqlite_where=text("discussion_state = 'open'"),
            postgresql_where=text("discussion_state = 'open'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(max_length=SLUG_LENGTH)
    slug_key: str = Field(max_length=4 * SLUG_LENGTH, unique=True)
    title: str = Field(max_length=TITLE_LENGTH)
    search_key: str
    source_url: str | None = Field(default=None, max_length=2_000)
    source_url_key: str | None = Field(default=None, max_length=2_000, index=True)
    language: str = Field(max_length=35)
    summary: str
    body: str
    body_html: str
    section: str | None = Field(default=None, max_length=100)
    published_at: datetime
    created_at: datetime
    discussion_state: DiscussionState = Field(
        sa_type=enumeration(DiscussionState, "discussion_state"), default=DiscussionState.OPEN
    )
    moderation: Moderation = Field(sa_type=enumeration(Moderation, "moderation"), default=Moderation.PRE)
    participants: Participants = Field(sa_type=enumeration(Participants, "participants"), default=Participants.MEMBERS)
    closes_at: datetime | None = None
    comment_count: int = 0
    analysis_count: int = 0
    version: int = 1
    seq: int = 0


def in_language(asked: str) -> ColumnElement[bool]:
    """Give the condition that an article is in a range of languages (RFC 4647, 3.3.1): `ar` is `AR` and `ar-EG` too."""
    tag = func.lower(col(Article.language))
    return or_(tag == asked.lower(), tag.startswith(f"{asked.lower()}-", autoescape=True))


class Interest(StrEnum):
    """Name the kinds of interest that an expert declares."""

    EMPLOYMENT = "employment"
    FUNDING = "funding"
    OFFICE = "office"
    FAMILY = "family"
    OWNERSHIP = "ownership"
    OTHER = "other"


class Disclosure(Table, table=True):
    """Keep one version of an expert's declaration of interests for one article; the newest is in force."""

    __tablename__ = "disclosures"
    __table_args__ = (Index("ix_disclosures_user_id_declared_at", "user_id", "declared_at"),)

    article_id: UUID = Field(foreign_key="articles.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    version: int = Field(primary_key=True)
    interests: list[dict[str, str]] = Field(sa_type=document())
    none: bool
    declared_at: datetime
