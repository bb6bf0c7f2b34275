"""Shape what an expert published: each thing as its own route shows it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session

from api.schemas.analyses import AnalysisPublic
from api.schemas.changes import KINDS
from api.schemas.comments import CommentPublic
from api.schemas.types import Answer
from forum.feeds.publications import Listed
from models.publication import ChangeType


class PublicationPublic(Answer):
    """Show one thing that was published."""

    type: ChangeType
    comment: CommentPublic | None = None
    analysis: AnalysisPublic | None = None


class PublicationList(Answer):
    """Hold a page of what was published, the newest first."""

    items: list[PublicationPublic]
    next: str | None


def publication_fields(session: Session, listed: Sequence[Listed]) -> list[dict[str, Any]]:
    """Shape things in their order."""
    by_type: dict[ChangeType, list[UUID]] = {}
    for row in listed:
        by_type.setdefault(row.type, []).append(row.id)
    loaded = {kind: KINDS[kind].load(session, ids) for kind, ids in by_type.items()}
    return [{"type": row.type, str(row.type): KINDS[row.type].show(loaded[row.type][row.id])} for row in listed]
