"""Refuse the words of those who may not write now."""

from sqlmodel import Session

from auth.restrictions import restriction_of
from forum.moderation.submissions import Finding, Submission
from models.errors import Refused


def screen_sanctions(session: Session, submission: Submission) -> Finding | None:
    """Raise sanctioned while a mute, suspension or ban is in force.

    The policy says so first; this is asked under the lock of the author, for a sanction of the same moment.
    """
    if restriction_of(session, submission.author_id, now=submission.now) is not None:
        raise Refused("sanctioned")
    return None
