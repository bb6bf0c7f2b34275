"""Know which number each article stands at, without asking the database more than needed.

Who has found an answer to be right remembers the moment, and the answer is right for as long as the moment lasts. On
SQLite a moment lasts until anybody commits anything, which is seen in memory, or by a pragma where that cannot be seen
(https://sqlite.org/pragma.html#pragma_data_version); only then an article's number is read again, by primary key, so
what is known is never stale. On PostgreSQL it lasts until this process hears of a publication, and never longer than
FRESH_FOR after the numbers were read; those of articles in use are read again every POLL. Own commits are heard of at
once. What other processes say of theirs is taken as a hint, which only makes an older number old.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol
from uuid import UUID

from pysqlite3 import dbapi2
from sqlalchemy import make_url
from sqlmodel import Session, col, select

from models.articles import Article
from models.database import Database
from models.errors import ForumError
from models.wal_index import mapped_header

POLL: Final = 0.1
FRESH_FOR: Final = 0.2
# For so many rounds an article counts as in use: longer than a moment lasts, since nobody asks during one.
ROUNDS: Final = 4
NEVER: Final = float("-inf")
NOTHING_KNOWN: Final = (-1, NEVER)
MOST_AT_ONCE: Final = 1_000
Versions = tuple[tuple[UUID, int], ...]
Moment = Any


class ArticleVersions(Protocol):
    """Tell whether what was made from articles at certain numbers is still right."""

    def now(self) -> Moment:
        """Give the moment that begins, for what is read from here on."""

    def holds(self, moment: Moment | None) -> bool:
        """Tell whether a moment lasts; None never does."""

    def moment_of(self, versions: Versions) -> Moment | None:
        """Give a moment at which all numbers stand, if that is known without waiting."""

    async def confirm(self, versions: Versions) -> Moment | None:
        """Give a moment at which all numbers stand, asking the database where that is not known."""

    async def ask(self, versions: Versions) -> bool:
        """Learn which numbers stand at this moment, whatever is known; tell whether that could be learnt."""

    def trust(self, versions: Versions, *, asked_at: float) -> None:
        """Take in numbers that a reader of the primary found who began at `asked_at` (time.monotonic)."""

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Take in that articles have reached certain numbers, or higher ones."""

    async def close(self) -> None:
        """End what runs for this."""


