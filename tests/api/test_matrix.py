"""Every route times everybody, by the table in tests/api/matrix.py."""

import pytest
from fastapi.routing import iter_route_contexts

from tests.api.matrix import ROWS, Row
from tests.api.world import World


@pytest.mark.long_table
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
