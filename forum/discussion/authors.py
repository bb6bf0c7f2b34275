"""Write the author line that goes with a text: name, badges and credential of the day it was written."""

from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session

from auth.credentials import standing_credential
from models.base import columns_of
from models.errors import Unauthenticated
from models.instants import format_instant
from models.plain import Plain
from models.users import Credential, Role, User

BADGES = (Role.EXPERT, Role.MODERATOR, Role.EDITOR, Role.ADMIN)


class Author(Protocol):
    """Name what an author line is written from, of a user or of a row that was read for it."""

    id: UUID
    display_name: str
    roles: frozenset[Role]


_USER = columns_of(User)
_AUTHOR = Plain(
    select(_USER.id, _USER.display_name, _USER.roles)
    .where(_USER.id == bindparam("user_id"), _USER.erased_at.is_(None))
    .with_for_update(key_share=True)
)


def author_for_writing(session: Session, user_id: UUID) -> Author:
    """Give the author, locked on PostgreSQL so that one person's simultaneous writes follow each other."""
    author: Author | None = _AUTHOR.first(session, {"user_id": user_id})
    if author is None:
        raise Unauthenticated
    return author


def credential_fields(credential: Credential | None) -> dict[str, Any] | None:
    """Give a credential as readers see it."""
    if credential is None:
        return None
    return {
        "title": credential.title,
        "affiliation": credential.affiliation,
        "fields": credential.fields,
        "orcid": credential.orcid,
        "verified_at": format_instant(credential.verified_at),
        "expires_at": format_instant(credential.expires_at) if credential.expires_at else None,
    }


def author_line(session: Session, author: Author) -> dict[str, Any]:
    """Give today's author line of a user."""
    is_expert = Role.EXPERT in author.roles
    credential = standing_credential(session, author.id) if is_expert else None
    return {
        "display_name": author.display_name,
        "badges": [role.value for role in BADGES if role in author.roles],
        "credential": credential_fields(credential),
    }
