"""Let verified experts through where the discussion trusts them."""

from sqlmodel import Session

from forum.moderation.submissions import Finding, Submission, Trust
from models.articles import Moderation


def screen_trusted_expert(_: Session, submission: Submission) -> Finding | None:
    """Trust verified experts under `trusted`."""
    is_trusted = submission.article.moderation is Moderation.TRUSTED and submission.is_expert
    return Trust() if is_trusted else None
