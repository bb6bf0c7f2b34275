"""Give and take the credentials of experts; what nobody decided as a case is an entry of the chain, about the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from auth.credentials import give_credential, put_credential, take_credential
from forum.moderation import chain
from forum.moderation.sanctions import USER
from forum.text.folding import fold
from models.cases import Reason
from models.errors import NotFound
from models.users import Credential, Ending, User

CREDENTIAL_LASTS = timedelta(days=730)
VERIFIED, UNVERIFIED = "verified", "unverified"


@dataclass(frozen=True)
class Qualification:
    """Hold what makes somebody an expert."""

    title: str
    affiliation: str
    fields: Sequence[str] = ()
    orcid: str | None = None
    biography: str = ""


@dataclass(frozen=True)
class Act:
    """Hold what was done to somebody's credential, by whom (nobody where time did it) and why."""

    verdict: str
    by: UUID | None
    reason: Reason | None = None
    note: str | None = None


def vouch_for(session: Session, user_id: UUID, qualification: Qualification, *, now: datetime) -> None:
    """Record what an expert whom an operator vouches for is called; this does not run out."""
    put_credential(session, _credential(user_id, qualification, None, now), now=now)


def grant(session: Session, user_id: UUID, qualification: Qualification, *, now: datetime) -> Credential:
    """Make a user an expert for as long as a credential lasts, or give them another credential; raise NotFound."""
    credential = _credential(user_id, qualification, now + CREDENTIAL_LASTS, now)
    give_credential(session, locked_user(session, user_id), credential, now=now)
    return credential


def end(session: Session, user: User, ending: Ending, act: Act, *, now: datetime) -> None:
    """Take the credential of a locked user and record it; raise NotFound where none stands."""
    if not take_credential(session, user, ending, now=now):
        raise NotFound
    record(session, user, act, status_from=VERIFIED, status_to=ending, now=now)


def record(session: Session, user: User, act: Act, *, status_from: str, status_to: str, now: datetime) -> None:
    """Write what was done to a credential into the chain."""
    chain.append(
        session,
        subject_type=USER,
        subject_id=user.id,
        revision=user.version,
        verdict=act.verdict,
        status_from=status_from,
        status_to=status_to,
        decided_by=act.by,
        automated=act.by is None,
        reason=act.reason,
        note=act.note,
        decided_at=now,
    )


def locked_user(session: Session, user_id: UUID, *, shares_key: bool = False) -> User:
    """Lock a user who is there; raise NotFound.

    Whoever gives or takes a credential holds the user alone. One who leaves it as it stands lets the key be shared,
    since a request of the user's own holds it already.
    """
    user = session.get(User, user_id, with_for_update={"key_share": shares_key})
    if user is None or user.erased_at is not None:
        raise NotFound
    return user


def _credential(user_id: UUID, qualification: Qualification, expires_at: datetime | None, now: datetime) -> Credential:
    values: dict[str, Any] = vars(qualification) | {"fields": list(qualification.fields)}
    keys = [fold(field) for field in qualification.fields]
    return Credential(
        user_id=user_id,
        **values,
        fields_key="".join(f"{key}\n" for key in ["", *keys]),
        search_key="\n".join([fold(qualification.title), fold(qualification.affiliation), *keys]),
        verified_at=now,
        expires_at=expires_at,
    )
