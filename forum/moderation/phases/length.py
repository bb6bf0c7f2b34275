"""Hold what is too short to say anything, such as a lone dot or letter."""

from itertools import islice

from sqlmodel import Session

from forum.moderation.submissions import Finding, Hold, Submission
from forum.text.folding import fold

FEWEST_LETTERS = 2


def screen_length(_: Session, submission: Submission) -> Finding | None:
    """Count letters and digits of the folded text, no further than it takes."""
    letters = filter(str.isalnum, fold(submission.body[:200]))
    return Hold("too_short") if len(list(islice(letters, FEWEST_LETTERS))) < FEWEST_LETTERS else None
