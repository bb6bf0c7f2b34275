"""Say who asks and what they may do before a route runs: identity, limits, what is visible, permission, in this order.

A dependency raises its refusal before the body is validated, so that the first refusal that applies is the one given.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.json_reading import NotPlain, read_json
from api.languages import Language, language_of
from api.problems import MALFORMED
from api.services import Services, services_of
from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import demand
from auth.sessions import identity_of
from auth.tokens import read_access_token
from models.errors import Forbidden, Invalid, NotFound, Refused, Stale, Unauthenticated

LONGEST_AUTHORIZATION = 5_000
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Before these it counts whether the subject is there at all.
REFUSALS = (RequestValidationError, Refused, Invalid, NotFound, Forbidden, Stale)


# Dependencies are coroutines, however little they do: the framework sends plain functions to a thread. They read the
# services from the request, since the framework walks through what a dependency depends on each time it meets it.
async def _services(request: Request) -> Services:
    return services_of(request)


ServicesHere = Annotated[Services, Depends(_services)]


async def _now(request: Request) -> datetime:
    return services_of(request).clock()


Now = Annotated[datetime, Depends(_now)]


async def _language(request: Request) -> Language:
    return language_of(request.headers)


AnswerLanguage = Annotated[Language, Depends(_language)]


async def viewer_of(request: Request) -> Identity | None:
    """Give who asks, nobody without credentials; bad credentials are refused, never taken for nobody.

    Every route depends on it before all else, so that what runs later finds who asks in `request.state.viewer`.
    """
    given = request.headers.getlist("authorization")
    request.state.viewer = viewer = await identify(services_of(request), given) if given else None
    return viewer


async def identify(services: Services, given: Sequence[str]) -> Identity:
    """Give who the Authorization headers of a request speak for; raise Unauthenticated for any but one good token."""
    now = services.clock()
    scheme, _, token = given[0][:LONGEST_AUTHORIZATION].partition(" ")
    # Of two lines, one reader would believe the first and another the last.
    if len(given) > 1 or scheme.lower() != "bearer":
        raise Unauthenticated
    claims = read_access_token(services.keys, token.strip(), issuer=services.settings.token_issuer, now=now)
    return await services.database.glance(identity_of, user_id=claims.user_id, session_id=claims.session_id, now=now)


Viewer = Annotated[Identity | None, Depends(viewer_of)]


async def signed_in(request: Request) -> Identity:
    """Give who asks; nobody gets 401, and whoever writes too fast 429."""
    viewer: Identity | None = request.state.viewer
    if viewer is None:
        raise Unauthenticated
    if request.method in WRITES:
        await services_of(request).limiter.spend("write", str(viewer.user_id), request)
    return viewer


SignedIn = Annotated[Identity, Depends(signed_in)]


def speaker_of(request: Request) -> Identity:
    """Give who asks where a dependency has seen to it that somebody does."""
    viewer = request.state.viewer
    assert isinstance(viewer, Identity)  # noqa: S101
    return viewer


def requires(permission: Permission, of: Callable[..., Any] | None = None, *, within_verb: bool = False) -> Any:
    """Make the dependency that gives what the permission is about, or the identity where it is about nothing.

    `of` loads the subject and answers 404 for what the viewer may not see; only then comes 403. Where the verb demands
    the same of the row that it holds (`within_verb`), this gives the subject's name in the path, and the subject is
    loaded only for a request that is refused or repeated (`look_first`).
    """

    async def identified(identity: SignedIn) -> Identity:
        demand(identity, permission)
        return identity

    async def loaded(identity: SignedIn, subject: Any) -> Any:
        demand(identity, permission, subject)
        return subject

    guard: Callable[..., Awaitable[Any]] = identified
    if of is not None and within_verb:
        guard = _left_to_verb(permission, of)
    elif of is not None:
        guard = loaded
        loaded.__annotations__["subject"] = Annotated[Any, Depends(of)]
    guard.permission = permission  # type: ignore[attr-defined]
    return Depends(guard)


def _left_to_verb(permission: Permission, of: Callable[..., Any]) -> Callable[..., Awaitable[str]]:
    """Make the guard that leaves its subject to the verb; `of` takes the request and what the path names."""
    [_, named] = inspect.signature(of).parameters

    async def unseen(request: Request, identity: SignedIn, name: str) -> str:
        async def look() -> None:
            demand(identity, permission, await of(request, name))

        request.state.first_look = look
        return name

    unseen.__annotations__["name"] = Annotated[str, Path(alias=named)]
    return unseen


async def look_first(request: Request) -> None:
    """Load the subject that was left to the verb, if one was: its refusals come before what else is answered."""
    look: Callable[[], Awaitable[None]] | None = getattr(request.state, "first_look", None)
    if look is not None:
        await look()


def identifier(text: str) -> UUID:
    """Read an id from a path; raise NotFound for anything that is not the one canonical form."""
    try:
        value = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(value) != text.lower():
        raise NotFound
    return value


class ForumRequest(Request):
    """Read a JSON body by our rules."""

    async def json(self) -> Any:
        """Give the parsed body, or MALFORMED, which no schema takes."""
        try:
            return read_json(await self.body())
        except NotPlain:
            return MALFORMED


class ForumRoute(APIRoute):
    """Run a route with our reading of the body, and give the first refusal that applies."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Wrap the framework's handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                answer: Response = await handler(ForumRequest(request.scope, request.receive))
            except REFUSALS:
                await look_first(request)
                raise
            return answer

        return handle


class ForumRouter(APIRouter):
    """Gather routes that read bodies our way, and be passed by at a glance where none of them can be meant.

    The framework tries the pattern of each route in turn, which took a sixth of a millisecond before the last of them.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(route_class=ForumRoute, **settings)

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """Give what stands before the first parameter of each path."""
        return tuple({route.path.partition("{")[0] for route in self.routes if isinstance(route, APIRoute)})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Look at the beginning of the path first."""
        return super().matches(scope) if scope["path"].startswith(self.beginnings) else (Match.NONE, {})
