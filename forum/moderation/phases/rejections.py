"""Hold the words of somebody whose last ones were rejected again and again."""

from datetime import timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from forum.moderation.submissions import Finding, Hold, Submission
from forum.moderation.thresholds import thresholds
from models.comments import Comment, Status

WINDOW = timedelta(days=30)


_RESTRICTED = (
    select(Comment.id)
    .where(
        col(Comment.author_id) == bindparam("author_id"),
        col(Comment.status).in_([Status.REJECTED, Status.SPAM]),
        col(Comment.created_at) > bindparam("since"),
    )
    .limit(bindparam("most"))
)


def screen_rejections(session: Session, submission: Submission) -> Finding | None:
    """Count what was rejected or taken for spam of what the author wrote of late."""
    most = thresholds(session).most_rejections
    if not most:
        return None
    asked = {"author_id": submission.author_id, "since": submission.now - WINDOW, "most": most}
    restricted = session.exec(_RESTRICTED, params=asked).all()
    return Hold("recent_rejections") if len(restricted) >= most else None