class SqliteVersions:
    """Read numbers on a connection of its own, on the event loop, in a few microseconds."""

    def __init__(self, url: str) -> None:
        path = str(make_url(url).database)
        self._connection = dbapi2.connect(path, isolation_level=None, check_same_thread=False, timeout=0.25)
        self._connection.execute("PRAGMA query_only = ON")
        self._asked_for_commits()  # The wal-index is mapped by the first reading.
        header = mapped_header(path)
        self._commits: Callable[[], Moment] = self._asked_for_commits if header is None else header.tobytes
        self._read_at: Moment = None
        self._known: dict[UUID, int | None] = {}

    def now(self) -> Moment:
        """Give the newest commit."""
        return self._commits()

    def holds(self, moment: Moment | None) -> bool:
        """Tell whether nothing was committed since."""
        lasts: bool = self._commits() == moment
        return lasts

    def moment_of(self, versions: Versions) -> Moment | None:
        """Give the newest commit if all numbers stand."""
        # It is looked at before the numbers, so that it is never newer than they are.
        commits = self._commits()
        if commits != self._read_at:
            self._read_at = commits
            self._known.clear()
        return commits if all(self._number_of(article_id) == seq for article_id, seq in versions) else None

    async def confirm(self, versions: Versions) -> Moment | None:
        """Give the newest commit if all numbers stand; here that is always known."""
        return self.moment_of(versions)

    async def ask(self, versions: Versions) -> bool:
        """Say yes: they are always known."""
        return True

    def trust(self, versions: Versions, *, asked_at: float) -> None:
        """Take in nothing: to look is as cheap, and always right."""

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Take in nothing: to look is as cheap here too."""

    async def close(self) -> None:
        """Close the connection; nothing is looked at in its memory any more."""
        self._commits = self._asked_for_commits
        self._connection.close()

    def _asked_for_commits(self) -> Moment:
        try:
            return self._connection.execute("PRAGMA data_version").fetchone()[0]
        except dbapi2.Error:
            return object()  # What cannot be seen lasts for nobody, and the application says what is wrong.

    def _number_of(self, article_id: UUID) -> int | None:
        if article_id not in self._known:
            try:
                row = self._connection.execute("SELECT seq FROM articles WHERE id = ?", (article_id.hex,)).fetchone()
            except dbapi2.Error:
                return None
            self._known[article_id] = row[0] if row else None
        return self._known[article_id]


class PostgresqlVersions:
    """Read the numbers of the articles in use again and again, and learn of own commits at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[UUID, tuple[int, float]] = {}
        self._wanted: dict[UUID, int] = {}
        self._publications = 0
        database.on_published(lambda published: self._publish(published, time.monotonic()))
        self._polling = asyncio.create_task(self._poll())

    def now(self) -> Moment:
        """Give how many publications were heard of, and until when others would be."""
        return self._publications, time.monotonic() + FRESH_FOR

    def holds(self, moment: Moment | None) -> bool:
        """Tell whether no publication was heard of since, and it is not too old."""
        return moment is not None and moment[0] == self._publications and time.monotonic() < moment[1]

    def moment_of(self, versions: Versions) -> Moment | None:
        """Give a moment that lasts as long as all numbers are known to stand."""
        now, lasts_until = time.monotonic(), float("inf")
        stand = True
        for article_id, seq in versions:
            self._wanted[article_id] = ROUNDS
            known, fresh_until = self._known.get(article_id, NOTHING_KNOWN)
            lasts_until = min(lasts_until, fresh_until)
            stand = stand and known == seq
        return (self._publications, lasts_until) if stand and now < lasts_until else None

    async def confirm(self, versions: Versions) -> Moment | None:
        """Ask for the numbers where they are not known."""
        moment = self.moment_of(versions)
        if moment is None:
            await self.ask(versions)
            moment = self.moment_of(versions)
        return moment

    async def ask(self, versions: Versions) -> bool:
        """Read the numbers; where they cannot be read the application, asked anew, says what is wrong."""
        try:
            await self._read([article_id for article_id, _ in versions])
        except ForumError:
            return False
        return True

    def trust(self, versions: Versions, *, asked_at: float) -> None:
        """Take in numbers that a reader found."""
        self._learn(dict(versions), asked_at)

    def hear(self, numbers: Mapping[UUID, int]) -> None:
        """Take in numbers that may be old by now, so that they vouch for nothing."""
        self._publish(numbers, NEVER)

    async def close(self) -> None:
        """End the polling."""
        self._polling.cancel()
        with suppress(asyncio.CancelledError):
            await self._polling

    def _publish(self, numbers: Mapping[UUID, int], known_at: float) -> None:
        self._publications += 1
        self._learn(numbers, known_at)

    def _learn(self, numbers: Mapping[UUID, int], asked_at: float) -> None:
        # Numbers only rise, so the higher of two is the newer, whichever was told first.
        for article_id, seq in numbers.items():
            known, fresh_until = self._known.get(article_id, NOTHING_KNOWN)
            if 0 <= known < seq:
                self._publications += 1
            if known <= seq:
                self._known[article_id] = (seq, max(asked_at + FRESH_FOR, fresh_until if known == seq else NEVER))

    async def _read(self, article_ids: Sequence[UUID]) -> None:
        asked_at = time.monotonic()
        self._learn(await self._database.read(numbers_of, article_ids), asked_at)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            wanted = list(self._wanted)
            self._wanted = {article_id: left - 1 for article_id, left in self._wanted.items() if left > 1}
            now = time.monotonic()
            self._known = {key: known for key, known in self._known.items() if known[1] > now or key in self._wanted}
            if wanted:
                with suppress(ForumError):  # Nothing stays fresh then, so readers ask for themselves and are told.
                    await self._read(wanted)


def versions_for(url: str, database: Database) -> ArticleVersions:
    """Open what fits the engine."""
    return SqliteVersions(url) if database.dialect == "sqlite" else PostgresqlVersions(database)


def numbers_of(session: Session, article_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Give the numbers at which articles stand."""
    columns = select(col(Article.id), col(Article.seq))
    # An engine takes only so many parameters.
    slices = (article_ids[start : start + MOST_AT_ONCE] for start in range(0, len(article_ids), MOST_AT_ONCE))
    return {row[0]: row[1] for some in slices for row in session.execute(columns.where(col(Article.id).in_(some)))}
