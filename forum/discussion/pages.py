"""Read pages of the public thread: prepared statements over index ranges, rows as the driver gives them.

What a page costs depends on nothing but the page. The statements are made once, of plain columns without types, since
rows on their way to JSON need no objects between.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select, text, union_all
from sqlmodel import Session

from forum.discussion.sorting import Sort
from forum.discussion.threads import visible_to
from forum.text.paths import SEGMENT
from models.articles import Article
from models.base import columns_of
from models.comments import Comment, CommentRevision, Status
from models.errors import NotFound
from models.pages import Key, Page, cut
from models.plain import Plain
from models.raw import untyped

CommentRow = Any
Statement = Any

_COMMENT = columns_of(Comment)
_REVISION = columns_of(CommentRevision)
_ROOTS = Comment.__table__.alias("roots")  # type: ignore[attr-defined]
_ROOT = _ROOTS.c
_END = Comment.__table__.alias("ends").c  # type: ignore[attr-defined]
_PLACE = ("id", "article_id", "analysis_id", "parent_id", "root_id", "depth", "in_reply_to")
_STANDING = ("author_id", "status", "created_at", "published_at", "edited_at", "withdrawn_at")
_COUNTS = ("reply_count", "insightful_count", "agree_count", "disagree_count")
# The fields of a row of the thread, in this order: those of the comment, then those of its words.
COMMENT_FIELDS = (*_PLACE, *_STANDING, *_COUNTS)
_WORDS = ("number", "body", "body_html", "language", "direction", "kind", "quote")
WORD_FIELDS = (*_WORDS, "author_line", "disclosure", "anchor")
# Written out, since only then SQLite sees that the partial indexes of listed comments serve.
_IS_LISTED = text("comments.is_listed")
_IS_LISTED_ROOT = text("roots.is_listed AND roots.depth = 0")
# Sorts behind every digit of a path's segments, and so behind everything below a root.
_BEHIND = "~"
_SHOWN = (*(_COMMENT[name] for name in COMMENT_FIELDS), *(_REVISION[name] for name in WORD_FIELDS))


def _shown(*more: Any, source: Any = Comment.__table__) -> Statement:  # type: ignore[attr-defined]
    """Read comments wherever they stand; what is not public, or never was, has no words beside it."""
    is_public = and_(_COMMENT.status == Status.APPROVED, _COMMENT.withdrawn_at.is_(None))
    words = and_(_REVISION.comment_id == _COMMENT.id, _REVISION.number == _COMMENT.approved_revision, is_public)
    return select(*map(untyped, (*_SHOWN, *more))).select_from(source.outerjoin(CommentRevision.__table__, words))  # type: ignore[attr-defined]


def _by_path(path: Any) -> tuple[Statement, Statement]:
    first = _shown(path).where(_IS_LISTED, _COMMENT.thread_id == bindparam("thread_id"))
    later = first.where(path > bindparam("path"))
    return _page(first, path), _page(later, path)


def _by_rank() -> tuple[Statement, Statement]:
    """Go from root to root in order, and of each no further than a page reaches; then read the words of the page."""
    first = (
        select(_COMMENT.id, _ROOT.id.label("root_id"), _ROOT.rank.label("root_rank"), _COMMENT.path)
        .select_from(_ROOTS.join(Comment.__table__, _below_root(_COMMENT, before=_page_end())))  # type: ignore[attr-defined]
        .where(_IS_LISTED_ROOT, _IS_LISTED, _ROOT.thread_id == bindparam("thread_id"))
    )
    rank, root_id = bindparam("rank", type_=_ROOT.rank.type), bindparam("root_id", type_=_ROOT.id.type)
    # One range each: of ranks and ids in one condition the engines would read equal ranks from their first root, and
    # most roots of a long thread have the same. Each is cut at a page, or PostgreSQL would read all of the last one.
    ranges = (
        _rest_of_root(rank, root_id),
        _in_order(first.where(_ROOT.rank == rank, _ROOT.id > root_id)),
        _in_order(first.where(_ROOT.rank < rank)),
    )
    later = union_all(*(select(*each.subquery().c) for each in ranges))
    places = later.selected_columns
    return (
        _ranked(_in_order(first)),
        _ranked(_page(later, places.root_rank.desc(), places.root_id, places.path)),
    )


def _in_order(places: Statement) -> Statement:
    return _page(places, _ROOT.rank.desc(), _ROOT.id, _COMMENT.path)


def _rest_of_root(rank: Any, root_id: Any) -> Statement:
    """Go on below the root that the page before ended in, even where its rank has moved meanwhile."""
    rest = select(_COMMENT.id, root_id.label("root_id"), rank.label("root_rank"), _COMMENT.path).where(
        _IS_LISTED,
        _COMMENT.thread_id == bindparam("thread_id"),
        _COMMENT.path > bindparam("path"),
        _COMMENT.path < bindparam("behind"),
    )
    return _page(rest, _COMMENT.path)


def _below_root(columns: Any, *, before: Any) -> Any:
    return and_(columns.thread_id == _ROOT.thread_id, columns.path >= _ROOT.path, columns.path < before)


def _page_end() -> Any:
    """Give where a page that begins at a root ends within it, or else what sorts behind all of the root."""
    behind = _ROOT.path + _BEHIND
    end = select(_END.path).where(text("ends.is_listed"), _below_root(_END, before=behind)).order_by(_END.path)
    return func.coalesce(end.correlate(_ROOTS).limit(1).offset(bindparam("limit")).scalar_subquery(), behind)


def _ranked(places: Statement) -> Statement:
    page = places.subquery("page")
    order = (page.c.root_rank.desc(), page.c.root_id, page.c.path)
    source = page.join(Comment.__table__, page.c.id == _COMMENT.id)  # type: ignore[attr-defined]
    return _shown(page.c.root_rank, page.c.path, source=source).order_by(*order)


def _replies() -> tuple[Statement, Statement]:
    first = _shown().where(_IS_LISTED, _COMMENT.parent_id == bindparam("parent_id"))
    return _page(first, _COMMENT.id), _page(first.where(_COMMENT.id > bindparam("id")), _COMMENT.id)


def _page(statement: Statement, *order: Any) -> Statement:
    return statement.order_by(*order).limit(bindparam("limit"))


def _both(statements: tuple[Statement, Statement]) -> tuple[Plain, Plain]:
    first, later = statements
    return Plain(first), Plain(later)


# For each order the statement of the first page, and that of a page after a key.
_THREADS: dict[Sort, tuple[Plain, Plain]] = {
    Sort.CONVERSATION: _both(_by_path(_COMMENT.path)),
    Sort.NEWEST: _both(_by_path(_COMMENT.newest_path)),
    Sort.TOP: _both(_by_rank()),
}
_REPLIES = _both(_replies())
_BY_ID = _shown(_COMMENT.is_listed).where(_COMMENT.id.in_(bindparam("ids", expanding=True)))
_ONE = Plain(_shown().where(_COMMENT.id == bindparam("id"), visible_to(None)))
_NUMBER = Plain(select(columns_of(Article).seq).where(columns_of(Article).id == bindparam("id")))


def thread_page(session: Session, thread_id: UUID, *, sort: Sort, after: Key | None, limit: int) -> Page[CommentRow]:
    """Give a page of the public thread in display order, tombstones included."""
    values = {"thread_id": thread_id, "limit": limit + 1, **_after(sort, after)}
    rows = _THREADS[sort][after is not None].rows(session, values)
    return cut(rows, limit, lambda row: _key(row, sort))


def replies_page(session: Session, parent: Comment, *, after: Key | None, limit: int) -> tuple[int, Page[CommentRow]]:
    """Give the article's number and a page of the public direct replies to a comment, the oldest first."""
    number = _NUMBER.first(session, {"id": parent.article_id})
    if number is None:
        raise NotFound
    values = {"parent_id": parent.id, "limit": limit + 1}
    if after is not None:
        values["id"] = UUID(str(after[0]))
    rows = _REPLIES[after is not None].rows(session, values)
    return number.seq, cut(rows, limit, lambda row: (str(UUID(str(row.id))),))


def public_row(session: Session, comment_id: UUID) -> CommentRow | None:
    """Give a comment as everybody sees it, or nothing."""
    return _ONE.first(session, {"id": comment_id})


def rows_by_id(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, CommentRow]:
    """Give comments as everybody may see them, words of public ones only, and whether the thread lists them."""
    rows = session.connection().execute(_BY_ID, {"ids": list(comment_ids)}).all()
    return {UUID(str(row.id)): row for row in rows}


def _after(sort: Sort, after: Key | None) -> dict[str, Any]:
    if after is None:
        return {}
    if sort is Sort.TOP:
        path = str(after[2])
        return {"rank": int(after[0]), "root_id": UUID(str(after[1])), "path": path, "behind": path[:SEGMENT] + _BEHIND}
    return {"path": str(after[0])}


def _key(row: CommentRow, sort: Sort) -> tuple[str | int, ...]:
    if sort is Sort.TOP:
        return row.root_rank, str(row.root_id), row.path
    return (row.newest_path if sort is Sort.NEWEST else row.path,)
