"""Hold the words of somebody whose last ones were rejected again and again."""

from datetime import timedelta

from sqlalchemy import bindparam, select, text
from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from forum.moderation.thresholds import thresholds
from models.base import columns_of
from models.comments import RESTRICTED, Comment
from models.plain import Plain

WINDOW = timedelta(days=30)
_COMMENT = columns_of(Comment)
_RESTRICTED = Plain(
    select(_COMMENT.id)
    .where(
        _COMMENT.author_id == bindparam("author_id"),
        text(RESTRICTED),
        _COMMENT.created_at > bindparam("since"),
    )
    .limit(bindparam("most"))
)


def screen_rejections(session: Session, submission: Submission) -> Finding | None:
    """Count what was rejected or taken for spam of what the author wrote of late."""
    most = thresholds(session).most_rejections
    if not most:
        return None
    asked = {"author_id": submission.author_id, "since": submission.now - WINDOW, "most": most}
    restricted = _RESTRICTED.rows(session, asked)
    return Hold("recent_rejections") if len(restricted) >= most else None
