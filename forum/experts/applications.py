"""Apply to be an expert, or to be another one than before: send, send again what was sent back, and withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from auth.credentials import standing_credential
from forum.delivery.events import announce
from forum.discussion.authors import author_line
from forum.moderation.cases import lock_cases
from forum.moderation.credentials import Qualification, locked_user
from forum.moderation.settlements.applications import take_back_application, take_in_application_revision
from forum.moderation.transitions import REVERSAL
from forum.moderation.urgency import due_at
from models.base import new_id
from models.cases import Case, CaseKind, Decision, SubjectType
from models.deliveries import EventType
from models.errors import NotFound, Refused
from models.experts import Application, ApplicationRevision, ApplicationStatus
from models.users import Role, User
from models.versions import Expected, demand_version


@dataclass(frozen=True)
class Sending:
    """Hold what an applicant says of themselves and what shows that it is so."""

    qualification: Qualification
    evidence: Sequence[dict[str, str]]


@dataclass(frozen=True)
class OwnApplication:
    """Hold an application with what it says now and what was decided about it, if something was."""

    application: Application
    revision: ApplicationRevision
    decision: Decision | None


def apply(session: Session, sending: Sending, *, user_id: UUID, now: datetime) -> OwnApplication:
    """Send an application, or again one that was sent back.

    Raises already_expert for an expert, who changes the credential instead, and application_pending.
    """
    standing = _locked_open(session, user_id)
    user = locked_user(session, user_id, shares_key=True)
    if Role.EXPERT in user.roles:
        raise Refused("already_expert")
    return _send(session, user, standing, sending, now=now)


def change_credential(
    session: Session, user_id: UUID, changes: dict[str, Any], *, expected: Expected, now: datetime
) -> OwnApplication:
    """Apply for another credential with these fields, or for the same one anew; the standing one stays meanwhile.

    What is not named is as in the change that was sent back, or else as it stands. `changes` are fields of
    Qualification, and `evidence`. Raises NotFound for whoever is no expert, Stale and application_pending.
    """
    standing = _locked_open(session, user_id)
    user = locked_user(session, user_id, shares_key=True)
    credential = standing_credential(session, user_id)
    if credential is None:
        raise NotFound
    demand_version(expected, user.version)
    before = session.get_one(ApplicationRevision, (standing.id, standing.revision)) if standing else None
    base = before or credential
    kept = Qualification(base.title, base.affiliation, base.fields, base.orcid, base.biography)
    wanted = dict(changes)
    evidence = wanted.pop("evidence", before.evidence if before else [])
    return _send(session, user, standing, Sending(replace(kept, **wanted), evidence), now=now)


def own_application(session: Session, user_id: UUID) -> OwnApplication:
    """Give the newest application of a user; raise NotFound."""
    mine = select(Application).where(col(Application.user_id) == user_id).order_by(col(Application.id).desc())
    application = session.exec(mine.limit(1)).first()
    if application is None:
        raise NotFound
    revision = session.get_one(ApplicationRevision, (application.id, application.revision))
    return OwnApplication(application, revision, _decision(session, application))


def withdraw_application(session: Session, user_id: UUID, *, expected: Expected, now: datetime) -> None:
    """Take back the newest application of a user; raise NotFound, Stale, and illegal_transition for one that ended."""
    newest = own_application(session, user_id).application
    application = _locked_open(session, user_id)
    demand_version(expected, newest.revision)
    if application is None or application.id != newest.id:
        raise Refused("illegal_transition")
    take_back_application(session, application, now=now)


def _locked_open(session: Session, user_id: UUID) -> Application | None:
    """Lock the application of a user that is open, its case before it as everywhere."""
    opened = select(Application).where(col(Application.user_id) == user_id, col(Application.closed_at).is_(None))
    found = session.exec(opened).first()
    if found is None:
        return None
    lock_cases(session, found.id)
    again = opened.with_for_update().execution_options(populate_existing=True)
    return session.exec(again).first()


def _send(
    session: Session, user: User, standing: Application | None, sending: Sending, *, now: datetime
) -> OwnApplication:
    said = sending.qualification
    application = standing or Application(id=new_id(), user_id=user.id, created_at=now)
    revision = ApplicationRevision(
        application_id=application.id,
        number=application.revision + 1 if standing else 1,
        title=said.title,
        affiliation=said.affiliation,
        fields=list(said.fields),
        biography=said.biography,
        orcid=said.orcid,
        evidence=list(sending.evidence),
        author_line=author_line(session, user),
        sent_at=now,
    )
    if standing is not None:
        take_in_application_revision(session, standing, revision)
    else:
        _demand_none_open(session, user)
        session.add(application)
        session.flush()
        session.add(revision)
        session.flush()
    _open_case(session, application, now=now)
    return OwnApplication(application, revision, None)


def _demand_none_open(session: Session, user: User) -> None:
    """Raise application_pending where one came in before the user was locked."""
    opened = select(col(Application.id)).where(
        col(Application.user_id) == user.id, col(Application.closed_at).is_(None)
    )
    if session.exec(opened).first() is not None:
        raise Refused("application_pending")


def _open_case(session: Session, application: Application, *, now: datetime) -> None:
    case = Case(
        kind=CaseKind.APPLICATION,
        subject_type=SubjectType.APPLICATION,
        subject_id=application.id,
        author_id=application.user_id,
        revision=application.revision,
        opened_at=now,
        due_at=due_at(CaseKind.APPLICATION, (), now=now),
    )
    session.add(case)
    session.flush()
    announce(session, EventType.CASE_OPENED, case.id, now=now)


def _decision(session: Session, application: Application) -> Decision | None:
    if application.status is ApplicationStatus.PENDING:
        return None
    made = select(Decision).where(col(Decision.subject_id) == application.id, col(Decision.verdict) != REVERSAL)
    return session.exec(made.order_by(col(Decision.number).desc()).limit(1)).first()
