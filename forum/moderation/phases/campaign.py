"""Hold what several accounts send in nearly the same words, as organised copying does."""

from datetime import timedelta

from sqlalchemy import Select, bindparam, select, union
from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from forum.moderation.thresholds import thresholds
from forum.text.likeness import BANDS, likeness
from models.base import columns_of
from models.comments import CommentRevision
from models.plain import Plain
from models.screening import TextBand

WINDOW = timedelta(hours=24)
LEAST_LIKENESS = 0.5
MOST_CANDIDATES = 40
_BAND, _REVISION = columns_of(TextBand), columns_of(CommentRevision)


def _newest_of(band: int) -> Select[tuple[object, object, int]]:
    """Select the newest revisions of others that share one band, whatever the size of the campaign."""
    like = (
        select(_BAND.author_id, _BAND.comment_id, _BAND.revision)
        .where(_BAND.value == bindparam(f"band_{band}"), _BAND.created_at > bindparam("since"))
        .where(_BAND.author_id != bindparam("author_id"))
        .order_by(_BAND.created_at.desc())
        .limit(MOST_CANDIDATES)
        .subquery()
    )
    return select(like.c.author_id, like.c.comment_id, like.c.revision)


_LIKE = union(*map(_newest_of, range(BANDS))).subquery()
_CANDIDATES = Plain(
    select(_LIKE.c.author_id, _REVISION.body).where(
        _REVISION.comment_id == _LIKE.c.comment_id, _REVISION.number == _LIKE.c.revision
    )
)


def screen_campaign(session: Session, submission: Submission) -> Finding | None:
    """Count the other accounts that sent like texts of late; the index names candidates, their words decide."""
    wanted = thresholds(session).campaign_accounts
    if not wanted or not submission.bands:
        return None
    bands = {f"band_{band}": value for band, value in enumerate(submission.bands)}
    asked = {**bands, "since": submission.now - WINDOW, "author_id": submission.author_id}
    candidates = _CANDIDATES.rows(session, asked)
    alike = set()
    for author_id, body in candidates:
        if author_id not in alike and likeness(submission.body, body) >= LEAST_LIKENESS:
            alike.add(author_id)
        if len(alike) >= wanted:
            return Hold("campaign")
    return None
