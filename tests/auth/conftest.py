"""Give the verbs of this folder a session on the test's own database."""

from collections.abc import Iterator

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import create_engine, make_url
from sqlmodel import Session


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """Open a session; what a test writes is seen by no other connection unless it commits."""
    url = make_url(database_url)
    if url.drivername == "sqlite":
        engine = create_engine(url, module=dbapi2)
    else:
        engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with Session(engine) as opened:
        yield opened
    engine.dispose()
