"""Invite experts: a token by mail makes the owner of an address an expert, once, as the editor wrote it down."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, update
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from auth.accounts import email_key
from auth.digests import token_digest
from forum.experts.letters import write_letter, write_to_address
from forum.moderation.credentials import UNVERIFIED, VERIFIED, Act, Qualification, grant, locked_user, record
from models.base import new_id
from models.errors import Invalid, Refused
from models.experts import Invitation
from models.users import Role, User

INVITATION_LASTS = timedelta(days=14)
VERIFY = "verify"


@dataclass(frozen=True)
class NewInvitation:
    """Hold whom an editor invites, and what they vouch for."""

    email: str
    qualification: Qualification


def invite(session: Session, new: NewInvitation, *, invited_by: UUID, now: datetime) -> Invitation:
    """Mail a token to an address; what was sent there before opens nothing any more.

    Raises own_content for one's own address, since nobody verifies themselves.
    """
    key, token = email_key(new.email), secrets.token_urlsafe(32)
    owner = session.exec(select(User).where(col(User.email_key) == key, col(User.erased_at).is_(None))).first()
    if owner is not None and owner.id == invited_by:
        raise Refused("own_content")
    session.execute(
        update(Invitation)
        .where(
            col(Invitation.email_key) == key, col(Invitation.accepted_at).is_(None), col(Invitation.expires_at) > now
        )
        .values(expires_at=now)
    )
    invitation = Invitation(
        id=new_id(),
        email=new.email,
        email_key=key,
        title=new.qualification.title,
        affiliation=new.qualification.affiliation,
        fields=list(new.qualification.fields),
        token_hash=token_digest(token),
        invited_by=invited_by,
        invited_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    session.add(invitation)
    session.flush()
    if owner is not None:
        write_letter(session, "expert_invitation", owner, now=now, token=token, title=invitation.title)
    else:
        values = {"display_name": new.email, "token": token, "title": invitation.title}
        write_to_address(session, "expert_invitation", new.email, now=now, **values)
    return invitation


def accept(session: Session, token: str, *, user_id: UUID, now: datetime) -> User:
    """Make the owner of the invited address an expert, who thereby confirmed it; give the user.

    One statement uses the token, so that of two only one does. Raises token_invalid for an unknown or used token, one
    that is over, and one for another address, and says nothing of which.
    """
    user = locked_user(session, user_id)
    used = update(Invitation).where(
        col(Invitation.token_hash) == token_digest(token),
        col(Invitation.email_key) == user.email_key,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.expires_at) > now,
        ~_has_newer(),
    )
    invitation_id = session.scalars(
        used.values(accepted_at=now, accepted_by=user_id).returning(col(Invitation.id))
    ).first()
    if invitation_id is None:
        raise Invalid("/token", "token_invalid")
    said = session.execute(
        select_columns(
            col(Invitation.title), col(Invitation.affiliation), col(Invitation.fields), col(Invitation.invited_by)
        ).where(col(Invitation.id) == invitation_id)
    ).one()
    before = VERIFIED if Role.EXPERT in user.roles else UNVERIFIED
    user.email_verified_at = user.email_verified_at or now
    grant(session, user_id, Qualification(said.title, said.affiliation, said.fields), now=now)
    record(session, user, Act(VERIFY, said.invited_by), status_from=before, status_to=VERIFIED, now=now)
    return user


def _has_newer() -> ColumnElement[bool]:
    """Tell whether an address was invited again: of two invitations at the same moment neither has ended the other."""
    newer = aliased(Invitation)
    return exists().where(col(newer.email_key) == col(Invitation.email_key), col(newer.id) > col(Invitation.id))
