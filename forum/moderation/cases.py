"""Open cases and follow what their authors do: the words of a case change, go away or come back.

The open cases about a subject are locked before the subject, always in the order of their ids.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, literal_column, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.delivery.events import announce
from forum.moderation.submissions import Hold
from forum.moderation.urgency import circumstances, due_at, priority_of
from models.analyses import Analysis
from models.base import columns_of, new_id
from models.cases import Case, CaseKind, CaseState, Reason, SubjectType
from models.comments import Comment
from models.deliveries import EventType
from models.errors import NotFound, Refused
from models.plain import Insertion, Plain
from models.reports import Appeal, AppealState, Report, ReportState
from models.sessions import read_anew

# Written out rather than bound, so that both engines see that partial indexes serve, and SQLite once and for all.
IS_OPEN: ColumnElement[bool] = col(Case.state) == literal_column("'open'")
REPORT_IS_OPEN: ColumnElement[bool] = col(Report.state) == literal_column("'open'")
EDITORIAL = frozenset({CaseKind.ANALYSIS, CaseKind.APPLICATION})

_CASE = Insertion(Case)
_CASES, _NAMED = columns_of(Case), Case.__table__.alias()  # type: ignore[attr-defined]
# The same of plain columns.
IS_OPEN_ROW = _CASES.state == literal_column("'open'")
# All that a decision asks of a case.
_WEIGHED = (
    _CASES.id,
    _CASES.kind,
    _CASES.is_review,
    _CASES.subject_type,
    _CASES.subject_id,
    _CASES.article_id,
    _CASES.author_id,
    _CASES.revision,
    _CASES.state,
    _CASES.opened_at,
    _CASES.claimed_by,
    _CASES.claim_token,
    _CASES.claim_until,
)
_FOUND = Plain(select_columns(*_WEIGHED).where(_CASES.id == bindparam("case_id")))
_SUBJECT = select_columns(_NAMED.c.subject_id).where(_NAMED.c.id == bindparam("case_id")).scalar_subquery()
_LOCKED = Plain(
    select_columns(*_WEIGHED)
    .where(_CASES.subject_id == _SUBJECT, or_(IS_OPEN_ROW, _CASES.id == bindparam("case_id")))
    .order_by(_CASES.id)
    .with_for_update()
)
_LOCK = Plain(
    select_columns(_CASES.id)
    .where(_CASES.subject_id == bindparam("subject"), or_(IS_OPEN_ROW, _CASES.id == bindparam("also")))
    .order_by(_CASES.id)
    .with_for_update()
)
_VOID = Plain(
    update(Case.__table__)  # type: ignore[attr-defined]
    .where(_CASES.subject_id == bindparam("subject"), IS_OPEN_ROW)
    .values(state=CaseState.VOID, closed_at=bindparam("now"), claimed_by=None, claim_token=None, claim_until=None)
    .returning(_CASES.id)
)


def open_case(
    session: Session,
    subject: Comment | Analysis,
    revision: int,
    holds: Sequence[Hold],
    *,
    is_review: bool,
    kind: CaseKind = CaseKind.COMMENT,
    reasons: Iterable[str] = (),
    now: datetime,
) -> Case:
    """Put a revision before the moderators; `reasons` are those of reports, and make it more urgent."""
    case = enter_case(session, subject, revision, holds, is_review=is_review, kind=kind, reasons=reasons, now=now)
    return session.get_one(Case, case.id)


def enter_case(
    session: Session,
    subject: Any,
    revision: int,
    holds: Sequence[Hold],
    *,
    is_review: bool,
    kind: CaseKind = CaseKind.COMMENT,
    reasons: Iterable[str] = (),
    now: datetime,
) -> Any:
    """Open a case about a comment or an analysis, an object or a row, and give its row alone."""
    named = {*reasons, *(hold.code for hold in holds)}
    case = _CASE.row(
        id=new_id(),
        kind=kind,
        is_review=is_review,
        subject_type=SubjectType.ANALYSIS if kind is CaseKind.ANALYSIS else SubjectType.COMMENT,
        subject_id=subject.id,
        article_id=subject.article_id,
        author_id=subject.author_id,
        revision=revision,
        hold=[hold.as_json() for hold in holds],
        queue_rank=-priority_of(circumstances(session, subject, kind, named, is_review=is_review, now=now)),
        opened_at=now,
        due_at=due_at(kind, named, now=now),
    )
    _CASE.write(session, case)
    announce(session, EventType.CASE_OPENED, case.id, now=now)
    return case


def raise_revision(
    session: Session,
    subject: Comment | Analysis,
    revision: int,
    holds: Sequence[Hold],
    *,
    kind: CaseKind = CaseKind.COMMENT,
    now: datetime,
) -> None:
    """Let the case that waits for the author's words ask about their new revision; open one where none waits."""
    raised = session.execute(
        update(Case)
        .where(col(Case.subject_id) == subject.id, IS_OPEN, col(Case.is_review).is_(False))
        .values(revision=revision, hold=[hold.as_json() for hold in holds])
        .returning(col(Case.id))
    ).first()
    if raised is None:
        open_case(session, subject, revision, holds, is_review=False, kind=kind, now=now)


def raise_reviews(session: Session, subject_id: UUID, revision: int) -> None:
    """Let the cases about public words ask about the words that the public reads now."""
    session.execute(
        update(Case).where(col(Case.subject_id) == subject_id, IS_OPEN, col(Case.is_review)).values(revision=revision)
    )


