"""Keep how experts come about: applications with their revisions, and invitations."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id
from models.users import TITLE_LENGTH

BIOGRAPHY_LENGTH = 2_000


class ApplicationStatus(StrEnum):
    """Name where an application stands."""

    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Application(Table, table=True):
    """Keep one application; what it says is in its revisions. One is open at a time for each user.

    `credential_id` is the credential that it led to.
    """

    __tablename__ = "applications"
    __table_args__ = (
        Index(
            "uq_applications_open",
            "user_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_applications_user_id_id", "user_id", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    status: ApplicationStatus = Field(
        sa_type=enumeration(ApplicationStatus, "status"), default=ApplicationStatus.PENDING
    )
    revision: int = 1
    credential_id: UUID | None = Field(default=None, foreign_key="credentials.id")
    created_at: datetime
    closed_at: datetime | None = None


class ApplicationRevision(Table, table=True):
    """Keep what an application said at one time, and who said it by the author line of that day."""

    __tablename__ = "application_revisions"

    application_id: UUID = Field(foreign_key="applications.id", primary_key=True)
    number: int = Field(primary_key=True)
    title: str = Field(max_length=TITLE_LENGTH)
    affiliation: str = Field(max_length=TITLE_LENGTH)
    fields: list[str] = Field(sa_type=document())
    biography: str
    orcid: str | None = Field(default=None, max_length=19)
    evidence: list[dict[str, str]] = Field(sa_type=document())
    author_line: dict[str, Any] = Field(sa_type=document())
    sent_at: datetime


class Invitation(Table, table=True):
    """Keep an invitation to be an expert; the hash of its token opens it once, for the owner of the address."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_email_key", "email_key"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(max_length=320)
    email_key: str = Field(max_length=320)
    title: str = Field(max_length=TITLE_LENGTH)
    affiliation: str = Field(max_length=TITLE_LENGTH)
    fields: list[str] = Field(sa_type=document())
    token_hash: str = Field(max_length=64, unique=True)
    invited_by: UUID = Field(foreign_key="users.id")
    invited_at: datetime
    expires_at: datetime
    accepted_by: UUID | None = Field(default=None, foreign_key="users.id")
    accepted_at: datetime | None = None
