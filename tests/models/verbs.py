"""Give the tests of the database small verbs on a real table, and a way to keep the writer busy."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import Session, col, select

from models.cases import ChainHead
from models.database import Database


def insert(session: Session, name: str, *, size: int = 1) -> str:
    """Add a row named `name` with `size` characters."""
    session.add(ChainHead(name=name, count=1, hash="h" * size))
    return name


def count_up(session: Session, name: str) -> None:
    """Add one to a row's count, under its lock."""
    row = session.exec(select(ChainHead).where(ChainHead.name == name).with_for_update()).one()
    row.count += 1
    session.flush()


def names(session: Session) -> list[str]:
    """Give the names of all rows but the one that migrations made, in order."""
    return sorted(session.exec(select(col(ChainHead.name)).where(ChainHead.name != "decisions")))


async def written(database: Database, *names: str, way: str = "write") -> list[str | BaseException]:
    """Write a row for each name at once and give what came of each."""
    return await asyncio.gather(*(getattr(database, way)(insert, name) for name in names), return_exceptions=True)


@asynccontextmanager
async def busy_writer(database: Database) -> AsyncIterator[None]:
    """Keep a database's only writer busy, so that what is written meanwhile queues up."""
    begun, released = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(session: Session) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert released.wait(10)

    holding = asyncio.create_task(database.write(hold))
    await begun.wait()
    try:
        yield
    finally:
        released.set()
        await holding
