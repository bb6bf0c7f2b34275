"""Give tickets to browsers, which cannot send a header with a stream: each opens one stream, once, within a minute."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlmodel import Session, col

from auth.digests import token_digest
from auth.identity import Identity
from auth.sessions import identity_of
from models.accounts import AuthSession
from models.errors import Unauthenticated
from models.following import StreamTicket

LIFETIME: Final = timedelta(seconds=60)


def issue_ticket(session: Session, identity: Identity, *, now: datetime) -> str:
    """Write the hash of a new ticket for somebody's session and give the ticket; those that are over go.

    Raises Unauthenticated where the session went with its owner's account after they were let in.
    """
    held = select(col(AuthSession.id)).where(col(AuthSession.id) == identity.session_id)
    if session.scalars(held.with_for_update(read=True, key_share=True)).first() is None:
        raise Unauthenticated
    session.execute(delete(StreamTicket).where(col(StreamTicket.expires_at) <= now))
    ticket = secrets.token_urlsafe(32)
    session.add(
        StreamTicket(
            ticket_hash=token_digest(ticket),
            user_id=identity.user_id,
            session_id=identity.session_id,
            expires_at=now + LIFETIME,
        )
    )
    return ticket


def redeem_ticket(session: Session, ticket: str, *, now: datetime) -> Identity:
    """Use a ticket up and give whose it is, as they are now; raise Unauthenticated for one that is not good."""
    row = session.execute(
        delete(StreamTicket)
        .where(col(StreamTicket.ticket_hash) == token_digest(ticket), col(StreamTicket.expires_at) > now)
        .returning(col(StreamTicket.user_id), col(StreamTicket.session_id))
    ).first()
    if row is None:
        raise Unauthenticated
    return identity_of(session, user_id=row.user_id, session_id=row.session_id, now=now)
