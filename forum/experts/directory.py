"""List experts for the public: whose credential is in force, by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, collate, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, tuple_

from forum.text.folding import fold
from models.errors import NotFound
from models.pages import Key, Page, cut
from models.users import Credential, User


@dataclass(frozen=True)
class ExpertFilter:
    """Name which experts are wanted: by field, by language, and by words of name, title, affiliation or field."""

    field: str | None = None
    language: str | None = None
    q: str | None = None


class Expert(NamedTuple):
    """Hold an expert with the credential that is in force."""

    user: User
    credential: Credential


def find_expert(session: Session, user_id: UUID, *, now: datetime) -> Expert:
    """Give one expert; raise NotFound for whoever is none."""
    row = session.execute(_experts(now).where(col(User.id) == user_id)).first()
    if row is None:
        raise NotFound
    return Expert(row[0], row[1])


def list_experts(
    session: Session, wanted: ExpertFilter, *, after: Key | None, limit: int, now: datetime
) -> Page[Expert]:
    """Give a page of experts by folded name, in one query."""
    # By code point on both engines, whatever the collation of the database.
    name = collate(col(User.display_name_key), "C" if session.get_bind().dialect.name == "postgresql" else "BINARY")
    statement = _experts(now).where(*_conditions(wanted))
    if after is not None:
        statement = statement.where(tuple_(name, col(User.id)) > tuple_(str(after[0]), UUID(str(after[1]))))
    rows = session.execute(statement.order_by(name, col(User.id)).limit(limit + 1)).all()
    experts = [Expert(row[0], row[1]) for row in rows]
    return cut(experts, limit, lambda expert: (expert.user.display_name_key, str(expert.user.id)))


def _experts(now: datetime) -> Any:
    is_in_force = or_(col(Credential.expires_at).is_(None), col(Credential.expires_at) > now)
    return (
        select_columns(User, Credential)
        .join(Credential, col(Credential.user_id) == col(User.id))
        .where(col(Credential.ended_at).is_(None), is_in_force, col(User.erased_at).is_(None))
    )


def _conditions(wanted: ExpertFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.field is not None:
        found.append(col(Credential.fields_key).contains(f"\n{fold(wanted.field)}\n", autoescape=True))
    if wanted.language is not None:
        found.append(col(User.locale) == wanted.language)
    if wanted.q is not None:
        words = fold(wanted.q)
        in_name = col(User.display_name_key).contains(words, autoescape=True)
        found.append(or_(in_name, col(Credential.search_key).contains(words, autoescape=True)))
    return found
