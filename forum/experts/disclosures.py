"""Declare interests: an expert says, for one article, what could sway them, or that nothing does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from forum.discussion.authors import author_for_writing
from forum.discussion.posting import release_disclosed
from forum.moderation.conditions import newest_disclosure
from forum.text.folding import fold
from models.articles import Disclosure
from models.errors import NotFound, Refused, Stale
from models.upserts import insert_once
from models.versions import Expected, demand_version

MOST_EARLIER = 50


@dataclass(frozen=True)
class Declaration:
    """Hold what an expert declares: interests, or that there are none."""

    interests: Sequence[dict[str, str]]
    none: bool


class Earlier(NamedTuple):
    """Hold what was declared before, and the interests named then that the newer declaration leaves out."""

    disclosure: Disclosure
    left_out: Sequence[dict[str, str]]


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
    # Words that their author sends at the same moment either are let go on here or are written in knowledge of this.
    author_for_writing(session, user_id)
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


def earlier_declarations(session: Session, disclosure: Any) -> list[Earlier]:
    """Give what the same expert declared before, for any article, the newest first, some at most."""
    rows = session.exec(
        select(Disclosure)
        .where(
            col(Disclosure.user_id) == disclosure.user_id,
            col(Disclosure.declared_at) <= disclosure.declared_at,
            or_(col(Disclosure.article_id) != disclosure.article_id, col(Disclosure.version) < disclosure.version),
        )
        .order_by(col(Disclosure.declared_at).desc(), col(Disclosure.article_id), col(Disclosure.version).desc())
        .limit(MOST_EARLIER)
    ).all()
    said = {_tie(interest) for interest in disclosure.interests}
    return [Earlier(row, [interest for interest in row.interests if _tie(interest) not in said]) for row in rows]


def _tie(interest: dict[str, str]) -> tuple[str, str]:
    return interest["kind"], fold(interest["party"])


def read_disclosure(session: Session, article_id: UUID, user_id: UUID) -> Any:
    """Give the row of somebody's newest declaration; raise NotFound."""
    disclosure = newest_disclosure(session, article_id, user_id)
    if disclosure is None:
        raise NotFound
    return disclosure
