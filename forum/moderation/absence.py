"""Stand for moderators who are not asking right now: whom a claim is given to, who left a batch to us."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from auth.identity import Identity
from auth.restrictions import restriction_of
from models.errors import Forbidden
from models.sanctions import SanctionKind
from models.users import User


def absent_identity(session: Session, user_id: UUID, *, now: datetime) -> Identity:
    """Give somebody with the roles and the restriction of now; raise Forbidden for who is banned or gone."""
    user = session.get(User, user_id, populate_existing=True)
    restriction = restriction_of(session, user_id, now=now)
    if user is None or user.erased_at is not None or restriction is SanctionKind.BAN:
        raise Forbidden
    return Identity(user.id, user.id, user.roles, user.display_name, user.locale, restriction)
