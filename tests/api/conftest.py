"""Give tests of the API a running service on each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
