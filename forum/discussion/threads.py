"""Keep the one rule of who sees what, and read single comments and their revisions by it."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from auth.identity import Identity
from models.comments import Comment, CommentRevision, Status
from models.errors import NotFound
from models.gates import pass_gate
from models.pages import Key, Page, cut
from models.users import Role


def visible_to(viewer: Identity | None) -> ColumnElement[bool]:
    """Give the condition on Comment for what somebody may see: public words, one's own, all for moderators."""
    if viewer is None:
        return _public()
    if viewer.has_role(Role.MODERATOR):
        return true()
    return or_(_public(), col(Comment.author_id) == viewer.user_id)


def is_public(comment: Comment) -> bool:
    """Tell whether everybody sees the comment."""
    return comment.status is Status.APPROVED and comment.withdrawn_at is None


def is_visible(session: Session, viewer: Identity | None, comment_id: UUID) -> bool:
    """Tell whether a comment exists for somebody."""
    found = select(Comment.id).where(col(Comment.id) == comment_id, visible_to(viewer))
    return session.exec(found).first() is not None


def find_comment(session: Session, viewer: Identity | None, comment_id: UUID, *, is_held: bool = False) -> Comment:
    """Give a comment that exists for somebody, and keep it so until the commit where that is asked; raise NotFound."""
    if is_held:
        pass_gate(session, comment_id)
    comment = session.exec(select(Comment).where(col(Comment.id) == comment_id, visible_to(viewer))).first()
    if comment is None:
        raise NotFound
    return comment


def revisions_page(
    session: Session, viewer: Identity | None, comment_id: UUID, *, sees_all: bool, after: Key | None, limit: int
) -> Page[CommentRevision]:
    """Give a page of a comment's revisions in order: the approved ones, or all for its author and moderators."""
    find_comment(session, viewer, comment_id)
    statement = select(CommentRevision).where(col(CommentRevision.comment_id) == comment_id)
    if not sees_all:
        statement = statement.where(col(CommentRevision.status) == Status.APPROVED)
    if after is not None:
        statement = statement.where(col(CommentRevision.number) > int(after[0]))
    rows = session.exec(statement.order_by(col(CommentRevision.number)).limit(limit + 1)).all()
    return cut(rows, limit, lambda row: (row.number,))


def _public() -> ColumnElement[bool]:
    return and_(col(Comment.status) == Status.APPROVED, col(Comment.withdrawn_at).is_(None))
