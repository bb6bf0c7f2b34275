"""Resolve whom words mention: who takes part in the discussion, and experts; a name of two people is nobody's."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from forum.text.mentions import mentions
from models.comments import Comment, Status
from models.users import Role, User, has_been_granted


def mentioned(session: Session, article_id: UUID, body: str) -> list[UUID]:
    """Give the users that a text below an article mentions, each once."""
    named = mentions(body) if "@" in body else []
    if not named:
        return []
    by_name: dict[str, list[UUID]] = {}
    wanted = {name for names in named for name in names}
    known = select(col(User.id), col(User.display_name_key)).where(
        col(User.display_name_key).in_(wanted),
        col(User.erased_at).is_(None),
        or_(has_been_granted(Role.EXPERT), _takes_part(article_id)),
    )
    for user_id, name in session.execute(known).all():
        by_name.setdefault(name, []).append(user_id)
    found = [next((by_name[name] for name in names if name in by_name), []) for names in named]
    return list(dict.fromkeys(users[0] for users in found if len(users) == 1))


def _takes_part(article_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        col(Comment.author_id) == col(User.id),
        col(Comment.article_id) == article_id,
        col(Comment.status) == Status.APPROVED,
        col(Comment.withdrawn_at).is_(None),
    )
