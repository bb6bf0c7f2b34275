"""Count from scratch what the service keeps counted, so that a test can compare both."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from forum.moderation.chain import verify
from forum.moderation.tallies import tally_cases
from models.analyses import PUBLIC, Analysis
from models.articles import Article
from models.cases import Case, CaseKind, CaseState
from models.comments import Comment, Status
from models.reports import Report

START = datetime(2026, 1, 1, tzinfo=UTC)


def differences(session: Session) -> list[str]:
    """Name every count, listing and link that is not what the rows say; nothing where all is sound."""
    comments = list(session.exec(select(Comment)).all())
    found = [*_of_comments(comments), *_of_articles(session, comments), *_of_cases(session), *_of_tallies(session)]
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
    return [
        f"comment {comment.id}: {name} is {getattr(comment, name)}, not {value}"
        for comment in comments
        for name, value in expected[comment.id].items()
        if getattr(comment, name) != value
    ]


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
