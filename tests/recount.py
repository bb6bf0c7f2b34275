"""Count from scratch what the service keeps counted, so that a test can compare both."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from forum.moderation.chain import verify
from forum.moderation.tallies import tally_cases
from forum.moderation.transitions import allowed_verdicts
from models.analyses import PUBLIC, Analysis, AnalysisRevision, AnalysisStatus
from models.articles import Article
from models.cases import Case, CaseKind, CaseState
from models.comments import Comment, CommentRevision, Status
from models.experts import Application, ApplicationStatus
from models.reports import Report

START = datetime(2026, 1, 1, tzinfo=UTC)


def differences(session: Session) -> list[str]:
    """Name every count, listing and link that is not what the rows say; nothing where all is sound."""
    comments = list(session.exec(select(Comment)).all())
    found = [*_of_comments(comments), *_of_articles(session, comments), *_of_cases(session), *_of_tallies(session)]
    found += _of_questions(session, comments)
    verification = verify(session)
    if not verification.is_sound:
        found.append(f"chain broken at {verification.first_broken} after {verification.checked}")
    return found


def _of_comments(comments: list[Comment]) -> list[str]:
    public = {comment.id for comment in comments if _is_public(comment)}
    above = {comment.id: comment.parent_id for comment in comments}
    replies = Counter(comment.parent_id for comment in comments if comment.id in public)
    descendants: Counter[UUID] = Counter()
    for comment_id in public:
        parent = above[comment_id]
        while parent is not None:
            descendants[parent] += 1
            parent = above[parent]
    expected = {
        comment.id: {
            "reply_count": replies[comment.id],
            "descendant_count": descendants[comment.id],
            "is_listed": comment.id in public or descendants[comment.id] > 0,
        }
        for comment in comments
    }
    wrong = [
        f"comment {comment.id}: {name} is {getattr(comment, name)}, not {value}"
        for comment in comments
        for name, value in expected[comment.id].items()
        if getattr(comment, name) != value
    ]
    settled = {Status.APPROVED, Status.REJECTED, Status.SPAM}
    unread = [comment for comment in comments if comment.approved_revision and comment.status not in settled]
    return wrong + [f"comment {comment.id}: {comment.status} and approved at once" for comment in unread]


def _of_articles(session: Session, comments: list[Comment]) -> list[str]:
    public = Counter(comment.article_id for comment in comments if _is_public(comment))
    analyses = Counter(session.exec(select(Analysis.article_id).where(col(Analysis.status).in_(PUBLIC))).all())
    articles: Any = session.exec(select(Article)).all()
    return [
        f"article {article.id}: {name} is {getattr(article, name)}, not {counted[article.id]}"
        for article in articles
        for name, counted in (("comment_count", public), ("analysis_count", analyses))
        if getattr(article, name) != counted[article.id]
    ]


def _of_cases(session: Session) -> list[str]:
    reports = Counter(session.exec(select(Report.case_id)).all())
    cases = [case for case in session.exec(select(Case)).all() if case.kind is CaseKind.REPORT]
    wrong = [f"case {case.id}: report_count" for case in cases if case.report_count != reports[case.id]]
    open_cases = Counter((case.subject_id, case.kind, case.is_review) for case in cases if case.state == "open")
    return wrong + [f"cases {key}: {number} open" for key, number in open_cases.items() if number > 1]


def _of_questions(session: Session, comments: list[Comment]) -> list[str]:
    """Compare the open cases with what there is to ask: what waits has one, and each can be decided."""
    asked: dict[UUID, list[Case]] = {}
    for case in session.exec(select(Case).where(col(Case.state) == CaseState.OPEN)).all():
        asked.setdefault(case.subject_id, []).append(case)
    waiting = {**_waiting_comments(session, comments), **_waiting_analyses(session), **_waiting_applications(session)}
    found = []
    for subject_id in waiting.keys() | asked.keys():
        cases = asked.get(subject_id, [])
        about = [case.revision for case in cases if not case.is_review]
        expected = [waiting[subject_id]] if subject_id in waiting else []
        if about != expected:
            found.append(f"subject {subject_id}: cases ask about revisions {about} that wait, not {expected}")
    by_id = {comment.id: comment for comment in comments}
    reviews = [case for cases in asked.values() for case in cases if case.is_review]
    return found + [
        f"case {case.id}: {wrong}" for case in reviews if (wrong := _of_review(case, by_id[case.subject_id]))
    ]


def _of_review(case: Case, comment: Comment) -> str | None:
    """Say what is wrong with a case about words that do not wait."""
    standing = comment.approved_revision or comment.current_revision
    kinds = {
        Status.APPROVED: {CaseKind.COMMENT, CaseKind.REPORT},
        Status.REJECTED: {CaseKind.COMMENT, CaseKind.APPEAL},
        Status.SPAM: {CaseKind.COMMENT, CaseKind.APPEAL},
    }
    if comment.withdrawn_at is not None or case.kind not in kinds.get(comment.status, ()):
        return f"a review of kind {case.kind} about words that are {comment.status}, withdrawn {comment.withdrawn_at}"
    if case.revision != standing:
        return f"a review of revision {case.revision} where {standing} stands"
    return None if allowed_verdicts(case.kind, comment.status) else "no verdict is possible"


def _waiting_comments(session: Session, comments: list[Comment]) -> dict[UUID, int]:
    """Give the comments that wait, or have an edit that does, with the revision that is to be decided."""
    numbers = (col(CommentRevision.comment_id), col(CommentRevision.number))
    pending = session.execute(select(*numbers).where(col(CommentRevision.status) == Status.PENDING))
    edits = {tuple(row) for row in pending}
    return {
        comment.id: comment.current_revision
        for comment in comments
        if comment.withdrawn_at is None
        and (
            comment.status is Status.PENDING
            or (comment.status is Status.APPROVED and (comment.id, comment.current_revision) in edits)
        )
    }


def _waiting_analyses(session: Session) -> dict[UUID, int]:
    waiting = session.execute(
        select(col(Analysis.id), col(Analysis.current_revision))
        .join(
            AnalysisRevision,
            (col(AnalysisRevision.analysis_id) == col(Analysis.id))
            & (col(AnalysisRevision.number) == col(Analysis.current_revision)),
        )
        .where(
            col(Analysis.status).in_([AnalysisStatus.PENDING, AnalysisStatus.PUBLISHED]),
            col(AnalysisRevision.status) == AnalysisStatus.PENDING,
        )
    )
    return {row.id: row.current_revision for row in waiting}


def _waiting_applications(session: Session) -> dict[UUID, int]:
    pending = col(Application.status) == ApplicationStatus.PENDING
    waiting = session.execute(select(col(Application.id), col(Application.revision)).where(pending))
    return {row.id: row.revision for row in waiting}


def _of_tallies(session: Session) -> list[str]:
    cases = session.exec(select(Case).where(col(Case.state) == CaseState.OPEN)).all()
    now = max((case.due_at for case in cases), default=START) - timedelta(minutes=1)
    every, late = Counter(case.kind for case in cases), Counter(case.kind for case in cases if case.due_at < now)
    return [
        f"open cases of kind {kind}: {waiting}, not {every[kind]} and {late[kind]} late"
        for kind, waiting in tally_cases(session, now=now).items()
        if (waiting.open, waiting.overdue) != (every[kind], late[kind])
    ]


def _is_public(comment: Comment) -> bool:
    return comment.status is Status.APPROVED and comment.withdrawn_at is None
