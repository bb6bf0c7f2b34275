"""Check what publication stands on besides a verdict: an expert's words need a credential and a declaration in force.

This is the one place where that is said; whatever makes words public asks here. Words are an expert's if their author
is one now, or was one when they were written, as their author line says.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from auth.credentials import standing_credential
from models.articles import Disclosure
from models.base import columns_of
from models.errors import Refused
from models.instants import format_instant
from models.plain import Plain
from models.users import Credential, Role, User

DISCLOSURE_LASTS = timedelta(days=365)
_DISCLOSURES = columns_of(Disclosure)
_NEWEST = Plain(
    select_columns(*_DISCLOSURES)
    .where(_DISCLOSURES.article_id == bindparam("article_id"), _DISCLOSURES.user_id == bindparam("user_id"))
    .order_by(_DISCLOSURES.version.desc())
    .limit(1)
)
_AUTHOR = Plain(
    select_columns(columns_of(User).roles, _DISCLOSURES.interests, _DISCLOSURES.none, _DISCLOSURES.declared_at)
    .outerjoin_from(
        User.__table__,  # type: ignore[attr-defined]
        Disclosure.__table__,  # type: ignore[attr-defined]
        (_DISCLOSURES.user_id == columns_of(User).id) & (_DISCLOSURES.article_id == bindparam("article_id")),
    )
    .where(columns_of(User).id == bindparam("user_id"))
    .order_by(_DISCLOSURES.version.desc())
    .limit(1)
    # Whoever makes the author an expert at the same moment is waited for, or waits.
    .with_for_update(read=True, key_share=True, of=User.__table__)  # type: ignore[attr-defined]
)
_ROLES = Plain(select_columns(columns_of(User).roles).where(columns_of(User).id == bindparam("user_id")))

# What may be missing, the refusal of a verdict for it and the hold under which words wait for it.
CREDENTIAL = "credential_missing"
DISCLOSURE = "disclosure_missing"
REFUSALS: Mapping[str, str] = {CREDENTIAL: "credential_required", DISCLOSURE: "disclosure_required"}


def newest_disclosure(session: Session, article_id: UUID, user_id: UUID) -> Any | None:
    """Give the row of the newest declaration of a user for an article, however old."""
    return _NEWEST.first(session, {"article_id": article_id, "user_id": user_id})


def disclosure_in_force(session: Session, article_id: UUID, user_id: UUID, *, now: datetime) -> Any | None:
    """Give the row of the newest declaration of a user for an article unless it is to be confirmed again."""
    disclosure = newest_disclosure(session, article_id, user_id)
    return disclosure if disclosure is not None and now < lapses_at(disclosure) else None


def credential_in_force(session: Session, user_id: UUID, *, now: datetime) -> Credential | None:
    """Give the credential of a user that stands and has not run out."""
    credential = standing_credential(session, user_id)
    is_over = credential is not None and credential.expires_at is not None and credential.expires_at <= now
    return None if is_over else credential


def lapses_at(disclosure: Any) -> datetime:
    """Give the time from which a declaration has to be confirmed."""
    declared_at: datetime = disclosure.declared_at
    return declared_at + DISCLOSURE_LASTS


def speaks_as_expert(author_line: Mapping[str, Any]) -> bool:
    """Tell whether an author line shows an expert."""
    return Role.EXPERT in author_line["badges"]


def missing_conditions(
    session: Session, article_id: UUID, author_id: UUID, *, as_expert: bool, now: datetime
) -> list[str]:
    """Name what an author's words below an article still need; nothing for the words of others than experts.

    `as_expert` holds where the words themselves show an expert.
    """
    if not as_expert and not any(Role.EXPERT in row.roles for row in _ROLES.rows(session, {"user_id": author_id})):
        return []
    # Whoever ends the credential meanwhile waits, so that the log has no approval behind the end of what it needs.
    session.execute(select(col(User.id)).where(col(User.id) == author_id).with_for_update(read=True, key_share=True))
    found = {
        CREDENTIAL: credential_in_force(session, author_id, now=now),
        DISCLOSURE: disclosure_in_force(session, article_id, author_id, now=now),
    }
    return [name for name, met in found.items() if met is None]


def demand_conditions(
    session: Session, article_id: UUID, author_id: UUID, *, as_expert: bool, now: datetime
) -> dict[str, Any] | None:
    """Give the frozen declaration to publish with; raise credential_required and disclosure_required."""
    [author] = _AUTHOR.rows(session, {"article_id": article_id, "user_id": author_id})
    if not as_expert and Role.EXPERT not in author.roles:
        return frozen(author) if author.declared_at else None
    for missing in missing_conditions(session, article_id, author_id, as_expert=True, now=now):
        raise Refused(REFUSALS[missing])
    # What is asked for was read under a lock.
    return frozen(newest_disclosure(session, article_id, author_id))


def frozen(disclosure: Any | None) -> dict[str, Any] | None:
    """Give the copy of a declaration that goes out with a published revision."""
    if disclosure is None:
        return None
    return {
        "interests": disclosure.interests,
        "none": disclosure.none,
        "declared_at": format_instant(disclosure.declared_at),
    }
