"""Settle applications to be an expert, and what their senders make of them: the only place that writes their status.

The sender is locked before anything is written, so that a credential that ends meanwhile is seen.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from auth.credentials import end_credential, standing_credential
from forum.moderation.cases import void_cases
from forum.moderation.credentials import Qualification, grant, locked_user
from forum.moderation.settlements.basis import Outcome, Remembered, Restoration, Restored, Settlement
from forum.moderation.transitions import REVISED_APPLICATIONS, application_status_after
from models.cases import Case, Verdict
from models.errors import Refused
from models.experts import Application, ApplicationRevision, ApplicationStatus
from models.users import Credential, Ending, Role

CLOSED = frozenset({ApplicationStatus.APPROVED, ApplicationStatus.REJECTED})


def settle_application(session: Session, settlement: Settlement) -> Outcome:
    """Write what a verdict makes of a locked application; approval grants the credential. Raises illegal_transition."""
    application: Application = settlement.subject
    before = application.status
    application.status = application_status_after(before, settlement.meaning)
    application.closed_at = settlement.now if application.status in CLOSED else None
    if application.status is ApplicationStatus.APPROVED:
        said = session.get_one(ApplicationRevision, (application.id, settlement.revision))
        qualification = Qualification(said.title, said.affiliation, said.fields, said.orcid, said.biography)
        application.credential_id = grant(session, application.user_id, qualification, now=settlement.now).id
    session.flush()
    return Outcome(before, application.status)


def demand_nothing(_: Session, __: Case, ___: Verdict | None, *, now: datetime) -> None:
    """Let every verdict be weighed, since none about an application makes words public."""


def remember_application(session: Session, application_id: UUID) -> Remembered:
    """Lock an application and write down how it stands, and its sender's credential, for a reversal to come back to."""
    application = session.get_one(Application, application_id, with_for_update=True)
    locked_user(session, application.user_id)
    standing = standing_credential(session, application.user_id)
    stands = {"status": application.status, "credential": str(standing.id) if standing else None}
    return Remembered(application, stands)


def restore_application(session: Session, restoration: Restoration) -> Restored:
    """Bring an application back to how it stood before a decision, and with it the credential before.

    Raises illegal_transition where it has moved on: the credential that it led to stands no longer, or another
    application is open.
    """
    application = session.get_one(Application, restoration.subject_id, with_for_update=True)
    if application.status != restoration.status or _open_application(session, application):
        raise Refused("illegal_transition")
    if application.credential_id is not None:
        _give_back(session, application, restoration.prior["credential"], now=restoration.now)
    application.status = ApplicationStatus(restoration.prior["status"])
    application.closed_at = application.credential_id = None
    session.flush()
    return Restored(waiting=application.revision, shown=application.revision)


def take_in_application_revision(session: Session, application: Application, revision: ApplicationRevision) -> None:
    """Make a new revision of a locked application the current one; raise application_pending where one waits."""
    after = REVISED_APPLICATIONS.get(application.status)
    if after is None:
        raise Refused("application_pending")
    application.status, application.revision = after, revision.number
    session.add(revision)
    session.flush()


def take_back_application(session: Session, application: Application, *, now: datetime) -> None:
    """Withdraw a locked application that is open, and void its case."""
    application.status, application.closed_at = ApplicationStatus.WITHDRAWN, now
    session.flush()
    void_cases(session, application.id, now=now)


def _give_back(session: Session, application: Application, before: str | None, *, now: datetime) -> None:
    """Take the credential back that an application led to, and let the one before stand again."""
    user = locked_user(session, application.user_id)
    standing = standing_credential(session, user.id)
    if standing is None or standing.id != application.credential_id:
        raise Refused("illegal_transition")
    end_credential(session, user.id, Ending.REVOKED, now=now)
    if before is None:
        user.roles = user.roles - {Role.EXPERT}
    else:
        former = session.get_one(Credential, UUID(before), populate_existing=True)
        former.ended_at = former.ending = None
    user.version += 1


def _open_application(session: Session, application: Application) -> bool:
    """Tell whether the sender has another application open; the sender is locked by now."""
    locked_user(session, application.user_id)
    newer = select(col(Application.id)).where(
        col(Application.user_id) == application.user_id,
        col(Application.closed_at).is_(None),
        col(Application.id) != application.id,
    )
    return session.exec(newer).first() is not None
