"""Declare interests: an expert says, for one article, what could sway them, or that nothing does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from forum.discussion.posting import release_disclosed
from forum.moderation.conditions import newest_disclosure
from models.articles import Disclosure
from models.errors import NotFound, Refused, Stale
from models.upserts import insert_once
from models.versions import Expected, demand_version


@dataclass(frozen=True)
class Declaration:
    """Hold what an expert declares: interests, or that there are none."""

    interests: Sequence[dict[str, str]]
    none: bool


def declare(
    session: Session,
    article_id: UUID,
    declaration: Declaration,
    *,
    user_id: UUID,
    expected: Expected | None,
    is_conditional: bool,
    now: datetime,
) -> tuple[Disclosure, bool]:
    """Write the next version of a declaration and let the author's waiting words go on; tell whether it is the first.

    Raises precondition_required where one stands and none was named, Stale where another version stands.
    """
    standing = newest_disclosure(session, article_id, user_id)
    if standing is not None:
        if not is_conditional:
            raise Refused("precondition_required")
        demand_version(expected, standing.version)
    elif is_conditional:
        raise Stale
    row = Disclosure(
        article_id=article_id,
        user_id=user_id,
        version=standing.version + 1 if standing else 1,
        interests=list(declaration.interests),
        none=declaration.none,
        declared_at=now,
    )
    if not insert_once(session, Disclosure, row.model_dump()):
        raise Stale
    release_disclosed(session, article_id, user_id, now=now)
    return row, standing is None


def read_disclosure(session: Session, article_id: UUID, user_id: UUID) -> Disclosure:
    """Give somebody's newest declaration; raise NotFound."""
    disclosure = newest_disclosure(session, article_id, user_id)
    if disclosure is None:
        raise NotFound
    return disclosure
