"""Let moderators say which sections and languages they look after, and route cases by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from models.articles import Article, in_language
from models.batches import ModerationScope
from models.cases import Case
from models.errors import Refused
from models.upserts import insert_once
from models.versions import Expected, demand_version


@dataclass(frozen=True)
class Scope:
    """Hold what a moderator looks after; an empty list means all."""

    sections: Sequence[str]
    languages: Sequence[str]


def read_scope(session: Session, user_id: UUID) -> ModerationScope:
    """Give what somebody chose, or everything, as version 0, where they chose nothing yet."""
    chosen = session.get(ModerationScope, user_id)
    return chosen or ModerationScope(user_id=user_id, sections=[], languages=[], version=0)


def choose_scope(
    session: Session, scope: Scope, *, user_id: UUID, expected: Expected, is_conditional: bool
) -> tuple[ModerationScope, bool]:
    """Choose what one looks after; give it and whether it is the first choice. Raises precondition_required, Stale."""
    chosen = session.get(ModerationScope, user_id, with_for_update=True)
    if chosen is None:
        if is_conditional:
            demand_version(expected, 0)
        first = ModerationScope(user_id=user_id, sections=list(scope.sections), languages=list(scope.languages))
        is_first = insert_once(session, ModerationScope, first.model_dump())
        # Where it is not, another choice was made at the same moment.
        chosen = session.get_one(ModerationScope, user_id, with_for_update=True)
        if is_first:
            return chosen, True
    if not is_conditional:
        raise Refused("precondition_required")
    demand_version(expected, chosen.version)
    chosen.sections, chosen.languages = list(scope.sections), list(scope.languages)
    chosen.version += 1
    session.flush()
    return chosen, False


def within_scope(session: Session, user_id: UUID) -> list[ColumnElement[bool]]:
    """Give the conditions on Case for what somebody looks after; cases without an article are everybody's."""
    chosen = session.get(ModerationScope, user_id)
    if chosen is None or not (chosen.sections or chosen.languages):
        return []
    wanted = select(col(Article.id))
    if chosen.sections:
        wanted = wanted.where(col(Article.section).in_(chosen.sections))
    if chosen.languages:
        wanted = wanted.where(or_(*map(in_language, chosen.languages)))
    return [or_(col(Case.article_id).is_(None), col(Case.article_id).in_(wanted))]
