"""Keep comments, their revisions and reactions; the tree is a materialised path."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, text
from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id, ordered_text

BODY_LENGTH = 8_000
# Written out, so that both engines see that the partial index of restricted comments serves.
RESTRICTED = "status IN ('rejected', 'spam')"
DEEPEST = 8


class Status(StrEnum):
    """Name where a comment or one of its revisions stands; only `approved` is public."""

    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"


class Kind(StrEnum):
    """Name what a comment is to the discussion."""

    REMARK = "remark"
    QUESTION = "question"
    ANSWER = "answer"
    OBJECTION = "objection"
    CORRECTION = "correction"
    SOURCE = "source"


class ReactionKind(StrEnum):
    """Name the reactions a reader can leave, one of each kind."""

    INSIGHTFUL = "insightful"
    AGREE = "agree"
    DISAGREE = "disagree"


class Comment(Table, table=True):
    """Keep one comment's place and standing; its words are in its revisions.

    `thread_id` is the analysis or else the article below which it stands.
    `is_listed` holds for what the public thread shows: public comments, and tombstones above public replies.
    `descendant_count` and `reply_count` count public comments only, at every depth and directly below.
    """

    __tablename__ = "comments"
    __table_args__ = (
        Index(
            "ix_comments_thread",
            "thread_id",
            "path",
            sqlite_where=text("is_listed"),
            postgresql_where=text("is_listed"),
        ),
        Index(
            "ix_comments_newest",
            "thread_id",
            "newest_path",
            sqlite_where=text("is_listed"),
            postgresql_where=text("is_listed"),
        ),
        Index(
            "ix_comments_top",
            "thread_id",
            text("rank DESC"),
            "id",
            sqlite_where=text("is_listed AND depth = 0"),
            postgresql_where=text("is_listed AND depth = 0"),
        ),
        Index(
            "ix_comments_published",
            "published_at",
            "id",
            sqlite_where=text("is_listed"),
            postgresql_where=text("is_listed"),
        ),
        Index(
            "ix_comments_article_published",
            "article_id",
            "published_at",
            "id",
            sqlite_where=text("is_listed"),
            postgresql_where=text("is_listed"),
        ),
        Index(
            "ix_comments_author_published",
            "author_id",
            "published_at",
            "id",
            sqlite_where=text("is_listed"),
            postgresql_where=text("is_listed"),
        ),
        Index("ix_comments_parent_id_id", "parent_id", "id"),
        Index("ix_comments_author_id_id_status", "author_id", "id", "status"),
        Index(
            "ix_comments_restricted",
            "author_id",
            "created_at",
            sqlite_where=text(RESTRICTED),
            postgresql_where=text(RESTRICTED),
        ),
        Index("ix_comments_created_at", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    article_id: UUID = Field(foreign_key="articles.id")
    analysis_id: UUID | None = None
    thread_id: UUID
    parent_id: UUID | None = Field(default=None, foreign_key="comments.id")
    root_id: UUID
    in_reply_to: UUID | None = None
    depth: int
    path: str = Field(sa_column=Column(ordered_text(), nullable=False))
    newest_path: str = Field(sa_column=Column(ordered_text(), nullable=False))
    author_id: UUID = Field(foreign_key="users.id")
    status: Status = Field(sa_type=enumeration(Status, "status"))
    current_revision: int = 1
    approved_revision: int | None = None
    is_listed: bool = False
    descendant_count: int = 0
    reply_count: int = 0
    insightful_count: int = 0
    agree_count: int = 0
    disagree_count: int = 0
    rank: int = 0
    created_at: datetime
    published_at: datetime | None = None
    edited_at: datetime | None = None
    withdrawn_at: datetime | None = None


class CommentRevision(Table, table=True):
    """Keep one version of a comment's words, with the author line and the disclosure of its day.

    `quoted_id` is the text that a quote was taken from, and `anchor` where the passage stands in it now.
    """

    __tablename__ = "comment_revisions"
    __table_args__ = (
        ForeignKeyConstraint(["comment_id"], ["comments.id"]),
        Index("ix_comment_revisions_author_id_fingerprint", "author_id", "fingerprint"),
        Index(
            "ix_comment_revisions_quoted_id",
            "quoted_id",
            sqlite_where=text("quoted_id IS NOT NULL"),
            postgresql_where=text("quoted_id IS NOT NULL"),
        ),
    )

    comment_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    author_id: UUID
    status: Status = Field(sa_type=enumeration(Status, "status"))
    body: str
    body_html: str
    language: str = Field(max_length=35)
    direction: str = Field(max_length=3)
    kind: Kind = Field(sa_type=enumeration(Kind, "kind"))
    quote: dict[str, str] | None = Field(default=None, sa_type=document())
    quoted_id: UUID | None = None
    anchor: dict[str, Any] | None = Field(default=None, sa_type=document())
    author_line: dict[str, Any] = Field(sa_type=document())
    disclosure: dict[str, Any] | None = Field(default=None, sa_type=document())
    hold: list[dict[str, Any]] = Field(sa_type=document(), default_factory=list)
    fingerprint: str = Field(max_length=64)
    created_at: datetime


class Reaction(Table, table=True):
    """Keep that one user reacted to one comment in one way."""

    __tablename__ = "reactions"
    __table_args__ = (Index("ix_reactions_user_id_comment_id", "user_id", "comment_id"),)

    comment_id: UUID = Field(foreign_key="comments.id", primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    kind: ReactionKind = Field(sa_type=enumeration(ReactionKind, "kind"), primary_key=True)
    created_at: datetime


class UnfoldedReaction(Table, table=True):
    """Mark a comment whose public reaction counts lag behind its reactions until the next fold."""

    __tablename__ = "unfolded_reactions"

    comment_id: UUID = Field(foreign_key="comments.id", primary_key=True)
    article_id: UUID = Field(foreign_key="articles.id", index=True)
    since: datetime
