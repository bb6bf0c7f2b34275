"""Find where a comment goes, and make its row at that place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import demand
from forum.articles import hold_discussion
from forum.discussion.authors import Author
from forum.discussion.threads import find_comment, is_public
from forum.text.paths import newest_first, segment_of
from models.analyses import PUBLIC, Analysis, AnalysisStatus
from models.articles import DiscussionState
from models.base import new_id
from models.comments import DEEPEST, Comment, Status
from models.errors import Invalid, NotFound, Refused
from models.plain import Insertion

COMMENTS = Insertion(Comment)


@dataclass(frozen=True)
class Place:
    """Name where a comment goes: below an article, an analysis of it, or another comment; and what that takes."""

    article_id: UUID
    parent_id: UUID | None = None
    analysis_id: UUID | None = None
    asks: Permission = Permission.COMMENT_POST


def place_comment(
    session: Session, place: Place, author: Author, *, identity: Identity, now: datetime
) -> tuple[Any, Any]:
    """Give the rows of a new comment and of its article; what it goes below is held, so that it is there until then.

    Raises NotFound for an article, analysis or parent that the author cannot see, Forbidden where others discuss,
    Invalid for a parent that stands below another analysis, discussion_closed and parent_not_public.
    """
    article = hold_discussion(session, place.article_id)
    demand(identity, place.asks, article)
    parent = _parent(session, article.id, place.parent_id, identity) if place.parent_id else None
    analysis_id = _analysis(session, place, parent)
    _demand_open(article, now=now)
    return _placed(article, analysis_id, parent, author, now=now), article


def _demand_open(article: Any, *, now: datetime) -> None:
    is_over = article.closes_at is not None and article.closes_at <= now
    if article.discussion_state is DiscussionState.CLOSED or is_over:
        raise Refused("discussion_closed")


def _parent(session: Session, article_id: UUID, parent_id: UUID, identity: Identity) -> Comment:
    parent = find_comment(session, identity, parent_id, is_held=True)
    if parent.article_id != article_id:
        raise NotFound
    if not is_public(parent):
        raise Refused("parent_not_public")
    return parent


def _analysis(session: Session, place: Place, parent: Comment | None) -> UUID | None:
    """Give the analysis below which a comment goes, if there is one; retracted ones take no new words."""
    analysis_id = parent.analysis_id if parent else place.analysis_id
    if place.analysis_id not in {None, analysis_id}:
        raise Invalid("/analysis_id", "not_allowed")
    if analysis_id is None:
        return None
    is_held = {"read": True, "key_share": True}
    analysis = session.get(Analysis, analysis_id, with_for_update=is_held, populate_existing=True)
    if analysis is None or analysis.article_id != place.article_id or analysis.status not in PUBLIC:
        raise NotFound
    if analysis.status is AnalysisStatus.RETRACTED:
        raise Refused("discussion_closed")
    return analysis_id


def _placed(article: Any, analysis_id: UUID | None, parent: Comment | None, author: Author, *, now: datetime) -> Any:
    """Make the row of the comment at its place; below the deepest level it stands beside the one that it answers."""
    comment_id = new_id()
    above = parent
    beside = parent is not None and parent.depth == DEEPEST
    path = segment_of(comment_id)
    if parent is not None:
        path = (parent.path[: -len(path)] if beside else parent.path) + path
    return COMMENTS.row(
        id=comment_id,
        article_id=article.id,
        analysis_id=analysis_id,
        thread_id=analysis_id or article.id,
        parent_id=(above.parent_id if beside else above.id) if above else None,
        root_id=above.root_id if above else comment_id,
        in_reply_to=parent.id if parent and beside else None,
        depth=min(parent.depth + 1, DEEPEST) if parent else 0,
        path=path,
        newest_path=newest_first(path),
        author_id=author.id,
        status=Status.PENDING,
        created_at=now,
    )
