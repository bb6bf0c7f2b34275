"""Measure moderation with 1 000 and with 100 000 open cases, on both engines: `python -m bench.moderation`.

Given are medians in milliseconds as the verbs take them inside the service, with the commit: one decision, the summary,
and a page of the queue, whose two times are set against each other.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert
from sqlmodel import Session, select

from auth.identity import Identity
from forum.moderation.chain import verify
from forum.moderation.decisions import Ruling, decide
from forum.moderation.queue import CaseFilter, list_cases, summarize
from forum.moderation.tallies import fold_tallies
from forum.text.paths import newest_first, segment_of
from migrations.run import upgrade
from models.articles import Article
from models.base import new_id
from models.cases import Case, CaseKind, CaseState, SubjectType, Verdict
from models.comments import Comment, CommentRevision, Kind, Status
from models.database import Database
from models.users import Role, User
from tests.postgres import running_cluster, why_unavailable

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIZES = (1_000, 100_000)
ARTICLES = 100
ROUNDS = 60
SLICE = 5_000
BODY = "يرى باحثون أن إدارة الموارد تحتاج إلى أرقام منشورة ومقارنة عادلة بين السنوات."
MOST_MILLISECONDS = {"decision": 15.0, "summary": 20.0}
MOST_RATIO = 1.3


def fill(session: Session, size: int) -> None:
    """Write articles, authors and as many comments that wait, each in a case."""
    people = [_user(f"author{number}@example.org") for number in range(100)]
    articles = [_article(number) for number in range(ARTICLES)]
    session.execute(insert(User), people)
    session.execute(insert(Article), articles)
    for start in range(0, size, SLICE):
        rows = [_waiting(number, articles, people) for number in range(start, min(start + SLICE, size))]
        for place, table in enumerate((Comment, CommentRevision, Case)):
            session.execute(insert(table), [row[place] for row in rows])
    while fold_tallies(session, now=NOW):
        pass


def _user(email: str, *roles: Role) -> dict[str, Any]:
    user = User(
        email=email,
        email_key=email,
        display_name="سلمى",
        display_name_key="سلمي",
        locale="ar",
        roles=frozenset(roles),
        password_hash="",
        created_at=NOW,
    )
    return user.model_dump()


def _article(number: int) -> dict[str, Any]:
    article = Article(
        slug=f"a{number}",
        slug_key=f"a{number}",
        title="مياه",
        search_key="",
        language="ar",
        summary="",
        body="",
        body_html="",
        published_at=NOW,
        created_at=NOW,
    )
    return article.model_dump()


def _waiting(number: int, articles: list[dict[str, Any]], people: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Give a comment that waits, its revision and its case; only what differs is made anew."""
    comment_id, article, author = new_id(), articles[number % ARTICLES]["id"], people[number % len(people)]["id"]
    at, path = NOW - timedelta(seconds=number), segment_of(comment_id)
    whose = {"article_id": article, "author_id": author}
    place = {"thread_id": article, "root_id": comment_id, "path": path, "newest_path": newest_first(path)}
    times = {"opened_at": at, "due_at": at + timedelta(hours=24)}
    return (
        {**COMMENT, **whose, **place, "id": comment_id, "created_at": at},
        {**REVISION, "comment_id": comment_id, "author_id": author, "fingerprint": str(number), "created_at": at},
        {**CASE, **whose, **times, "id": new_id(), "subject_id": comment_id, "queue_rank": -(number % 7)},
    )


SOMEBODY = new_id()
COMMENT = Comment(
    article_id=SOMEBODY,
    thread_id=SOMEBODY,
    root_id=SOMEBODY,
    depth=0,
    path="",
    newest_path="",
    author_id=SOMEBODY,
    status=Status.PENDING,
    created_at=NOW,
).model_dump()
REVISION = CommentRevision(
    comment_id=SOMEBODY,
    number=1,
    author_id=SOMEBODY,
    status=Status.PENDING,
    body=BODY,
    body_html=f"<p>{BODY}</p>",
    language="ar",
    direction="rtl",
    kind=Kind.REMARK,
    author_line={"display_name": "سلمى", "badges": [], "credential": None},
    fingerprint="",
    created_at=NOW,
).model_dump()
CASE = Case(
    kind=CaseKind.COMMENT,
    subject_type=SubjectType.COMMENT,
    subject_id=SOMEBODY,
    article_id=SOMEBODY,
    author_id=SOMEBODY,
    revision=1,
    opened_at=NOW,
    due_at=NOW,
).model_dump()


async def measure(database: Database, url: str, size: int) -> dict[str, float]:
    """Fill an empty database and give the medians."""
    moderator = _user("moderator@example.org", Role.MODERATOR)
    identity = Identity(moderator["id"], new_id(), moderator["roles"], "إشراف", "ar")
    await database.write(lambda session: session.execute(insert(User), [moderator]))
    await database.write(fill, size)
    await asyncio.to_thread(tidy, url)
    wanted = select(Case.id).where(Case.state == CaseState.OPEN).limit(ROUNDS)
    case_ids = iter(await database.read(lambda session: list(session.exec(wanted).all())))

    async def decision() -> None:
        await database.write(decide, next(case_ids), Ruling(Verdict.APPROVE, 1), identity=identity, now=NOW)

    async def summary() -> None:
        await database.read(summarize, identity=identity, now=NOW)

    async def page() -> None:
        await database.read(list_cases, CaseFilter(), identity=identity, after=None, limit=50)

    times = {act.__name__: await _median(act) for act in (page, summary, decision)}
    assert (await database.read(verify)).is_sound
    return times


def tidy(url: str) -> None:
    """Do what PostgreSQL does by itself some time after many rows came."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


async def _median(act: Callable[[], Awaitable[None]]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        await act()
        times.append((perf_counter() - start) * 1_000)
    return statistics.median(times)


@contextmanager
def databases() -> Iterator[dict[str, Callable[[int], str]]]:
    """Give the makers of migrated databases, by engine."""
    with tempfile.TemporaryDirectory() as folder:
        makers: dict[str, Callable[[int], str]] = {"sqlite": lambda size: f"sqlite:///{Path(folder) / str(size)}.db"}
        if (reason := why_unavailable()) is not None:
            Console().print(f"PostgreSQL is left out: {reason}")
            yield makers
            return
        with running_cluster() as cluster:
            makers["postgresql"] = lambda size: cluster.server.create_database(f"cases_{size}")
            yield makers


async def run(url: str, size: int) -> dict[str, float]:
    """Measure on a new database."""
    upgrade(url)
    database = Database.open(url)
    try:
        return await measure(database, url, size)
    finally:
        await database.close()


def main() -> None:
    """Measure everything, print it, and fail where a bound is broken."""
    table = Table("engine", "what", *(f"{size:,} cases" for size in SIZES), "ratio", "bound")
    broken: list[str] = []
    with databases() as makers:
        for engine, make in makers.items():
            small, large = (asyncio.run(run(make(size), size)) for size in SIZES)
            for what, milliseconds in large.items():
                ratio = milliseconds / small[what]
                most = MOST_MILLISECONDS.get(what)
                bound = f"{most:.0f} ms" if most else f"x {MOST_RATIO}"
                table.add_row(engine, what, f"{small[what]:.2f}", f"{milliseconds:.2f}", f"{ratio:.2f}", bound)
                if milliseconds > most if most else ratio > MOST_RATIO:
                    broken.append(f"{engine} {what}")
    Console().print(table)
    if broken:
        raise SystemExit(f"Over the bound: {', '.join(broken)}")


if __name__ == "__main__":
    main()
