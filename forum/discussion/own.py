"""Read comments as their authors and moderators see them: in every state, with what waits and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from forum.moderation.cases import IS_OPEN
from models.cases import Case, Decision
from models.comments import Comment, CommentRevision, Status
from models.errors import NotFound
from models.pages import Key, Page, cut
from models.reversals import Remarks


@dataclass(frozen=True)
class OwnView:
    """Hold a comment with its newest words, the approved ones, the open case, the last decision and its remarks."""

    comment: Comment
    current: CommentRevision
    approved: CommentRevision | None
    case: Case | None
    decision: Decision | None
    remarks: Remarks | None

    @property
    def shown(self) -> CommentRevision:
        """Give what the public reads, or else the newest words."""
        return self.approved if self.approved and self.comment.status is Status.APPROVED else self.current

    @property
    def waiting(self) -> CommentRevision | None:
        """Give the edit that stands behind public words, unless they were taken back with it."""
        is_behind = self.shown is not self.current and self.comment.withdrawn_at is None
        return self.current if is_behind else None


def own_view(session: Session, comment_id: UUID) -> OwnView:
    """Give one comment whole; raise NotFound."""
    row = session.execute(_own_rows().where(col(Comment.id) == comment_id)).first()
    if row is None:
        raise NotFound
    return OwnView(*row)


def own_page(session: Session, author_id: UUID, *, after: Key | None, limit: int) -> Page[OwnView]:
    """Give a page of somebody's own comments, the newest first."""
    statement = _own_rows().where(col(Comment.author_id) == author_id)
    if after is not None:
        statement = statement.where(col(Comment.id) < UUID(str(after[0])))
    rows = session.execute(statement.order_by(col(Comment.id).desc()).limit(limit + 1)).all()
    return cut([OwnView(*row) for row in rows], limit, lambda view: (str(view.comment.id),))


def own_views(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, OwnView]:
    """Give comments whole, by their ids."""
    rows = session.execute(_own_rows().where(col(Comment.id).in_(comment_ids))).all()
    return {row[0].id: OwnView(*row) for row in rows}


@cache
def _own_rows() -> Any:
    # Put together once: that takes as long as to run it.
    current, approved = aliased(CommentRevision), aliased(CommentRevision)
    # That words behind an edit stay public is no news, and would hide why the edit was sent back.
    is_news = or_(
        col(Decision.status_from) != Status.APPROVED,
        col(Decision.status_to) != Status.APPROVED,
        col(Decision.revision) == col(Comment.current_revision),
    )
    newest = (
        select(func.max(col(Decision.number)))
        .where(col(Decision.subject_id) == col(Comment.id), is_news)
        .correlate(Comment)
        .scalar_subquery()
    )
    waits = and_(col(Case.subject_id) == col(Comment.id), IS_OPEN, col(Case.is_review).is_(False))
    return (
        select_columns(Comment, current, approved, Case, Decision, Remarks)
        .join(current, _is_revision(current, col(Comment.current_revision)))
        .outerjoin(approved, _is_revision(approved, col(Comment.approved_revision)))
        .outerjoin(Case, waits)
        .outerjoin(Decision, col(Decision.number) == newest)
        .outerjoin(Remarks, col(Remarks.decision_id) == col(Decision.id))
    )


def _is_revision(revision: type[CommentRevision], number: Any) -> Any:
    return and_(col(revision.comment_id) == col(Comment.id), col(revision.number) == number)
