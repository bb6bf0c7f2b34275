"""Hold the first words of somebody whom nobody here knows yet."""

from sqlmodel import Session, col, select

from forum.moderation.submissions import Finding, Hold, Submission
from forum.moderation.thresholds import thresholds
from models.comments import Comment, Status


def screen_new_author(session: Session, submission: Submission) -> Finding | None:
    """Let pass whoever has as many comments approved as the threshold says; a verified expert is known."""
    wanted = thresholds(session).first_comments
    if not wanted or submission.is_expert:
        return None
    approved = session.exec(
        select(Comment.id)
        .where(col(Comment.author_id) == submission.author_id, col(Comment.status) == Status.APPROVED)
        .limit(wanted)
    ).all()
    return Hold("new_author") if len(approved) < wanted else None
