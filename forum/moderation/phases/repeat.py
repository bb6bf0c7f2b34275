"""Refuse what its author has just said in the same discussion, and hold what they said in another."""

from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from models.base import columns_of
from models.comments import Comment, CommentRevision
from models.errors import Refused
from models.plain import Plain

REPEAT_WINDOW = timedelta(hours=24)
MOST_EARLIER = 20
_COMMENT, _REVISION = columns_of(Comment), columns_of(CommentRevision)
_EARLIER = Plain(
    select(_COMMENT.article_id)
    .where(
        _REVISION.comment_id == _COMMENT.id,
        _REVISION.author_id == bindparam("author_id"),
        _REVISION.fingerprint == bindparam("fingerprint"),
        _REVISION.created_at > bindparam("since"),
        _COMMENT.id != bindparam("comment_id"),
        _COMMENT.withdrawn_at.is_(None),
    )
    .limit(MOST_EARLIER)
)


def screen_repeat(session: Session, submission: Submission) -> Finding | None:
    """Compare by folded fingerprint with the author's other comments; raise duplicate_comment in one discussion."""
    asked = {
        "author_id": submission.author_id,
        "fingerprint": submission.fingerprint,
        "since": submission.now - REPEAT_WINDOW,
        "comment_id": submission.comment_id,
    }
    earlier = [row.article_id for row in _EARLIER.rows(session, asked)]
    if submission.article.id in earlier:
        raise Refused("duplicate_comment")
    return Hold("repeat") if earlier else None
