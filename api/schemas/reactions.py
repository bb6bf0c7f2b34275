"""Shape one's own reactions."""

from uuid import UUID

from api.schemas.types import Answer
from models.comments import ReactionKind


class ReactionOwn(Answer):
    """Show that one reacted to a comment."""

    comment_id: UUID
    kind: ReactionKind


class ReactionOwnList(Answer):
    """Hold a page of one's own reactions."""

    items: list[ReactionOwn]
    next: str | None
