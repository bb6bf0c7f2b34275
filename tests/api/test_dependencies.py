"""What the framework makes of routes: it sends none to its thread pool, and asks no router that cannot be meant."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIRouter
from starlette.routing import Match

from api.application import ROUTERS
from api.deps import ForumRouter


def calls(dependant: Any) -> Iterator[Any]:
    """Give what a route calls, and what that depends on."""
    yield dependant.call
    for dependency in dependant.dependencies:
        yield from calls(dependency)


def test_every_route_and_dependency_is_a_coroutine() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    called = {call for route in routes for call in calls(route.dependant)}
    assert len(called) > len(routes)
    assert [call.__qualname__ for call in called if not inspect.iscoroutinefunction(call)] == []


def test_router_is_asked_only_for_paths_that_begin_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def matches(_self: APIRouter, scope: Any) -> tuple[Match, Any]:
        asked.append(scope["path"])
        return Match.FULL, {}

    async def thing(thing_id: str) -> None:
        """Stand for a route."""

    monkeypatch.setattr(APIRouter, "matches", matches)
    router = ForumRouter(prefix="/v1")
    router.get("/things/{thing_id}")(thing)
    router.get("/things")(thing)
    found = {path: router.matches({"path": path})[0] for path in ("/v1/things", "/v1/things/7", "/v1/thin", "/other")}
    assert found == {"/v1/things": Match.FULL, "/v1/things/7": Match.FULL, "/v1/thin": Match.NONE, "/other": Match.NONE}
    assert asked == ["/v1/things", "/v1/things/7"]


def test_no_router_holds_what_it_would_pass_by() -> None:
    for router in ROUTERS:
        if isinstance(router, ForumRouter):
            assert [route for route in router.routes if not isinstance(route, APIRoute)] == []
