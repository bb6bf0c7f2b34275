"""Find the experts who have a page of everything they published."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from models.errors import NotFound
from models.users import Credential, User


class Expert(NamedTuple):
    """Name an expert as they are today."""

    id: UUID
    display_name: str
    title: str
    verified_at: datetime


def find_expert(session: Session, user_id: UUID) -> Expert:
    """Give an expert whose credential stands; raise NotFound."""
    row = session.execute(
        select(col(User.id), col(User.display_name), col(Credential.title), col(Credential.verified_at))
        .join(Credential, col(Credential.user_id) == col(User.id))
        .where(col(User.id) == user_id, col(User.erased_at).is_(None), col(Credential.ended_at).is_(None))
    ).first()
    if row is None:
        raise NotFound
    return Expert(*row)
