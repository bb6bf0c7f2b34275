"""Keep worlds to measure in, and people in them who call a service over a socket."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from sqlalchemy import Engine, create_engine
from sqlmodel import Session, col, select

from auth.tokens import SigningKeys, mint_access_token
from bench.world import make_world
from migrations.run import upgrade
from models.accounts import AuthSession
from models.articles import Article
from models.base import new_id
from models.cases import Case, CaseKind, CaseState
from models.comments import Comment
from models.users import User
from tests.postgres import Server
from tests.processes import SECRET_KEYS, Process, running_process

FRESH_FOR = timedelta(minutes=5)
# Well below the five seconds after which the server ends a connection that rests.
MOST_REST = 2.0
A_PIECE = 2**20
PEOPLE = ("member0@example.org", "moderator0@example.org")


class Worlds:
    """Give the address of a world of a size; one that is not there yet is made."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self._folder, self._server = folder, server

    @property
    def engines(self) -> Sequence[str]:
        """Name the engines that there are worlds of."""
        return ("sqlite", "postgresql") if self._server else ("sqlite",)

    def url(self, engine: str, comments: int) -> str:
        """Give the address."""
        url, is_there = self._sqlite(comments) if engine == "sqlite" else self._postgresql(comments)
        if is_there:
            upgrade(url)
        else:
            make_world(url, comments, now=datetime.now(UTC))
        return url

    def _sqlite(self, comments: int) -> tuple[str, bool]:
        path = self._folder.absolute() / f"world_{comments}.db"
        if is_there := path.exists():
            _bring_into_memory(path)
        return f"sqlite:///{path}", is_there

    def _postgresql(self, comments: int) -> tuple[str, bool]:
        assert self._server is not None
        name = f"world_{comments}"
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        return (self._server.url(name), True) if found else (self._server.create_database(name), False)


def _bring_into_memory(path: Path) -> None:
    """Read a world of an earlier run through, so that the system holds it as it holds one that was just made."""
    with path.open("rb", buffering=0) as file:
        while file.read(A_PIECE):
            pass


class Answer(NamedTuple):
    """Hold an answer and the milliseconds to its first byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    first_byte: float


@dataclass
class Client:
    """Call the service on one connection that is kept open, as somebody or as nobody."""

    url: str
    user_id: UUID | None = None
    session_id: UUID | None = None
    _token: str = ""
    _minted_at: datetime | None = None
    _connection: HTTPConnection | None = field(default=None, repr=False)
    _used_at: float = 0.0

    def get(self, path: str, **headers: str) -> Answer:
        """Read; anything but 200 ends the measurement."""
        return self.send("GET", path, expect=(200,), **headers)

    def send(self, method: str, path: str, body: Any = None, *, expect: Sequence[int], **headers: str) -> Answer:
        """Send one request."""
        content = None if body is None else json.dumps(body).encode()
        sent = {**self.credentials(), **headers, **({"Content-Type": "application/json"} if content else {})}
        connection = self._connected()
        start = perf_counter()
        connection.request(method, path, content, sent)
        answer = connection.getresponse()
        first_byte = (perf_counter() - start) * 1_000
        found = Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read(), first_byte)
        self._used_at = perf_counter()
        if found.status not in expect:
            raise SystemExit(f"{method} {path}: {found.status} {found.body[:300].decode()}")
        return found

    def credentials(self) -> dict[str, str]:
        """Give the header with an access token that is good for some minutes."""
        if self.user_id is None or self.session_id is None:
            return {}
        now = datetime.now(UTC)
        if self._minted_at is None or now - self._minted_at > FRESH_FOR:
            keys, named = SigningKeys.parse(SECRET_KEYS), {"user_id": self.user_id, "session_id": self.session_id}
            self._token = mint_access_token(keys, **named, roles=(), issuer=self.url, now=now)
            self._minted_at = now
        return {"Authorization": f"Bearer {self._token}"}

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> HTTPConnection:
        """Give the open connection, or another before the server ends one that rested."""
        if self._connection is None or perf_counter() - self._used_at > MOST_REST:
            self.close()
            self._connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
            self._connection.connect()
        return self._connection


@dataclass(frozen=True)
class Place:
    """Hold a running service in a world, people who call it, and what they can ask for.

    `articles` are ids of discussions of a common size, `comments` of public comments in them, `cases` of waiting words.
    """

    service: Process
    nobody: Client
    member: Client
    moderator: Client
    articles: Sequence[UUID]
    comments: Sequence[UUID]
    cases: Iterator[UUID]
    newest_of_large: UUID

    def another(self, person: Client) -> Client:
        """Give somebody a second connection."""
        return Client(person.url, person.user_id, person.session_id)


@contextmanager
def inhabited(url: str, folder: Path) -> Iterator[Place]:
    """Run the service in a world for the length of a block."""
    with running_process(url, folder, is_forked=False) as service:
        place = _place(url, service)
        try:
            yield place
        finally:
            for client in (place.nobody, place.member, place.moderator):
                client.close()


def engine_for(url: str) -> Engine:
    """Open a world for looking around in it."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def sign_in(session: Session, url: str, email: str) -> Client:
    """Open a session for somebody of the world."""
    user_id = session.exec(select(User.id).where(col(User.email_key) == email)).one()
    now = datetime.now(UTC)
    opened = AuthSession(
        id=new_id(),
        user_id=user_id,
        name="bench",
        address="127.0.0.1",
        created_at=now,
        last_used_at=now,
        refresh_hash=new_id().hex,
        rotated_at=now,
        expires_at=now + timedelta(days=60),
    )
    session.add(opened)
    session.commit()
    return Client(url, user_id, opened.id)


def common_discussions(session: Session, most: int = 200) -> list[UUID]:
    """Give discussions of a common size, from anywhere in the world."""
    sized = select(Article.id).where(col(Article.comment_count).between(100, 400)).order_by(col(Article.id))
    found = list(session.exec(sized).all())
    return Random(4).sample(found, min(most, len(found)))


def _place(url: str, service: Process) -> Place:
    random, engine = Random(1), engine_for(url)
    with Session(engine) as session:
        member, moderator = (sign_in(session, service.url, email) for email in PEOPLE)
        articles = common_discussions(session)
        public = select(Comment.id).where(
            col(Comment.thread_id).in_(articles[:20]), col(Comment.published_at).is_not(None)
        )
        shown = public.where(col(Comment.status) == "approved", col(Comment.withdrawn_at).is_(None))
        comments = list(session.exec(shown.limit(1_000)).all())
        random.shuffle(comments)
        waiting = select(Case.id).where(
            col(Case.state) == CaseState.OPEN, col(Case.kind) == CaseKind.COMMENT, col(Case.revision) == 1
        )
        cases = list(session.exec(waiting.order_by(col(Case.subject_id)).limit(20_000)).all())
        large = select(Article.id).where(col(Article.slug_key) == "large").scalar_subquery()
        newest = select(Comment.id).where(col(Comment.thread_id) == large, col(Comment.is_listed)).limit(1)
        newest_of_large = session.exec(newest.order_by(col(Comment.path).desc())).one()
    engine.dispose()
    random.shuffle(cases)
    return Place(service, Client(service.url), member, moderator, articles, comments, iter(cases), newest_of_large)
