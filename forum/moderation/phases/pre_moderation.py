"""Hold what the discussion's own setting does not let through unread."""

from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from models.articles import Moderation


def screen_pre_moderation(_: Session, submission: Submission) -> Finding | None:
    """Let pass under `post` only; whom a discussion trusts was let through before."""
    return None if submission.article.moderation is Moderation.POST else Hold("pre_moderation")
