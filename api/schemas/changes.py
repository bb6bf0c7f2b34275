"""Shape what changed under an article: one table says how each type of thing is read and shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlmodel import Session

from api.schemas.analyses import AnalysisPublic
from api.schemas.analyses import public_fields as analysis_fields
from api.schemas.articles import ArticlePublic
from api.schemas.comments import CommentPublic, public_fields
from api.schemas.types import Answer
from forum.analyses.reading import public_views
from forum.articles import articles_by_id
from forum.discussion.changes import Changed
from forum.discussion.pages import rows_by_id
from models.publication import ChangeType


class Gone(Answer):
    """Name a thing that is nowhere to be read any more."""

    id: UUID
    tombstone: Literal["removed"]


class ChangePublic(Answer):
    """Show one thing as it is now; a client drops what is not `listed`, as the thread does."""

    seq: int
    type: ChangeType
    listed: bool
    comment: CommentPublic | None = None
    analysis: AnalysisPublic | Gone | None = None
    article: ArticlePublic | None = None


class ChangeList(Answer):
    """Hold what changed, and the number to go on after; `more` says that it can be asked for at once."""

    items: list[ChangePublic]
    seq: int
    more: bool


class Reset(Answer):
    """Say that the number is not one that was given for this, so that a client begins anew with `after=0`."""

    reset: Literal[True]


class Kind(NamedTuple):
    """Say how things of a type are loaded, by one query for all, and how each is shown.

    What is not loaded is gone.
    """

    load: Callable[[Session, Sequence[UUID]], Mapping[UUID, Any]]
    show: Callable[[Any], dict[str, Any]]
    is_listed: Callable[[Any], bool] = lambda _: True


KINDS: Mapping[ChangeType, Kind] = {
    ChangeType.ANALYSIS: Kind(public_views, analysis_fields),
    ChangeType.ARTICLE: Kind(articles_by_id, lambda article: ArticlePublic.of(article).model_dump(mode="json")),
    ChangeType.COMMENT: Kind(rows_by_id, public_fields, lambda row: bool(row.is_listed)),
}


def change_fields(session: Session, changes: Sequence[Changed]) -> list[dict[str, Any]]:
    """Shape changes in their order, by one query for each type among them."""
    by_type: dict[ChangeType, list[UUID]] = {}
    for change in changes:
        by_type.setdefault(change.type, []).append(change.subject_id)
    loaded = {kind: KINDS[kind].load(session, ids) for kind, ids in by_type.items()}
    return [_fields(change, loaded[change.type].get(change.subject_id)) for change in changes]


def gone_fields(subject_id: UUID) -> dict[str, Any]:
    """Shape what is left of a thing that is nowhere to be read any more."""
    return {"id": str(subject_id), "tombstone": "removed"}


def _fields(change: Changed, thing: Any) -> dict[str, Any]:
    kind = KINDS[change.type]
    is_gone = thing is None
    return {
        "seq": change.seq,
        "type": change.type,
        "listed": not is_gone and kind.is_listed(thing),
        str(change.type): gone_fields(change.subject_id) if is_gone else kind.show(thing),
    }
