"""Hold what several accounts send in nearly the same words, as organised copying does."""

from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from forum.moderation.thresholds import thresholds
from forum.text.likeness import likeness
from models.base import columns_of
from models.comments import CommentRevision
from models.plain import execute_plain
from models.screening import TextBand

WINDOW = timedelta(hours=24)
LEAST_LIKENESS = 0.5
MOST_CANDIDATES = 40
_BAND, _REVISION = columns_of(TextBand), columns_of(CommentRevision)
_CANDIDATES = (
    select(_BAND.author_id, _REVISION.body)
    .where(
        _REVISION.comment_id == _BAND.comment_id,
        _REVISION.number == _BAND.revision,
        _BAND.value.in_(bindparam("bands", expanding=True)),
        _BAND.created_at > bindparam("since"),
        _BAND.author_id != bindparam("author_id"),
    )
    .order_by(_BAND.created_at.desc())
    .limit(MOST_CANDIDATES)
)


def screen_campaign(session: Session, submission: Submission) -> Finding | None:
    """Count the other accounts that sent like texts of late; the index names candidates, their words decide."""
    wanted = thresholds(session).campaign_accounts
    if not wanted or not submission.bands:
        return None
    asked = {
        "bands": list(submission.bands),
        "since": submission.now - WINDOW,
        "author_id": submission.author_id,
    }
    candidates = execute_plain(session, _CANDIDATES, asked).all()
    bodies = {row.author_id: row.body for row in candidates}
    if len(bodies) < wanted:
        return None
    alike = sum(likeness(submission.body, body) >= LEAST_LIKENESS for body in bodies.values())
    return Hold("campaign") if alike >= wanted else None
