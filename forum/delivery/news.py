"""Tell of what the public sees change: beside the number and the change row, whoever is to hear of it."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from forum.delivery.events import announce
from forum.publishing import publish_comment
from models.comments import Comment
from models.deliveries import EventType

_EVENTS: Mapping[int, EventType] = {
    1: EventType.COMMENT_APPROVED,
    0: EventType.COMMENT_UPDATED,
    -1: EventType.COMMENT_REMOVED,
}


def bring_comment_news(session: Session, comment: Comment, *, appears: int, now: datetime) -> None:
    """Publish that a comment appeared (1), went away (-1) or has other words (0), and tell of it."""
    publish_comment(session, comment, appears=appears, now=now)
    announce(session, _EVENTS[appears], comment.id, now=now)
