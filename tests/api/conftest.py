"""Give tests of the API a running service on each engine."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.api.world import World, running_world
from tests.databases import TEMPLATE, copy_sqlite
from tests.service import Person, Service, running_service


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service on the test's database."""
    with running_service(database_url, tmp_path) as service:
        yield service


@pytest.fixture
def member(service: Service) -> Person:
    """Give a member."""
    return service.person(display_name="سلمى")


@pytest.fixture
def moderator(service: Service) -> Person:
    """Give a moderator."""
    return service.person("moderator", display_name="إشراف")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run one service with everybody in it for a whole module, on a database that no other test empties."""
    folder = tmp_path_factory.mktemp("world")
    if request.param == "sqlite":
        path = request.getfixturevalue("quick_folder") / f"{uuid4()}.db"
        with running_world(copy_sqlite(request.getfixturevalue("sqlite_template"), path), folder) as world:
            yield world
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"{request.getfixturevalue('postgresql_url').rpartition('/')[2]}_world"
    with running_world(server.create_database(name, template=TEMPLATE), folder) as world:
        yield world
    server.drop_database(name)
