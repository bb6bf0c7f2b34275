"""Hold what several accounts send in nearly the same words, as organised copying does."""

from collections import defaultdict
from datetime import timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import Select, bindparam, select, union_all
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
# Of each band so many times the accounts that make a campaign: who repeats themselves that often hides others.
CANDIDATES_AN_ACCOUNT = 6
_BAND, _REVISION = columns_of(TextBand), columns_of(CommentRevision)


def _newest_of(band: int) -> Select[tuple[object, object, int]]:
    """Select the newest revisions of others that share one band, whatever the size of the campaign."""
    like = (
        select(_BAND.author_id, _BAND.comment_id, _BAND.revision)
        .where(_BAND.value == bindparam(f"band_{band}"), _BAND.created_at > bindparam("since"))
        .where(_BAND.author_id != bindparam("author_id"))
        .order_by(_BAND.created_at.desc())
        .limit(bindparam("most"))
        .subquery()
    )
    return select(like.c.author_id, like.c.comment_id, like.c.revision)


_CANDIDATES = Plain(union_all(*map(_newest_of, range(BANDS))))
_BODY = Plain(
    select(_REVISION.body).where(
        _REVISION.comment_id == bindparam("comment_id"), _REVISION.number == bindparam("revision")
    )
)


def screen_campaign(session: Session, submission: Submission) -> Finding | None:
    """Count the other accounts that sent like texts of late; the index names candidates, their words decide."""
    wanted = thresholds(session).campaign_accounts
    if not wanted or not submission.bands:
        return None
    asked = {f"band_{band}": value for band, value in enumerate(submission.bands)} | {
        "since": submission.now - WINDOW,
        "author_id": submission.author_id,
        "most": CANDIDATES_AN_ACCOUNT * wanted,
    }
    candidates: defaultdict[UUID, set[tuple[UUID, int]]] = defaultdict(set)
    for row in _CANDIDATES.rows(session, asked):
        candidates[row.author_id].add((row.comment_id, row.revision))
    if len(candidates) < wanted:
        return None
    alike = (author for author, keys in candidates.items() if any(_is_alike(session, submission, key) for key in keys))
    return Hold("campaign") if len(list(islice(alike, wanted))) == wanted else None


def _is_alike(session: Session, submission: Submission, key: tuple[UUID, int]) -> bool:
    found = _BODY.rows(session, {"comment_id": key[0], "revision": key[1]})
    return any(likeness(submission.body, body) >= LEAST_LIKENESS for (body,) in found)
