"""Every route times everybody, by the table in tests/api/matrix.py."""

from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts

from tests.api.matrix import ROWS, Row
from tests.api.world import World, running_world
from tests.databases import TEMPLATE, copy_sqlite


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run one service for the whole table, on a database that no other test empties."""
    folder = tmp_path_factory.mktemp("matrix")
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("sqlite_template"), folder / "forum.db")
        with running_world(url, folder) as world:
            yield world
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"{request.getfixturevalue('postgresql_url').rpartition('/')[2]}_matrix"
    with running_world(server.create_database(name, template=TEMPLATE), folder) as world:
        yield world
    server.drop_database(name)


class TestEveryRoute:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
    def test_everybody_is_answered_as_the_table_says(self, world: World, row: Row) -> None:
        assert row.statuses(world) == row.expected

    def test_every_route_of_the_service_stands_in_the_table(self, world: World) -> None:
        filled = {(row.method, row.path.partition("?")[0].replace("{", "").replace("}", "")) for row in ROWS}
        routes = list(iter_route_contexts(world.service.app.routes))
        missing = [
            f"{method} {route.path_format}"
            for route in routes
            for method in (route.methods or {"?"}) - {"HEAD"}
            if not any(method == row_method and route.path_regex.match(path) for row_method, path in filled)
        ]
        assert routes
        assert missing == []
