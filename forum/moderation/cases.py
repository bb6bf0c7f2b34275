"""Open cases, follow what their authors do, and show moderators what waits, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, tuple_, update
from sqlmodel import Session, col, select

from forum.moderation.subjects import Subject, load_subjects
from forum.moderation.submissions import Hold
from forum.moderation.transitions import allowed_verdicts
from models.cases import Case, CaseKind, CaseState, Reason, SubjectType, Verdict
from models.comments import Comment
from models.errors import NotFound, Refused
from models.pages import Key, Page, cut

DECISION_TIME = timedelta(hours=24)


@dataclass(frozen=True)
class CaseView:
    """Hold a case with the revision that it asks about, and the verdicts that it takes now."""

    case: Case
    subject: Subject
    allowed_verdicts: Sequence[Verdict]


@dataclass(frozen=True)
class CaseFilter:
    """Name which cases of the queue are wanted."""

    state: CaseState = CaseState.OPEN
    kind: CaseKind | None = None
    article_id: UUID | None = None
    claim: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Summary:
    """Count what waits."""

    open: dict[str, int]
    overdue: int
    oldest_opened_at: datetime | None


def open_case(
    session: Session, comment: Comment, revision: int, holds: Sequence[Hold], *, is_review: bool, now: datetime
) -> Case:
    """Put a revision before the moderators."""
    case = Case(
        kind=CaseKind.COMMENT,
        is_review=is_review,
        subject_type=SubjectType.COMMENT,
        subject_id=comment.id,
        article_id=comment.article_id,
        author_id=comment.author_id,
        revision=revision,
        hold=[hold.as_json() for hold in holds],
        opened_at=now,
        due_at=now + DECISION_TIME,
    )
    session.add(case)
    session.flush()
    return case


def raise_revision(session: Session, comment: Comment, revision: int, holds: Sequence[Hold], *, now: datetime) -> None:
    """Let the case that waits for the author's words ask about their new revision; open one where none waits."""
    raised = session.execute(
        update(Case)
        .where(
            col(Case.subject_id) == comment.id,
            col(Case.state) == CaseState.OPEN,
            col(Case.is_review).is_(False),
        )
        .values(revision=revision, hold=[hold.as_json() for hold in holds])
        .returning(col(Case.id))
    ).first()
    if raised is None:
        open_case(session, comment, revision, holds, is_review=False, now=now)


def void_cases(session: Session, subject_id: UUID, *, now: datetime) -> None:
    """Close every open case about something that went away or that another case has settled."""
    session.execute(
        update(Case)
        .where(col(Case.subject_id) == subject_id, col(Case.state) == CaseState.OPEN)
        .values(state=CaseState.VOID, closed_at=now)
    )


def review_comment(session: Session, comment_id: UUID, *, reason: Reason | None, now: datetime) -> tuple[Case, bool]:
    """Put a public or restricted comment up for another look; give its case and whether it is new.

    Raises NotFound, and illegal_transition for one that waits already or was withdrawn.
    """
    comment = session.get(Comment, comment_id, with_for_update=True)
    if comment is None:
        raise NotFound
    standing = session.exec(
        select(Case).where(col(Case.subject_id) == comment_id, col(Case.state) == CaseState.OPEN, col(Case.is_review))
    ).first()
    if standing is not None:
        return standing, False
    if comment.withdrawn_at is not None or not _is_settled(comment):
        raise Refused("illegal_transition")
    revision = comment.approved_revision or comment.current_revision
    holds = [Hold("review"), *([Hold(reason)] if reason else [])]
    return open_case(session, comment, revision, holds, is_review=True, now=now), True


def _is_settled(comment: Comment) -> bool:
    return comment.status in {"approved", "rejected", "spam"}


def find_case(session: Session, case_id: UUID) -> Case:
    """Give a case alone; raise NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound
    return case


def view_case(session: Session, case_id: UUID) -> CaseView:
    """Give one case with what it asks about; raise NotFound."""
    page = _views(session, [col(Case.id) == case_id], limit=1)
    if not page:
        raise NotFound
    return page[0]


def list_cases(session: Session, wanted: CaseFilter, *, after: Key | None, limit: int) -> Page[CaseView]:
    """Give a page of cases: open ones by rank, due time and id, others by id."""
    conditions = [col(Case.state) == wanted.state]
    if wanted.kind is not None:
        conditions.append(col(Case.kind) == wanted.kind)
    if wanted.article_id is not None:
        conditions.append(col(Case.article_id) == wanted.article_id)
    if wanted.claim is not None:
        conditions.append(wanted.claim)
    if after is not None:
        rank, due_at, case_id = after
        key = (int(rank), datetime.fromisoformat(str(due_at)), UUID(str(case_id)))
        conditions.append(tuple_(col(Case.queue_rank), col(Case.due_at), col(Case.id)) > tuple_(*key))
    return cut(_views(session, conditions, limit=limit + 1), limit, _key)


def summarize(session: Session, *, now: datetime) -> Summary:
    """Count the open cases by kind and the overdue ones, from the partial index of the queue."""
    rows = session.execute(
        select(
            col(Case.kind),
            func.count(),
            func.count().filter(col(Case.due_at) < now),
            func.min(col(Case.opened_at)),
        )
        .where(col(Case.state) == CaseState.OPEN)
        .group_by(col(Case.kind))
    ).all()
    counts = {kind.value: 0 for kind in CaseKind} | {row[0].value: row[1] for row in rows}
    return Summary(counts, sum(row[2] for row in rows), min((row[3] for row in rows), default=None))


def _key(view: CaseView) -> tuple[int, str, str]:
    return view.case.queue_rank, view.case.due_at.isoformat(), str(view.case.id)


def _views(session: Session, conditions: Sequence[ColumnElement[bool]], *, limit: int) -> list[CaseView]:
    cases = session.exec(
        select(Case).where(*conditions).order_by(col(Case.queue_rank), col(Case.due_at), col(Case.id)).limit(limit)
    ).all()
    subjects = load_subjects(session, cases)
    return [CaseView(case, subjects[case.id], _verdicts(case, subjects[case.id])) for case in cases]


def _verdicts(case: Case, subject: Subject) -> Sequence[Verdict]:
    if case.state is not CaseState.OPEN:
        return ()
    return allowed_verdicts(case.kind, subject.status if case.is_review else subject.revision_status)
