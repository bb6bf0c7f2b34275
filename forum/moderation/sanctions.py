"""Impose sanctions on users and lift them; each act is an entry of the chain of decisions, about the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import demand
from auth.restrictions import restriction_of
from auth.sessions import end_all_sessions
from forum.delivery.events import announce
from forum.moderation import chain
from models.cases import Reason
from models.deliveries import EventType
from models.errors import Invalid, NotFound
from models.pages import Key, Page, cut
from models.sanctions import Sanction, SanctionKind
from models.users import User

USER = "user"
LIFT = "lift"
FREE = "free"


@dataclass(frozen=True)
class NewSanction:
    """Hold what is imposed; without `until` it lasts until it is lifted."""

    kind: SanctionKind
    reason: Reason
    until: datetime | None = None
    note: str | None = None


def impose_sanction(
    session: Session, user_id: UUID, new: NewSanction, *, identity: Identity, now: datetime
) -> Sanction:
    """Sanction a user; a ban signs them out everywhere. Raises NotFound, Forbidden and Invalid."""
    user = _locked_user(session, user_id)
    demand(identity, Permission.SANCTION_IMPOSE, user)
    if new.until is not None and new.until <= now:
        raise Invalid("/until", "out_of_range")
    before = _standing(session, user_id, now=now)
    sanction = Sanction(
        user_id=user_id,
        kind=new.kind,
        reason=new.reason,
        note=new.note,
        until=new.until,
        imposed_by=identity.user_id,
        imposed_at=now,
    )
    session.add(sanction)
    session.flush()
    if new.kind is SanctionKind.BAN:
        end_all_sessions(session, user_id=user_id, now=now)
    _record(session, user, before, verdict=new.kind, about=sanction, identity=identity, now=now)
    announce(session, EventType.USER_SANCTIONED, sanction.id, now=now)
    return sanction


def lift_sanction(session: Session, user_id: UUID, sanction_id: UUID, *, identity: Identity, now: datetime) -> None:
    """End a sanction before its time; one that is over stays as it is. Raises NotFound and Forbidden."""
    user = _locked_user(session, user_id)
    demand(identity, Permission.SANCTION_IMPOSE, user)
    sanction = session.get(Sanction, sanction_id)
    if sanction is None or sanction.user_id != user_id:
        raise NotFound
    if not is_in_force(sanction, now=now):
        return
    before = _standing(session, user_id, now=now)
    sanction.lifted_at, sanction.lifted_by = now, identity.user_id
    session.flush()
    _record(session, user, before, verdict=LIFT, about=sanction, identity=identity, now=now)


def list_sanctions(session: Session, user_id: UUID, *, after: Key | None, limit: int) -> Page[Sanction]:
    """Give a page of what was imposed on a user, the newest first."""
    statement = select(Sanction).where(col(Sanction.user_id) == user_id)
    if after is not None:
        statement = statement.where(col(Sanction.id) < UUID(str(after[0])))
    rows: Sequence[Sanction] = session.exec(statement.order_by(col(Sanction.id).desc()).limit(limit + 1)).all()
    return cut(rows, limit, lambda sanction: (str(sanction.id),))


def is_in_force(sanction: Sanction, *, now: datetime) -> bool:
    """Tell whether a sanction acts now."""
    return sanction.lifted_at is None and (sanction.until is None or sanction.until > now)


def _locked_user(session: Session, user_id: UUID) -> User:
    """Lock the row that whoever writes as this user locks too, so that no words slip past a sanction."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None or user.erased_at is not None:
        raise NotFound
    return user


def _standing(session: Session, user_id: UUID, *, now: datetime) -> str:
    return restriction_of(session, user_id, now=now) or FREE


def _record(
    session: Session,
    user: User,
    before: str,
    *,
    verdict: str,
    about: Sanction,
    identity: Identity,
    now: datetime,
) -> None:
    chain.append(
        session,
        subject_type=USER,
        subject_id=user.id,
        revision=user.version,
        verdict=verdict,
        status_from=before,
        status_to=_standing(session, user.id, now=now),
        decided_by=identity.user_id,
        automated=False,
        reason=about.reason,
        note=about.note,
        decided_at=now,
    )
