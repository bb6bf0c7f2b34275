"""Tell of what the public sees change: beside the number and the change row, whoever is to hear of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from forum.delivery.events import announce
from forum.delivery.interest import interest_in, tell_of_analysis, tell_of_comment
from forum.publishing import order_anchoring, publish_analysis, publish_comment
from models.analyses import Analysis
from models.deliveries import EventType

_EVENTS: Mapping[int, EventType] = {
    1: EventType.COMMENT_APPROVED,
    0: EventType.COMMENT_UPDATED,
    -1: EventType.COMMENT_REMOVED,
}


def announce_new_comment(session: Session, comment: Any, *, now: datetime) -> None:
    """Tell other systems of a comment, an object or a row, that was written just now, whether it waits or not."""
    if interest_in(session, comment).is_listened_to:
        announce(session, EventType.COMMENT_CREATED, comment.id, now=now)


def bring_comment_news(session: Session, comment: Any, *, appears: int, body: str | None = None, now: datetime) -> None:
    """Publish that a comment appeared (1), went away (-1) or has other words (0), and tell of it.

    `comment` is an object or a row, and `body` what the public reads now, if anything.
    """
    publish_comment(session, comment, appears=appears, now=now)
    if body is not None:
        tell_of_comment(session, comment, body, is_new=appears > 0, now=now)
    announce(session, _EVENTS[appears], comment.id, now=now)


def bring_analysis_news(
    session: Session, analysis: Analysis, event: EventType, *, appears: int = 0, now: datetime
) -> None:
    """Publish that an analysis appeared (1), went away (-1) or changed (0), tell of it, and look for its quotes."""
    publish_analysis(session, analysis, appears=appears, now=now)
    if appears > 0:
        tell_of_analysis(session, analysis, now=now)
    announce(session, event, analysis.id, now=now)
    if appears >= 0:
        order_anchoring(session, analysis.id, now=now)