def void_cases(session: Session, subject_id: UUID, *, now: datetime) -> list[UUID]:
    """Close every open case about something that went away or that another case has settled; give their ids."""
    case_ids = [row.id for row in _VOID.rows(session, {"subject": subject_id, "now": now})]
    for case_id in case_ids:
        read_anew(session, Case, case_id)
    if case_ids:
        _void(session, case_ids, now=now)
    return sorted(case_ids)


def reopen_case(session: Session, case: Case, *, revision: int, now: datetime) -> None:
    """Open a case again, about the revision that stands; a later case of its kind goes into it."""
    rivals = session.execute(
        update(Case)
        .where(
            col(Case.subject_id) == case.subject_id,
            IS_OPEN,
            col(Case.kind) == case.kind,
            col(Case.is_review) == case.is_review,
        )
        .values(state=CaseState.VOID, closed_at=now, report_count=0)
        .returning(col(Case.id))
    ).scalars()
    _take_over(session, case, list(rivals))
    hold = case.hold if case.is_review else _held_for(session, case, revision)
    session.execute(
        update(Case)
        .where(col(Case.id) == case.id)
        .values(state=CaseState.OPEN, closed_at=None, revision=revision, hold=hold)
    )
    announce(session, EventType.CASE_OPENED, case.id, now=now)


def review_comment(session: Session, comment_id: UUID, *, reason: Reason | None, now: datetime) -> tuple[Case, bool]:
    """Put a public or restricted comment up for another look; give its case and whether it is new.

    Raises NotFound, and illegal_transition for one that waits already or was withdrawn.
    """
    comment = session.get(Comment, comment_id, with_for_update={"key_share": True})
    if comment is None:
        raise NotFound
    # Who reported the words is told what comes of it, so one look serves both.
    for kind in (CaseKind.COMMENT, CaseKind.REPORT):
        if standing := standing_review(session, comment_id, kind):
            return standing, False
    if comment.withdrawn_at is not None or not _is_settled(comment):
        raise Refused("illegal_transition")
    revision = comment.approved_revision or comment.current_revision
    holds = [Hold("review"), *([Hold(reason)] if reason else [])]
    return open_case(session, comment, revision, holds, is_review=True, now=now), True


def demand_comment(session: Session, comment_id: UUID) -> None:
    """Raise NotFound for what no comment has as its id."""
    if session.get(Comment, comment_id) is None:
        raise NotFound


def standing_review(session: Session, subject_id: UUID, kind: CaseKind) -> Case | None:
    """Give the open case of a kind about words that do not wait."""
    return session.exec(
        select(Case).where(col(Case.subject_id) == subject_id, IS_OPEN, col(Case.kind) == kind, col(Case.is_review))
    ).first()


def find_case(session: Session, case_id: UUID, identity: Identity) -> Any:
    """Give the row of a case that exists for somebody; raise NotFound, also where only editors may know of it."""
    case = _FOUND.first(session, {"case_id": case_id})
    if case is None:
        raise NotFound
    demand_known(case.kind, identity)
    return case


def demand_known(kind: CaseKind, identity: Identity) -> None:
    """Raise NotFound for a kind of case that does not exist for whoever is no editor."""
    if kind in EDITORIAL and not allows(identity, Permission.CASE_READ_EDITORIAL):
        raise NotFound


def lock_case(session: Session, case_id: UUID, identity: Identity) -> Any:
    """Lock a case with the open ones about the same subject and give its row; raise NotFound."""
    case = next((case for case in _LOCKED.rows(session, {"case_id": case_id}) if case.id == case_id), None)
    if case is None:
        raise NotFound
    demand_known(case.kind, identity)
    return case


def lock_cases(session: Session, subject_id: UUID, *, also: UUID | None = None) -> None:
    """Lock the open cases about a subject, and one that may be closed; objects of them are read as they stand now."""
    for row in _LOCK.rows(session, {"subject": subject_id, "also": also}):
        read_anew(session, Case, row.id)


def last_waited(session: Session, subject_id: UUID, revision: int, *, but: UUID | None = None) -> Case | None:
    """Give the newest case in which a revision ever waited, if there is one."""
    of_words = (col(Case.subject_id) == subject_id, col(Case.revision) == revision, col(Case.is_review).is_(False))
    others = [col(Case.id) != but] if but else []
    return session.exec(select(Case).where(*of_words, *others).order_by(col(Case.id).desc()).limit(1)).first()


def _held_for(session: Session, case: Case, revision: int) -> Sequence[dict[str, Any]]:
    """Give why words wait in a case again: what they were held for before, or that somebody asks for another look."""
    waited = case if revision == case.revision else last_waited(session, case.subject_id, revision, but=case.id)
    held = waited.hold if waited else None
    return held or ([Hold("review").as_json()] if case.kind is CaseKind.COMMENT else [])


def _is_settled(comment: Comment) -> bool:
    return comment.status in {"approved", "rejected", "spam"}


def _void(session: Session, case_ids: Sequence[UUID], *, now: datetime) -> None:
    session.execute(
        update(Report)
        .where(col(Report.case_id).in_(case_ids), REPORT_IS_OPEN)
        .values(state=ReportState.VOID, closed_at=now)
    )
    session.execute(
        update(Appeal)
        .where(col(Appeal.case_id).in_(case_ids), col(Appeal.state) == AppealState.OPEN)
        .values(state=AppealState.VOID, closed_at=now)
    )


def _take_over(session: Session, case: Case, rival_ids: Sequence[UUID]) -> None:
    if not rival_ids:
        return
    moved = session.execute(
        update(Report).where(col(Report.case_id).in_(rival_ids)).values(case_id=case.id).returning(col(Report.id))
    ).all()
    session.execute(
        update(Case).where(col(Case.id) == case.id).values(report_count=col(Case.report_count) + len(moved))
    )
