"""Take readers' reports of public comments, weigh them, and tell reporters what came of them.

Reports of one comment share one case. Nobody but the reporter learns who reported.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from forum.moderation.cases import REPORT_IS_OPEN, lock_cases, open_case, standing_review
from forum.moderation.urgency import due_at
from models.base import new_id
from models.cases import Case, CaseKind, Reason, Verdict
from models.comments import Comment, Status
from models.errors import NotFound, Refused
from models.pages import Key, Page, cut
from models.reports import Report, ReportReason, ReportState

FULL_WEIGHT = 10


@dataclass(frozen=True)
class Complaint:
    """Hold what a reader says is wrong with a comment."""

    reason: ReportReason
    detail: str | None = None


def report_comment(
    session: Session, comment_id: UUID, complaint: Complaint, *, reporter_id: UUID, now: datetime
) -> tuple[Report, bool]:
    """Report a public comment; give the receipt and whether it is new (one's own open report stands).

    Raises NotFound, and illegal_transition for a comment that is not public.
    """
    lock_cases(session, comment_id)
    comment = session.get(Comment, comment_id, with_for_update={"key_share": True})
    if comment is None:
        raise NotFound
    if comment.status is not Status.APPROVED or comment.withdrawn_at is not None:
        raise Refused("illegal_transition")
    mine = col(Report.reporter_id) == reporter_id, col(Report.comment_id) == comment_id
    standing = session.exec(select(Report).where(*mine, REPORT_IS_OPEN)).first()
    if standing is not None:
        return standing, False
    weight = _weight(session, reporter_id)
    report = Report(
        id=new_id(),
        comment_id=comment_id,
        case_id=_join_case(session, comment, complaint, weight=weight, now=now).id,
        reporter_id=reporter_id,
        reason=complaint.reason,
        detail=complaint.detail,
        weight=weight,
        reported_at=now,
    )
    session.add(report)
    session.flush()
    return report, True


def reports_of(session: Session, reporter_id: UUID, *, after: Key | None, limit: int) -> Page[Report]:
    """Give a page of somebody's own reports, the newest first."""
    statement = select(Report).where(col(Report.reporter_id) == reporter_id)
    if after is not None:
        statement = statement.where(col(Report.id) < UUID(str(after[0])))
    rows = session.exec(statement.order_by(col(Report.id).desc()).limit(limit + 1)).all()
    return cut(rows, limit, lambda report: (str(report.id),))


def weight_of(upheld: int, dismissed: int) -> int:
    """Weigh a reporter's word by what came of it before: newcomers count in full, who cries wolf counts less."""
    return max(1, round(FULL_WEIGHT * (upheld + 1) / (upheld + dismissed + 1)))


def main_reason(session: Session, case: Case) -> Reason:
    """Give the reason that most reporters of a case named, the first one named among equals."""
    row = session.execute(
        select(col(Report.reason), func.count(), func.min(col(Report.reported_at)))
        .where(col(Report.case_id) == case.id, REPORT_IS_OPEN)
        .group_by(col(Report.reason))
        .order_by(func.count().desc(), func.min(col(Report.reported_at)), col(Report.reason))
        .limit(1)
    ).first()
    return Reason(row[0]) if row else Reason.OTHER


def close_reports(session: Session, case: Case, verdict: Verdict, *, now: datetime) -> None:
    """Tell the reporters of a case what came of it."""
    state = ReportState.DISMISSED if verdict is Verdict.DISMISS else ReportState.UPHELD
    session.execute(
        update(Report).where(col(Report.case_id) == case.id, REPORT_IS_OPEN).values(state=state, closed_at=now)
    )


def reopen_reports(session: Session, case: Case, *, closed_at: datetime) -> None:
    """Let the reports of a case wait again that its decision closed, unless their reporter has reported anew."""
    anew = select(col(Report.reporter_id)).where(col(Report.comment_id) == case.subject_id, REPORT_IS_OPEN)
    session.execute(
        update(Report)
        .where(
            col(Report.case_id) == case.id,
            col(Report.closed_at) == closed_at,
            col(Report.reporter_id).not_in(anew.scalar_subquery()),
        )
        .values(state=ReportState.OPEN, closed_at=None),
        execution_options={"synchronize_session": False},
    )


def _weight(session: Session, reporter_id: UUID) -> int:
    rows = session.execute(
        select(col(Report.state), func.count())
        .where(col(Report.reporter_id) == reporter_id)
        .group_by(col(Report.state))
    ).all()
    counts = {row[0]: row[1] for row in rows}
    return weight_of(counts.get(ReportState.UPHELD, 0), counts.get(ReportState.DISMISSED, 0))


def _join_case(session: Session, comment: Comment, complaint: Complaint, *, weight: int, now: datetime) -> Case:
    """Give the open case about reports of a comment, made more urgent by one more of them."""
    case = standing_review(session, comment.id, CaseKind.REPORT)
    if case is None:
        revision = comment.approved_revision or comment.current_revision
        reasons = [complaint.reason]
        case = open_case(session, comment, revision, [], is_review=True, kind=CaseKind.REPORT, reasons=reasons, now=now)
    session.execute(
        update(Case)
        .where(col(Case.id) == case.id)
        .values(
            report_count=col(Case.report_count) + 1,
            queue_rank=col(Case.queue_rank) - weight,
            due_at=min(case.due_at, due_at(CaseKind.REPORT, [complaint.reason], now=now)),
        )
    )
    return case
