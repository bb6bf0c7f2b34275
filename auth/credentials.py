"""Keep one credential of an expert standing: give it, end it, and find it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.users import Credential, Ending, Role, User


def standing_credential(session: Session, user_id: UUID) -> Credential | None:
    """Give the credential of a user that stands; whether its time has run out is for the caller to ask."""
    standing = select(Credential).where(col(Credential.user_id) == user_id, col(Credential.ended_at).is_(None))
    return session.exec(standing).first()


def give_credential(session: Session, user: User, credential: Credential, *, now: datetime) -> None:
    """Let a credential stand in place of the one before, and make its holder an expert; the user is locked."""
    put_credential(session, credential, now=now)
    user.roles = user.roles | {Role.EXPERT}
    user.version += 1
    session.flush()


def take_credential(session: Session, user: User, ending: Ending, *, now: datetime) -> bool:
    """End the credential of a user and their being an expert; tell whether there was one. The user is locked."""
    if not end_credential(session, user.id, ending, now=now):
        return False
    user.roles = user.roles - {Role.EXPERT}
    user.version += 1
    session.flush()
    return True


def put_credential(session: Session, credential: Credential, *, now: datetime) -> None:
    """Let a credential stand in place of the one before."""
    end_credential(session, credential.user_id, Ending.REPLACED, now=now)
    session.add(credential)
    session.flush()


def end_credential(session: Session, user_id: UUID, ending: Ending, *, now: datetime) -> bool:
    """End the credential that stands, if one does; tell whether one did."""
    ended = session.execute(
        update(Credential)
        .where(col(Credential.user_id) == user_id, col(Credential.ended_at).is_(None))
        .values(ended_at=now, ending=ending)
        .returning(col(Credential.id))
    ).first()
    return ended is not None
