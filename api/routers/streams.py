"""Serve streams of server-sent events: what changes under an article."""

from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Request
from sqlmodel import Session

from api.clients import Network
from api.deps import ForumRouter, ServicesHere
from api.pagination import PLAIN_NUMBER, Position
from api.schemas.changes import change_fields
from api.streams.channels import Batch, Slice
from api.streams.events import Event, batch
from api.streams.followers import BEAT_SECONDS
from api.streams.hub import Hub
from api.streams.serving import EventStream, Topic
from forum.articles import number_of
from forum.discussion.changes import changes_after
from models.database import Database

NEVER_GIVEN = -1

LastEventId = Annotated[str | None, Header(description="The last `id` that came; wins over `after`.")]
StartAfter = Annotated[Position | None, Query(description="Begin after this `seq` rather than now.")]

router = ForumRouter(prefix="/v1", tags=["streams"])


@router.get(
    "/articles/{article}/stream",
    status_code=200,
    response_class=EventStream,
    responses={200: {"description": "Events without end.", "content": {"text/event-stream": {}}}},
)
async def follow_article(
    request: Request,
    article: str,
    services: ServicesHere,
    network: Network,
    after: StartAfter = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Follow an article and its discussion: each change as an event whose `id` is its number."""
    article_id, newest = await services.database.lookup(number_of, article)
    hub: Hub = request.app.state.streams
    topic = Topic(article_id, partial(_read_article, services.database, article_id), network, beat=BEAT_SECONDS)
    return EventStream(hub, topic, start=start_after(last_event_id, after), newest=newest)


def start_after(last_event_id: str | None, after: int | None) -> int | None:
    """Give the number that a client has, nothing where it names none, and one that never was for a malformed id."""
    if not last_event_id:
        return after
    return int(last_event_id) if PLAIN_NUMBER.fullmatch(last_event_id) else NEVER_GIVEN


async def _read_article(database: Database, article_id: UUID, after: int) -> Slice:
    return await database.read(_article_slice, article_id, after)


def _article_slice(session: Session, article_id: UUID, after: int) -> Slice:
    _, seq, page = changes_after(session, str(article_id), after)
    if page is None:
        return Slice([], seq, more=False)
    by_number = groupby(change_fields(session, page.changes), itemgetter("seq"))
    batches = [Batch(number, batch(number, list(map(_event, fields)))) for number, fields in by_number]
    return Slice(batches, page.seq, page.more)


def _event(fields: dict[str, Any]) -> Event:
    return Event(fields["type"], fields)
