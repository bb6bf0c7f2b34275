"""Keep restrictions beside a keyed hash of the address of whoever was erased under them.

A restriction must not be shed by being erased and coming back, and an address must not be kept: the hash can be made by
this service alone. It moves the restriction to the next account that is opened with the address.
"""

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlmodel import Session, col

from auth.restrictions import RESTRICTIONS
from auth.tokens import SigningKeys
from models.people import KeptSanction
from models.sanctions import Sanction


def address_marks(keys: SigningKeys, *email_keys: str) -> tuple[str, ...]:
    """Give the keyed hashes of an address by what it is and was compared by, the first under the newest key first."""
    messages = [b"kept sanction: " + email_key.encode("utf-8", "surrogatepass") for email_key in email_keys]
    return tuple(hmac.digest(key, message, hashlib.sha256).hex() for message in messages for key in keys.secrets)


def keep_restrictions(session: Session, user_id: UUID, mark: str, *, now: datetime) -> None:
    """Keep what restricts a user now beside the mark of their address, without its note; the rest goes."""
    is_kept = _acts(now) & col(Sanction.kind).in_(RESTRICTIONS)
    session.execute(delete(Sanction).where(col(Sanction.user_id) == user_id, ~is_kept))
    kept = session.scalars(
        update(Sanction).where(col(Sanction.user_id) == user_id).values(note=None).returning(col(Sanction.id))
    ).all()
    session.add_all(KeptSanction(sanction_id=sanction_id, address_mark=mark) for sanction_id in kept)
    session.flush()


def bring_back_sanctions(session: Session, user_id: UUID, marks: Collection[str], *, now: datetime) -> None:
    """Move the restrictions that were kept with an address to the account that was opened with it."""
    kept = session.scalars(
        delete(KeptSanction).where(col(KeptSanction.address_mark).in_(marks)).returning(col(KeptSanction.sanction_id))
    ).all()
    if kept:
        session.execute(update(Sanction).where(col(Sanction.id).in_(kept), _acts(now)).values(user_id=user_id))


def forget_kept_sanctions(session: Session, *, now: datetime) -> None:
    """Drop the hashes of addresses whose restriction is over."""
    over = select(col(Sanction.id)).where(~_acts(now), col(Sanction.id) == col(KeptSanction.sanction_id))
    session.execute(delete(KeptSanction).where(over.exists()))


def _acts(now: datetime) -> ColumnElement[bool]:
    return col(Sanction.lifted_at).is_(None) & or_(col(Sanction.until).is_(None), col(Sanction.until) > now)
