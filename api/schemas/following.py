"""Shape what people follow of their own and of their work: own changes, events of cases, tickets."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session

from api.languages import Language
from api.schemas.changes import Gone, gone_fields
from api.schemas.comments import own_fields
from api.schemas.notifications import NotificationPublic
from api.schemas.own_comments import CommentListedOwn, decision_for_author
from api.schemas.types import Answer
from forum.discussion.own import OwnView, own_views
from forum.discussion.own_changes import OwnChanged
from forum.inbox.reading import Told, told_by_id
from forum.moderation.events import Happened
from models.following import OwnType
from models.instants import format_instant


class OwnChangePublic(Answer):
    """Show one of one's own things as it is now."""

    seq: int
    type: OwnType
    comment: CommentListedOwn | None = None
    notification: NotificationPublic | Gone | None = None


class OwnChangeList(Answer):
    """Hold which of one's own things changed, and the number to go on after."""

    items: list[OwnChangePublic]
    seq: int
    more: bool


class TicketPublic(Answer):
    """Hold a ticket for one stream, good for so many seconds."""

    ticket: str
    expires_in: int


class Tongues(NamedTuple):
    """Hold the language of the answer, and that in which its reader is written to."""

    answer: Language
    reader: str


class OwnKind(NamedTuple):
    """Say how own things of a type are loaded, by one query, and how each is shown in the language of its owner."""

    load: Callable[[Session, Sequence[UUID]], Mapping[UUID, Any]]
    show: Callable[[Any, Tongues], dict[str, Any]]


def own_change_fields(session: Session, changes: Sequence[OwnChanged], tongues: Tongues) -> list[dict[str, Any]]:
    """Shape own changes in their order, by one query for each type among them."""
    by_type: dict[OwnType, list[UUID]] = {}
    for change in changes:
        by_type.setdefault(change.type, []).append(change.subject_id)
    loaded = {kind: OWN_KINDS[kind].load(session, ids) for kind, ids in by_type.items()}
    return [_fields(change, loaded[change.type].get(change.subject_id), tongues) for change in changes]


def event_fields(event: Happened) -> dict[str, Any]:
    """Shape an event of a case: where the case stands now, and none of anybody's words."""
    case = event.case
    until = case.claim_until
    return {
        "case_id": str(case.id),
        "kind": case.kind,
        "subject": {"type": case.subject_type, "id": str(case.subject_id), "revision": case.revision},
        "article_id": str(case.article_id) if case.article_id else None,
        "state": case.state,
        "priority": -case.queue_rank,
        "due_at": format_instant(case.due_at),
        "claim": {"by": str(case.claimed_by), "until": format_instant(until)} if until else None,
    }


def _fields(change: OwnChanged, thing: Any, tongues: Tongues) -> dict[str, Any]:
    shown = gone_fields(change.subject_id) if thing is None else OWN_KINDS[change.type].show(thing, tongues)
    return {"seq": change.position, "type": change.type, str(change.type): shown}


def _comment(view: OwnView, tongues: Tongues) -> dict[str, Any]:
    return {**own_fields(view, tongues.answer, is_author=True), "decision": decision_for_author(view)}


def _notification(told: Told, tongues: Tongues) -> dict[str, Any]:
    return NotificationPublic.of(told, tongues.reader).model_dump(mode="json")


OWN_KINDS: Mapping[OwnType, OwnKind] = {
    OwnType.COMMENT: OwnKind(own_views, _comment),
    OwnType.NOTIFICATION: OwnKind(told_by_id, _notification),
}
