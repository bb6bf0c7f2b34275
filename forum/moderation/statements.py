"""State the reasons of a restriction to the author of the words, at the moment of each.

Follows Article 17 of Regulation (EU) 2022/2065. Everything is read from the log, so that a statement cannot differ
from what was decided.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from forum.moderation.appeals import APPEAL_WINDOW, RESTRICTED, appeal_against, decisions_in_force
from models.cases import Case, Decision
from models.comments import Comment, Status
from models.errors import NotFound

Restriction = Literal["removed", "not_published", "edit_not_published", "changes_requested"]
# What a machine found in the text; any other hold is a rule of the place or a person's word.
FOUND_BY_MACHINE = frozenset(
    {"too_short", "repeat", "campaign", "rule", "misleading_link", "many_links", "outside_finding"}
)


@dataclass(frozen=True)
class Statement:
    """Hold the decision that restricts, what it restricts, who found the matter, and until when one may appeal."""

    decision: Decision
    restriction: Restriction
    is_detected: bool
    is_appealable: bool
    appeal_until: datetime | None


def statement_of(session: Session, comment_id: UUID) -> Statement:
    """Give the reasons for the restriction of a comment that is in force; raise NotFound where none is."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.withdrawn_at is not None:
        raise NotFound
    if comment.status in RESTRICTED:
        return _of_removal(session, comment)
    return _of_revision(session, comment)


def _of_removal(session: Session, comment: Comment) -> Statement:
    """State why a comment is not public; a confirmation later on does not begin anything anew."""
    decisions = decisions_in_force(session, comment)
    if not decisions:
        raise NotFound
    first = decisions[-1]
    may_appeal = appeal_against(session, decisions) is None
    was_public = first.status_from == Status.APPROVED
    return Statement(
        decision=first,
        restriction="removed" if was_public else "not_published",
        is_detected=_is_detected(session, first),
        is_appealable=True,
        appeal_until=first.decided_at + APPEAL_WINDOW if may_appeal else None,
    )


def _of_revision(session: Session, comment: Comment) -> Statement:
    """State why the newest words are not published, where they were sent back or an edit was refused."""
    # What is decided about the public words meanwhile, as that a report of them is dismissed, leaves these as they are.
    about_newest = col(Decision.subject_id) == comment.id, col(Decision.revision) == comment.current_revision
    newest = session.exec(select(Decision).where(*about_newest).order_by(col(Decision.number).desc()).limit(1)).first()
    if newest is None or newest.status_to not in {*RESTRICTED, Status.CHANGES_REQUESTED}:
        raise NotFound
    is_sent_back = newest.status_to == Status.CHANGES_REQUESTED
    return Statement(
        decision=newest,
        restriction="changes_requested" if is_sent_back else "edit_not_published",
        is_detected=_is_detected(session, newest),
        is_appealable=False,
        appeal_until=None,
    )


def _is_detected(session: Session, decision: Decision) -> bool:
    case = session.get(Case, decision.case_id) if decision.case_id else None
    if case is None:
        return decision.automated
    return any(hold["code"] in FOUND_BY_MACHINE for hold in case.hold)
