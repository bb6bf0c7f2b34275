"""Measure reading verbs beside their own statements, sent by the driver alone, and a JSON dump of the rows."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, event
from sqlmodel import Session, col, select

from api.schemas.comments import public_fields
from api.schemas.moderation import case_fields
from auth.identity import Identity
from bench.figures import Figure, interleaved, medians, share_at_least
from bench.worlds import PEOPLE, Worlds, common_discussions
from forum.articles import number_of
from forum.discussion.pages import thread_page
from forum.discussion.sorting import Sort
from forum.moderation.queue import CaseFilter, list_cases
from models.base import new_id
from models.database import Database
from models.users import Role, User

LEAST_SHARE = 0.4
TIMES = 20
Statement = tuple[str, Any]


def measure(worlds: Worlds, engine: str, size: int, _folder: Path, rounds: int) -> list[Figure]:
    """Give the figures of one world, each of one Python thread without a server."""
    return asyncio.run(_measure(worlds.url(engine, size), engine, rounds))


async def _measure(url: str, engine: str, rounds: int) -> list[Figure]:
    database = Database.open(url)
    try:
        found = await database.read(partial(_compare, rounds=rounds))
    finally:
        await database.close()
    return [
        share_at_least(
            engine,
            f"{what} beside its raw statements and JSON",
            1e3 / found[what],
            1e3 / found[f"raw {what}"],
            LEAST_SHARE,
        )
        for what in ("cold page of 50", "queue page of 50")
    ]


def _compare(session: Session, *, rounds: int) -> dict[str, float]:
    articles = common_discussions(session, TIMES)
    pages, queue = partial(_pages, session, articles), partial(_queue, session, _moderator(session))
    acts = {}
    for what, act in (("cold page of 50", pages), ("queue page of 50", queue)):
        with recorded(session.connection()) as statements:
            act()
        acts |= {what: act, f"raw {what}": partial(_raw, session, statements)}
    return medians(interleaved(acts, rounds=rounds, times=TIMES))


def _pages(session: Session, articles: list[UUID]) -> None:
    """Read the first page of each discussion as the public route does, and write its body."""
    for article in articles:
        article_id, _ = number_of(session, str(article))
        page = thread_page(session, article_id, sort=Sort.CONVERSATION, after=None, limit=50)
        orjson.dumps({"items": [public_fields(row) for row in page.rows], "next": None})


def _queue(session: Session, moderator: Identity) -> None:
    """Read the first page of the queue as its route does, and write its body."""
    session.expunge_all()
    page, now = list_cases(session, CaseFilter(), identity=moderator, after=None, limit=50), datetime.now(UTC)
    items = [case_fields(view, "ar", viewer_id=moderator.user_id, now=now) for view in page.rows]
    orjson.dumps({"items": items, "next": None})


def _raw(session: Session, statements: list[Statement]) -> None:
    cursor: Any = session.connection().connection.driver_connection.cursor()  # type: ignore[union-attr]
    for statement, parameters in statements:
        json.dumps(cursor.execute(statement, parameters).fetchall(), ensure_ascii=False, default=str)


def _moderator(session: Session) -> Identity:
    user_id = session.exec(select(User.id).where(col(User.email_key) == PEOPLE[1])).one()
    return Identity(user_id, new_id(), frozenset({Role.MODERATOR}), "", "ar")


@contextmanager
def recorded(connection: Connection) -> Iterator[list[Statement]]:
    """Note what is sent to the driver, as it is sent."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", note)
