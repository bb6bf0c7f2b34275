"""Write what follows from a change that the public sees: the article's next number and the rows that bear it.

Everything public under an article happens under its row's lock, so numbers are handed out in commit order. Before it,
whoever changes several comments holds them, the newest id first: a reply stands before what it answers.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, exists, or_, select, update
from sqlmodel import Session, col

from forum.text.paths import ancestors_of
from models.analyses import Analysis, AnalysisRevision
from models.articles import Article
from models.base import columns_of
from models.comments import DEEPEST, Comment, CommentRevision, Status
from models.database import PUBLISHED
from models.plain import Plain
from models.publication import Change, ChangeType, OutboxJob
from models.upserts import insert_or_renew

# The kind of job that looks for the quotes of a text again.
ANCHORING = "anchoring"

_ARTICLE = columns_of(Article)
_RAISE = Plain(
    update(Article.__table__)  # type: ignore[attr-defined]
    .where(_ARTICLE.id == bindparam("article"))
    .values(
        seq=_ARTICLE.seq + 1,
        comment_count=_ARTICLE.comment_count + bindparam("comments"),
        analysis_count=_ARTICLE.analysis_count + bindparam("analyses"),
    )
    .returning(_ARTICLE.seq)
)

_COMMENT = columns_of(Comment)
_IS_PUBLIC = (_COMMENT.status == Status.APPROVED) & _COMMENT.withdrawn_at.is_(None)
_IS_ABOVE = _COMMENT.id.in_([bindparam(f"above_{place}", type_=_COMMENT.id.type) for place in range(DEEPEST)])
_HOLD = Plain(select(_COMMENT.id).where(_IS_ABOVE).order_by(_COMMENT.id.desc()).with_for_update(key_share=True))
_RECOUNT = Plain(
    update(Comment.__table__)  # type: ignore[attr-defined]
    .where(_IS_ABOVE)
    .values(
        descendant_count=_COMMENT.descendant_count + bindparam("appears"),
        reply_count=_COMMENT.reply_count + case((_COMMENT.id == bindparam("parent"), bindparam("appears")), else_=0),
        is_listed=_IS_PUBLIC | (_COMMENT.descendant_count + bindparam("appears") > 0),
    )
    .returning(_COMMENT.id, _IS_PUBLIC.label("is_public"))
)


def publish_change(
    session: Session,
    article_id: UUID,
    subjects: Iterable[tuple[ChangeType, UUID]],
    *,
    comments: int = 0,
    analyses: int = 0,
    now: datetime,
) -> int:
    """Raise the article's number by one for these subjects, and its counts by what came; give the number."""
    [raised] = _RAISE.rows(session, {"article": article_id, "comments": comments, "analyses": analyses})
    seq: int = raised.seq
    session.info.setdefault(PUBLISHED, {})[article_id] = seq
    for kind, subject in subjects:
        row = {"article_id": article_id, "subject_id": subject, "type": kind, "seq": seq, "changed_at": now}
        insert_or_renew(session, Change, row, key=("article_id", "subject_id"), renewed=("seq", "changed_at"))
    return seq


def publish_comment(session: Session, comment: Any, *, appears: int, now: datetime) -> int:
    """Publish that a comment appeared (1), went away (-1) or has other words (0); give the article's new number.

    Above it, counts follow, and a tombstone stays listed only while a public comment stands somewhere below it.
    """
    moved = _recount_ancestors(session, comment, appears) if appears and comment.parent_id else []
    subjects = [(ChangeType.COMMENT, subject) for subject in (comment.id, *moved)]
    return publish_change(session, comment.article_id, subjects, comments=appears, now=now)


def publish_withdrawal(session: Session, comment: Comment, *, now: datetime) -> None:
    """Publish that a tombstone now tells of a withdrawal; what never was public stays unknown."""
    is_known = exists().where(col(Change.article_id) == comment.article_id, col(Change.subject_id) == comment.id)
    if session.execute(select(is_known)).scalar_one():
        publish_comment(session, comment, appears=0, now=now)


def publish_analysis(session: Session, analysis: Analysis, *, appears: int, now: datetime) -> int:
    """Publish that an analysis appeared (1), went away (-1) or changed (0); give the article's new number."""
    subjects = [(ChangeType.ANALYSIS, analysis.id)]
    return publish_change(session, analysis.article_id, subjects, analyses=appears, now=now)


def order_anchoring(session: Session, text_id: UUID, *, now: datetime) -> None:
    """Order that the quotes of a text be looked for again, after the commit, where there are any."""
    in_comments = exists().where(col(CommentRevision.quoted_id) == text_id)
    in_analyses = exists().where(col(AnalysisRevision.quoted_id) == text_id)
    if session.execute(select(or_(in_comments, in_analyses))).scalar_one():
        session.add(OutboxJob(kind=ANCHORING, payload={"text_id": str(text_id)}, created_at=now, due_at=now))


def _recount_ancestors(session: Session, comment: Any, appears: int) -> list[UUID]:
    above = ancestors_of(comment.path)
    # Places that are left over name the root once more.
    named = {f"above_{place}": above[place] if place < len(above) else above[0] for place in range(DEEPEST)}
    # From below upwards, as whoever holds one of them comes to those above it.
    _HOLD.rows(session, named)
    ancestors = _RECOUNT.rows(session, {**named, "parent": comment.parent_id, "appears": appears})
    # A public ancestor further up looks as before; its parent shows another count, a tombstone may come or go.
    return [row.id for row in ancestors if row.id == comment.parent_id or not row.is_public]
