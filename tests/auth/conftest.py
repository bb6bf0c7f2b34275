"""Give the verbs of this folder a database in memory."""

from collections.abc import Iterator

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from models.tables import metadata


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://", module=dbapi2, poolclass=StaticPool)
    metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
