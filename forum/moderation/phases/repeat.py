"""Refuse what its author has just said in the same discussion, and hold what they said in another."""

from datetime import timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from forum.moderation.submissions import Finding, Hold, Submission
from models.comments import Comment, CommentRevision
from models.errors import Refused

REPEAT_WINDOW = timedelta(hours=24)
MOST_EARLIER = 20


_EARLIER = (
    select(Comment.article_id)
    .join(CommentRevision, col(CommentRevision.comment_id) == col(Comment.id))
    .where(
        col(CommentRevision.author_id) == bindparam("author_id"),
        col(CommentRevision.fingerprint) == bindparam("fingerprint"),
        col(CommentRevision.created_at) > bindparam("since"),
        col(Comment.id) != bindparam("comment_id"),
        col(Comment.withdrawn_at).is_(None),
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
    earlier = session.exec(_EARLIER, params=asked).all()
    if submission.article.id in earlier:
        raise Refused("duplicate_comment")
    return Hold("repeat") if earlier else None
