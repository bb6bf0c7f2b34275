"""Hold what links a lot, or says that a link leads elsewhere than it does."""

from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from forum.moderation.thresholds import thresholds
from forum.text.anchors import Anchor, anchors


def screen_links(session: Session, submission: Submission) -> Finding | None:
    """Look at the links as they are rendered."""
    if misleading := screen_misleading_links(submission.body, submission.body_html):
        return misleading
    found = anchors(submission.body_html)
    return Hold("many_links", _places(submission.body, found)) if len(found) > thresholds(session).most_links else None


def screen_misleading_links(body: str, body_html: str) -> Hold | None:
    """Hold a text whose links say that they lead elsewhere than they do."""
    misleading = [anchor for anchor in anchors(body_html) if anchor.is_misleading]
    return Hold("misleading_link", _places(body, misleading)) if misleading else None


def _places(body: str, found: list[Anchor]) -> tuple[tuple[int, int], ...]:
    """Find each link's text in the source, one after the other; what is written differently there has no place."""
    places, at = [], 0
    for anchor in found:
        start = body.find(anchor.text, at)
        if anchor.text and start >= 0:
            at = start + len(anchor.text)
            places.append((start, at))
    return tuple(places)
