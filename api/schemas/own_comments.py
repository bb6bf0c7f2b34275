"""Shape one's own comments, each with what was decided about it."""

from typing import Any, Protocol
from uuid import UUID

from api.schemas.comments import CommentOwn
from api.schemas.types import Answer, Instant
from models.cases import Decision
from models.instants import format_instant
from models.reversals import Remarks


class RemarkShown(Answer):
    """Show what a moderator says about a span of the text, counted in code points."""

    start: int
    end: int
    text: str


class DecisionForAuthor(Answer):
    """Show an author what was decided about their words; the note is written to them."""

    id: UUID
    revision: int
    verdict: str
    reason: str | None
    note: str | None
    automated: bool
    at: Instant
    remarks: list[RemarkShown]


class CommentListedOwn(CommentOwn):
    """Show one's own comment with the newest decision about it."""

    decision: DecisionForAuthor | None


class CommentOwnList(Answer):
    """Hold a page of one's own comments."""

    items: list[CommentListedOwn]
    next: str | None


class Decided(Protocol):
    """Stand for one's own words, a comment or an analysis, with what was decided about them."""

    @property
    def decision(self) -> Decision | None:
        """Give the newest decision."""

    @property
    def remarks(self) -> Remarks | None:
        """Give the remarks of that decision."""


def decision_for_author(view: Decided) -> dict[str, Any] | None:
    """Shape the newest decision for the author of the words that it is about."""
    decision = view.decision
    if decision is None:
        return None
    return {
        "id": str(decision.id),
        "revision": decision.revision,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "note": decision.note,
        "automated": decision.automated,
        "at": format_instant(decision.decided_at),
        "remarks": view.remarks.remarks if view.remarks else [],
    }
