"""No request visits the framework's thread pool: routes and all that they depend on are coroutines."""

import inspect
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute

from api.application import ROUTERS


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
