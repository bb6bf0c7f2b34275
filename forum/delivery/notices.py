"""Tell people of what concerns them: the one place that writes notifications, in the transaction of the change.

A notification names what happened and holds no words. Whether its reader may see that is asked whenever it is read and
before it is mailed, not here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from forum.delivery.outbox import NOTIFICATION, order_job
from forum.delivery.preferences import wanting_mail
from models.base import new_id
from models.cases import CaseKind, Verdict
from models.notifications import Notification, NotificationKind, NotifiedOf, Subscription
from models.publication import FOLLOWERS, OutboxJob
from models.reports import Report
from models.upserts import insert_once
from models.users import Credential

FOLLOWERS_AT_ONCE = 500
# Who is told of these is not told of the same thing as a follower too.
CLOSER = (NotificationKind.REPLY, NotificationKind.MENTION)


@dataclass(frozen=True)
class Notice:
    """Hold what people are told of; `cause_id` is what happened, so that nobody is told of it twice."""

    kind: NotificationKind
    subject_type: NotifiedOf
    subject_id: UUID
    cause_id: UUID
    article_id: UUID | None = None
    actor_id: UUID | None = None


def notify(session: Session, notice: Notice, recipients: Iterable[UUID], *, now: datetime) -> None:
    """Tell people, by mail too where they want that; nobody is told of their own acts."""
    told = [user_id for user_id in dict.fromkeys(recipients) if user_id != notice.actor_id]
    by_mail = wanting_mail(session, notice.kind, told) if told else set()
    for user_id in told:
        row = {"id": new_id(), "user_id": user_id, "created_at": now, **vars(notice)}
        if insert_once(session, Notification, row) and user_id in by_mail:
            order_job(session, NOTIFICATION, {"notification_id": str(row["id"])}, now=now)


def tell_of_decision(session: Session, decision: Any, case: Any | None, *, now: datetime) -> None:
    """Tell the author what was decided, and who reported what came of it; what never waited is in their answer.

    `decision` and `case` are objects or rows.
    """
    if case is None or (decision.automated and case.opened_at == now):
        return
    if case.kind is CaseKind.REPORT:
        _tell_reporters(session, decision, case, now=now)
    if decision.status_from == decision.status_to and case.kind is not CaseKind.APPEAL:
        return
    kind = NotificationKind.DECISION
    if decision.verdict == Verdict.REQUEST_CHANGES:
        kind = NotificationKind.CHANGES_REQUESTED
    elif case.kind is CaseKind.APPEAL and decision.verdict in {Verdict.UPHOLD, Verdict.OVERTURN}:
        kind = NotificationKind.APPEAL_OUTCOME
    about = NotifiedOf(decision.subject_type)
    notice = Notice(kind, about, decision.subject_id, decision.id, case.article_id)
    notify(session, notice, [case.author_id], now=now)


def tell_of_expiry(session: Session, credential: Credential, *, now: datetime) -> None:
    """Tell an expert that their credential ends soon; the letter about it is sent beside this."""
    notice = Notice(NotificationKind.CREDENTIAL_EXPIRING, NotifiedOf.CREDENTIAL, credential.id, credential.id)
    notify(session, notice, [credential.user_id], now=now)


def order_followers(session: Session, notice: Notice, *, now: datetime) -> None:
    """Leave it to the relay to tell those who follow a discussion, however many they are."""
    payload = {name: value and str(value) for name, value in vars(notice).items()}
    order_job(session, FOLLOWERS, payload, now=now)


def tell_followers(session: Session, job_id: UUID, *, now: datetime) -> bool:
    """Tell a slice of the followers; give whether more are left, and drop the job with the last slice."""
    job = session.get(OutboxJob, job_id, with_for_update=True)
    if job is None:
        return False
    payload = dict(job.payload)
    notice = _notice(payload)
    following = select(Subscription.user_id).where(col(Subscription.article_id) == notice.article_id)
    if after := payload.get("after"):
        following = following.where(col(Subscription.user_id) > UUID(after))
    some = session.exec(following.order_by(col(Subscription.user_id)).limit(FOLLOWERS_AT_ONCE)).all()
    told_closer = _told_closer(session, notice.cause_id, some)
    notify(session, notice, [user_id for user_id in some if user_id not in told_closer], now=now)
    is_rest = len(some) == FOLLOWERS_AT_ONCE
    if is_rest:
        job.payload = payload | {"after": str(some[-1])}
    else:
        session.delete(job)
    session.flush()
    return is_rest


def _tell_reporters(session: Session, decision: Any, case: Any, *, now: datetime) -> None:
    others = col(Report.reporter_id) != decision.decided_by
    for report in session.exec(select(Report).where(col(Report.case_id) == case.id, others)).all():
        notice = Notice(NotificationKind.REPORT_OUTCOME, NotifiedOf.REPORT, report.id, decision.id, case.article_id)
        notify(session, notice, [report.reporter_id], now=now)


def _told_closer(session: Session, cause_id: UUID, user_ids: Sequence[UUID]) -> set[UUID]:
    closer = select(Notification.user_id).where(
        col(Notification.user_id).in_(user_ids),
        col(Notification.kind).in_(CLOSER),
        col(Notification.cause_id) == cause_id,
    )
    return set(session.exec(closer).all())


def _notice(payload: dict[str, str | None]) -> Notice:
    def named(name: str) -> UUID | None:
        value = payload[name]
        return UUID(value) if value else None

    subject_id, cause_id = named("subject_id"), named("cause_id")
    assert subject_id is not None  # noqa: S101
    assert cause_id is not None  # noqa: S101
    kind, about = NotificationKind(str(payload["kind"])), NotifiedOf(str(payload["subject_type"]))
    return Notice(kind, about, subject_id, cause_id, named("article_id"), named("actor_id"))
