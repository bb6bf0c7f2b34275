"""Know which number each article stands at, without asking the database more than needed.

On SQLite one pragma tells whether anything was committed since (https://sqlite.org/pragma.html#pragma_data_version);
only then an article's number is read again, by primary key, so what is known is never stale. On PostgreSQL the numbers
of the articles that are being read are read again every POLL; what is known is never older than FRESH_FOR, and own
commits are known at once. What other processes say of theirs is taken as a hint, which only makes an older number old.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol
from uuid import UUID

from pysqlite3 import dbapi2
from sqlalchemy import make_url
from sqlmodel import Session, col, select

from models.articles import Article
from models.database import Database
from models.errors import ForumError

POLL: Final = 0.1
FRESH_FOR: Final = 0.2
NEVER: Final = float("-inf")
Versions = tuple[tuple[UUID, int], ...]


class ArticleVersions(Protocol):
    """Tell whether what was made from articles at certain numbers is still right."""

    def are_current(self, versions: Versions) -> bool:
        """Tell whether all numbers still stand, as far as is known without waiting."""

    async def confirm(self, versions: Versions) -> bool:
        """Tell whether all numbers still stand, asking the database where that is not known."""

    def trust(self, versions: Versions, *, asked_at: float) -> None:
        """Take in numbers that a reader found who began at `asked_at` (time.monotonic)."""

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Take in that articles have reached certain numbers, or higher ones."""

    async def close(self) -> None:
        """End what runs for this."""


class SqliteVersions:
    """Read numbers on a connection of its own, on the event loop, in a few microseconds."""

    def __init__(self, url: str) -> None:
        self._connection = dbapi2.connect(
            str(make_url(url).database), isolation_level=None, check_same_thread=False, timeout=0.25
        )
        self._connection.execute("PRAGMA query_only = ON")
        self._commits: int = -1
        self._known: dict[UUID, int | None] = {}

    def are_current(self, versions: Versions) -> bool:
        """Tell whether all numbers still stand."""
        commits: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if commits != self._commits:
            self._commits = commits
            self._known.clear()
        return all(self._number_of(article_id) == seq for article_id, seq in versions)

    async def confirm(self, versions: Versions) -> bool:
        """Tell whether all numbers still stand; here that is always known."""
        return self.are_current(versions)

    def trust(self, versions: Versions, *, asked_at: float) -> None:
        """Take in nothing: to ask is as cheap, and always right."""

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Take in nothing, for the same reason."""

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _number_of(self, article_id: UUID) -> int | None:
        if article_id not in self._known:
            row = self._connection.execute("SELECT seq FROM articles WHERE id = ?", (article_id.hex,)).fetchone()
            self._known[article_id] = row[0] if row else None
        return self._known[article_id]


class PostgresqlVersions:
    """Read the numbers of the articles in use again and again, and learn of own commits at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[UUID, tuple[int, float]] = {}
        self._wanted: set[UUID] = set()
        database.on_published(lambda published: self._learn(published, time.monotonic()))
        self._polling = asyncio.create_task(self._poll())

    def are_current(self, versions: Versions) -> bool:
        """Tell whether all numbers are known to stand."""
        now = time.monotonic()
        nothing = (-1, 0.0)
        for article_id, seq in versions:
            self._wanted.add(article_id)
            known, fresh_until = self._known.get(article_id, nothing)
            if known != seq or now >= fresh_until:
                return False
        return True

    async def confirm(self, versions: Versions) -> bool:
        """Ask for the numbers where they are not known."""
        if self.are_current(versions):
            return True
        await self._read([article_id for article_id, _ in versions])
        return self.are_current(versions)

    def trust(self, versions: Versions, *, asked_at: float) -> None:
        """Take in numbers that a reader found."""
        self._learn(dict(versions), asked_at)

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Take in numbers that may be old by now, so that they vouch for nothing."""
        self._learn(numbers, NEVER)

    async def close(self) -> None:
        """End the polling."""
        self._polling.cancel()
        with suppress(asyncio.CancelledError):
            await self._polling

    def _learn(self, numbers: Mapping[UUID, int], asked_at: float) -> None:
        # Numbers only rise, so the higher of two is the newer, whichever was told first.
        for article_id, seq in numbers.items():
            known, fresh_until = self._known.get(article_id, (seq, 0.0))
            if known <= seq:
                self._known[article_id] = (seq, max(asked_at + FRESH_FOR, fresh_until if known == seq else 0.0))

    async def _read(self, article_ids: Sequence[UUID]) -> None:
        asked_at = time.monotonic()
        self._learn(await self._database.read(numbers_of, article_ids), asked_at)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            wanted, self._wanted = list(self._wanted), set()
            now = time.monotonic()
            self._known = {key: known for key, known in self._known.items() if known[1] > now or key in wanted}
            if wanted:
                with suppress(ForumError):  # Nothing stays fresh then, so readers ask for themselves and are told.
                    await self._read(wanted)


def versions_for(url: str, database: Database) -> ArticleVersions:
    """Open what fits the engine."""
    return SqliteVersions(url) if database.dialect == "sqlite" else PostgresqlVersions(database)


def numbers_of(session: Session, article_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Give the numbers at which articles stand."""
    rows: Iterable[Any] = session.execute(
        select(col(Article.id), col(Article.seq)).where(col(Article.id).in_(article_ids))
    ).all()
    return dict(tuple(row) for row in rows)
