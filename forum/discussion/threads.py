"""Read discussions: the one rule of who sees what, the page of a thread, one comment and its revisions."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, true, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from auth.identity import Identity
from models.articles import Article
from models.comments import Comment, CommentRevision, Status
from models.errors import NotFound
from models.pages import Key, Page, cut
from models.users import Role

CommentRow = Row[Any]


class Sort(StrEnum):
    """Name the orders of a thread's roots; replies stay under their root in conversation order."""

    CONVERSATION = "conversation"
    NEWEST = "newest"
    TOP = "top"


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


def find_comment(session: Session, viewer: Identity | None, comment_id: UUID) -> Comment:
    """Give a comment that exists for somebody; raise NotFound."""
    comment = session.exec(select(Comment).where(col(Comment.id) == comment_id, visible_to(viewer))).first()
    if comment is None:
        raise NotFound
    return comment


def thread_page(session: Session, thread_id: UUID, *, sort: Sort, after: Key | None, limit: int) -> Page[CommentRow]:
    """Give a page of the public thread in display order, tombstones included.

    One statement over one index range: what the page costs depends on nothing but the page.
    """
    statement = _top_rows(thread_id, after) if sort is Sort.TOP else _path_rows(thread_id, sort, after)
    rows = session.execute(statement.limit(limit + 1)).all()
    return cut(rows, limit, lambda row: _thread_key(row, sort))


def replies_page(
    session: Session, viewer: Identity | None, parent_id: UUID, *, after: Key | None, limit: int
) -> tuple[int, Page[CommentRow]]:
    """Give the article's number and a page of the public direct replies to a comment, oldest first."""
    parent = session.execute(
        select(col(Article.seq))
        .join(Comment, col(Comment.article_id) == col(Article.id))
        .where(col(Comment.id) == parent_id, visible_to(viewer))
    ).scalar_one_or_none()
    if parent is None:
        raise NotFound
    statement = _listed_rows().where(col(Comment.parent_id) == parent_id)
    if after is not None:
        statement = statement.where(col(Comment.id) > UUID(str(after[0])))
    rows = session.execute(statement.order_by(col(Comment.id)).limit(limit + 1)).all()
    return parent, cut(rows, limit, lambda row: (str(row.id),))


def public_row(session: Session, comment_id: UUID) -> CommentRow | None:
    """Give a comment as everybody sees it, or nothing."""
    return session.execute(_approved_rows().where(col(Comment.id) == comment_id, _public())).first()


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


def _of(revision: type[CommentRevision]) -> ColumnElement[bool]:
    return col(revision.comment_id) == col(Comment.id)


def _approved_rows() -> Any:
    is_shown = and_(
        col(CommentRevision.comment_id) == col(Comment.id),
        col(CommentRevision.number) == col(Comment.approved_revision),
    )
    return select_columns(*PUBLIC_COLUMNS).select_from(Comment).join(CommentRevision, is_shown)


def _listed_rows() -> Any:
    return _approved_rows().where(col(Comment.is_listed))


def _path_rows(thread_id: UUID, sort: Sort, after: Key | None) -> Any:
    path = col(Comment.newest_path if sort is Sort.NEWEST else Comment.path)
    statement = _listed_rows().where(col(Comment.thread_id) == thread_id)
    if after is not None:
        statement = statement.where(path > str(after[0]))
    return statement.order_by(path)


def _top_rows(thread_id: UUID, after: Key | None) -> Any:
    root = aliased(Comment)
    rank = col(root.rank)
    statement = (
        _listed_rows()
        .add_columns(rank.label("root_rank"))
        .join(root, col(root.id) == col(Comment.root_id))
        .where(col(root.thread_id) == thread_id, col(root.depth) == 0, col(root.is_listed))
    )
    if after is not None:
        last_rank, root_id, path = int(after[0]), UUID(str(after[1])), str(after[2])
        is_later = tuple_(col(root.id), col(Comment.path)) > tuple_(root_id, path)
        statement = statement.where(or_(rank < last_rank, and_(rank == last_rank, is_later)))
    return statement.order_by(rank.desc(), col(root.id), col(Comment.path))


def _thread_key(row: CommentRow, sort: Sort) -> tuple[str | int, ...]:
    if sort is Sort.TOP:
        return row.root_rank, str(row.root_id), row.path
    return (row.newest_path if sort is Sort.NEWEST else row.path,)


PUBLIC_COLUMNS = (
    col(Comment.id),
    col(Comment.article_id),
    col(Comment.analysis_id),
    col(Comment.parent_id),
    col(Comment.root_id),
    col(Comment.depth),
    col(Comment.in_reply_to),
    col(Comment.author_id),
    col(Comment.status),
    col(Comment.path),
    col(Comment.newest_path),
    col(Comment.reply_count),
    col(Comment.insightful_count),
    col(Comment.agree_count),
    col(Comment.disagree_count),
    col(Comment.created_at),
    col(Comment.published_at),
    col(Comment.edited_at),
    col(Comment.withdrawn_at),
    col(CommentRevision.number),
    col(CommentRevision.body),
    col(CommentRevision.body_html),
    col(CommentRevision.language),
    col(CommentRevision.direction),
    col(CommentRevision.kind),
    col(CommentRevision.quote),
    col(CommentRevision.author_line),
    col(CommentRevision.disclosure),
)
