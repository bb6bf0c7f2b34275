"""Check what publication stands on besides a verdict: an expert's words need a declaration of interests."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.articles import Disclosure
from models.errors import Refused
from models.instants import format_instant
from models.users import Role, User


def disclosure_in_force(session: Session, article_id: UUID, user_id: UUID) -> Disclosure | None:
    """Give the newest declaration of a user for an article."""
    return session.exec(
        select(Disclosure)
        .where(col(Disclosure.article_id) == article_id, col(Disclosure.user_id) == user_id)
        .order_by(col(Disclosure.version).desc())
        .limit(1)
    ).first()


def frozen(disclosure: Disclosure | None) -> dict[str, Any] | None:
    """Give the copy of a declaration that goes out with a published revision."""
    if disclosure is None:
        return None
    return {
        "interests": disclosure.interests,
        "none": disclosure.none,
        "declared_at": format_instant(disclosure.declared_at),
    }


def demand_disclosure(session: Session, article_id: UUID, author_id: UUID) -> dict[str, Any] | None:
    """Give the frozen declaration to publish with; raise disclosure_required for an expert without one."""
    disclosure = disclosure_in_force(session, article_id, author_id)
    if disclosure is None and Role.EXPERT in session.get_one(User, author_id).roles:
        raise Refused("disclosure_required")
    return frozen(disclosure)
