"""Hold what the discussion's own setting does not let through unread."""

from sqlmodel import Session

from forum.moderation.submissions import Hold, Submission
from models.articles import Moderation


def screen_pre_moderation(_: Session, submission: Submission) -> Hold | None:
    """Let all pass under `post`, verified experts under `trusted`, nobody under `pre`."""
    moderation = submission.article.moderation
    passes = moderation is Moderation.POST or (moderation is Moderation.TRUSTED and submission.is_expert)
    return None if passes else Hold("pre_moderation")
