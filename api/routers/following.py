"""Serve what people follow of their own and of their work: own changes, tickets, the moderators' stream."""

from functools import partial
from itertools import groupby
from typing import Annotated

import orjson
from fastapi import Depends, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, Viewer, requires
from api.pagination import Limit
from api.routers.changes import RESET, After
from api.routers.streams import LastEventId, start_after
from api.schemas.changes import Reset
from api.schemas.following import OwnChangeList, TicketPublic, Tongues, event_fields, own_change_fields
from api.services import Services
from api.streams.channels import Batch, Slice
from api.streams.events import Event, batch
from api.streams.hub import Hub
from api.streams.serving import EventStream, Topic
from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows, demand
from auth.sessions import identity_of
from auth.tickets import LIFETIME, issue_ticket, redeem_ticket
from forum.discussion.own_changes import own_changes_after
from forum.moderation.events import events_after, is_known, newest_position
from models.database import Database
from models.errors import ForumError

OWN_PAGE = 50
# Whoever lost the right to follow is told nothing more, and hears of it within this.
BEAT_SECONDS = 5.0

router = ForumRouter(prefix="/v1", tags=["following"])


@router.get("/me/changes", response_model=OwnChangeList | Reset)
async def read_own_changes(
    request: Request,
    identity: Annotated[SignedIn, requires(Permission.CHANGES_READ_OWN)],
    language: AnswerLanguage,
    services: ServicesHere,
    after: After = 0,
    limit: Limit = OWN_PAGE,
) -> Response:
    """Read which of one's own things changed since a number, each once, as it is now."""

    def verb(session: Session) -> bytes:
        page = own_changes_after(session, identity.user_id, after, limit=limit)
        if page is None:
            return RESET
        items = own_change_fields(session, page.changes, Tongues(language, identity.locale))
        return orjson.dumps({"items": items, "seq": page.position, "more": page.more})

    return Response(await services.database.read(verb), media_type="application/json")


@router.post("/auth/stream-ticket", response_model=TicketPublic)
async def give_ticket(
    identity: Annotated[SignedIn, requires(Permission.MODERATION_FOLLOW)], services: ServicesHere, now: Now
) -> TicketPublic:
    """Get a ticket that opens the moderators' stream once within a minute, for clients that cannot send headers."""
    ticket = await services.database.write_briefly(issue_ticket, identity, now=now)
    return TicketPublic(ticket=ticket, expires_in=int(LIFETIME.total_seconds()))


async def follower_of_cases(
    viewer: Viewer,
    services: ServicesHere,
    now: Now,
    ticket: Annotated[str | None, Query(max_length=100, description="Of POST /v1/auth/stream-ticket.")] = None,
) -> Identity:
    """Give who follows, by their token or else by a ticket; raise what keeps them from it."""
    identity = viewer
    if identity is None and ticket is not None:
        identity = await services.database.write_briefly(redeem_ticket, ticket, now=now)
    demand(identity, Permission.MODERATION_FOLLOW)
    assert identity is not None  # noqa: S101
    return identity


follower_of_cases.permission = Permission.MODERATION_FOLLOW  # type: ignore[attr-defined]


@router.get(
    "/moderation/stream",
    status_code=200,
    response_class=EventStream,
    responses={200: {"description": "Events without end.", "content": {"text/event-stream": {}}}},
)
async def follow_cases(
    request: Request,
    identity: Annotated[Identity, Depends(follower_of_cases)],
    services: ServicesHere,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Follow the cases that one may know of: opened, revised, claimed, released, decided, voided."""
    hub: Hub = request.app.state.streams
    is_editorial = allows(identity, Permission.CASE_READ_EDITORIAL)
    start = start_after(last_event_id, None)
    newest, start = await services.database.lookup(_beginning, start)
    topic = Topic(
        ("cases", is_editorial),
        partial(_read_cases, services.database, is_editorial),
        str(identity.user_id),
        beat=BEAT_SECONDS,
        may_go_on=partial(_may_go_on, services, identity, is_editorial),
    )
    return EventStream(hub, topic, start=start, newest=newest)


def _beginning(session: Session, start: int | None) -> tuple[int, int | None]:
    """Give the newest position and the one to begin after, which lies beyond it where events between are gone."""
    newest = newest_position(session)
    is_good = start is None or is_known(session, start, newest)
    return newest, start if is_good else newest + 1


async def _read_cases(database: Database, is_editorial: bool, after: int) -> Slice:
    return await database.read(_case_slice, after, is_editorial)


def _case_slice(session: Session, after: int, is_editorial: bool) -> Slice:
    found, reached, more = events_after(session, after, is_editorial=is_editorial)
    batches = [
        Batch(position, batch(position, [Event(event.kind, event_fields(event)) for event in events]))
        for position, events in groupby(found, lambda event: event.position)
    ]
    return Slice(batches, reached, more)


async def _may_go_on(services: Services, identity: Identity, is_editorial: bool) -> bool:
    asked = partial(identity_of, user_id=identity.user_id, session_id=identity.session_id, now=services.clock())
    try:
        current = await services.database.lookup(asked)
    except ForumError:
        return False
    may_follow = allows(current, Permission.MODERATION_FOLLOW)
    return may_follow and allows(current, Permission.CASE_READ_EDITORIAL) == is_editorial
