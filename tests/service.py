"""Drive the service as clients do: people with tokens who send JSON and look at the answers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import inspect, text
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from api.application import Forum, build, running_on
from auth.passwords import PasswordHashing
from auth.tokens import SigningKeys, mint_access_token
from forum.moderation.cases import IS_OPEN
from forum.moderation.credentials import Qualification, vouch_for
from forum.text.folding import fold
from models.accounts import AuthSession
from models.base import new_id
from models.cases import Case
from models.database import Database
from models.plain import Insertion
from models.users import Role, User
from settings import Settings
from tests import kept
from tests.client import QuickClient

SECRET_KEYS = "test:" + "s" * 48
TRIES = 500
CHEAP_HASHING = PasswordHashing(memory_kib=8, passes=1)
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSWORD = "a long walk by the river"
PASSWORD_HASH = CHEAP_HASHING.hash(PASSWORD)
KEYS = SigningKeys.parse(SECRET_KEYS)
# What the routes themselves are made with; for all else an application that a test has left serves the next one.
SHAPING = {"cors_origins", "cdn_seconds"}
IDLE: list[Forum] = []
# Every test opens accounts, so they are written on the driver, which takes a third of the time.
_USER, _SESSION = Insertion(User), Insertion(AuthSession)
# To look at every variable takes four milliseconds, which is a fifth of what a test begins and ends with.
USUAL = Settings(rate_limits=False, secret_keys=SECRET_KEYS)


@dataclass
class Clock:
    """Tell the time that a test says it is."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Give the present."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass(frozen=True)
class Person:
    """Speak to the service as somebody, or as nobody."""

    client: TestClient
    id: UUID | None = None
    token: str | None = None
    display_name: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send one request; keyword `if_match` is the header If-Match, and so on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, json=body, headers=self.headers | named)

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Create."""
        return self.send("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        """Change; reads the ETag first unless one is given."""
        return self._conditional("PATCH", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        """Put, as it stands."""
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """Delete; reads the ETag first unless one is given."""
        return self._conditional("DELETE", path, None, headers)

    def _conditional(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        if "if_match" not in headers:
            headers = headers | {"if_match": self.get(path).headers.get("etag", '"0.0"')}
        return self.send(method, path, body, **headers)


@dataclass(frozen=True)
class Service:
    """Run one application on one database, with people to speak to it."""

    app: Forum
    client: TestClient
    clock: Clock
    settings: Settings
    _editors: dict[datetime, Person] = field(default_factory=dict)

    @property
    def nobody(self) -> Person:
        """Speak without credentials."""
        return Person(self.client)

    def person(
        self, *roles: str, display_name: str = "سلمى", title: str = "باحثة", affiliation: str = "مركز"
    ) -> Person:
        """Open an account with a session, without the detour over the API."""
        granted = frozenset(Role(role) for role in roles)
        now = self.clock()

        def verb(session: Session) -> tuple[UUID, UUID]:
            user_id = _open_account(session, display_name, granted, now)
            if Role.EXPERT in granted:
                vouch_for(session, user_id, Qualification(title, affiliation), now=now)
            return user_id, open_session(session, user_id, now)

        user_id, session_id = self.write(verb)
        token = mint_access_token(
            KEYS,
            user_id=user_id,
            session_id=session_id,
            roles=roles,
            issuer=self.settings.public_url,
            now=now,
        )
        return Person(self.client, user_id, token, display_name, {"Authorization": f"Bearer {token}"})

    def write(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a verb in one transaction."""
        database = self.app.state.services.database
        assert self.client.portal is not None
        return self.client.portal.call(partial(database.write, verb, *args, **kwargs))

    def read(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a verb on a reader."""
        database = self.app.state.services.database
        assert self.client.portal is not None
        return self.client.portal.call(partial(database.read, verb, *args, **kwargs))

    def article(self, editor: Person | None = None, **values: Any) -> Any:
        """Put an article up; where nobody says who does, one editor does for as long as the clock stands."""
        if editor is None:
            now = self.clock()
            editor = self._editors[now] = self._editors.get(now) or self.person("editor")
        answer = editor.post("/v1/articles", {"title": "مياه الأنهار", **values})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def comment(self, author: Person, article: Any, body: str = "رأي في الموضوع", **values: Any) -> Any:
        """Post a comment."""
        answer = author.post(f"/v1/articles/{article['id']}/comments", {"body": body, **values})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def case_of(self, moderator: Person, comment: Any) -> Any:
        """Find the open case about a comment."""
        cases = moderator.get(f"/v1/moderation/cases?article={comment['article_id']}&limit=100").json()["items"]
        return next(case for case in cases if case["subject"]["id"] == comment["id"])

    def decide(self, moderator: Person, comment: Any, verdict: str = "approve", **values: Any) -> Any:
        """Decide the open case about a comment, the most urgent of several, without the detour over the queue."""
        case_id, revision = self.read(_open_case, UUID(comment["id"]))
        body = {"verdict": verdict, "revision": revision, **values}
        return moderator.post(f"/v1/moderation/cases/{case_id}/decisions", body)

    def approved(self, author: Person, moderator: Person, article: Any, body: str, **values: Any) -> Any:
        """Post a comment and approve it."""
        comment = self.comment(author, article, body, **values)
        assert self.decide(moderator, comment).status_code == 201
        return comment


@contextmanager
def running_service(database_url: str, folder: Path, **settings: Any) -> Iterator[Service]:
    """Run the application on a database for the length of a block."""
    places = {"database_url": database_url, "mail_folder": folder / "mail"}
    values = {"rate_limits": False, "secret_keys": SECRET_KEYS, **settings}
    configured = Settings(**places, **values) if settings else USUAL.model_copy(update=places)
    clock = Clock()
    app = IDLE.pop() if IDLE and not settings.keys() & SHAPING else build(configured)
    app.router.lifespan_context = running_on(
        configured, SigningKeys.parse(configured.secret_keys), CHEAP_HASHING, clock, kept.opened
    )
    with QuickClient(app) as client:
        yield Service(app, client, clock, configured)
    if not settings.keys() & SHAPING:
        IDLE.append(app)
    if database_url not in kept.IDLE:
        forget_statements()


def forget_statements() -> None:
    """Let go of what classes keep compiled for engines that are closed: over a whole run, half a gigabyte."""
    for mapper in inspect(User).registry.mappers:
        mapper._compiled_cache.clear()


def _open_case(session: Session, subject_id: UUID) -> tuple[UUID, int]:
    about = (col(Case.subject_id) == subject_id, IS_OPEN)
    urgent = (col(Case.queue_rank), col(Case.due_at), col(Case.id))
    case_id, revision = session.exec(select(Case.id, Case.revision).where(*about).order_by(*urgent).limit(1)).one()
    return case_id, revision


def _open_account(session: Session, display_name: str, roles: frozenset[Role], now: datetime) -> UUID:
    email = f"{uuid4().hex}@example.org"
    opened = _USER.row(
        id=new_id(),
        email=email,
        email_key=email,
        email_verified_at=now,
        display_name=display_name,
        display_name_key=fold(display_name),
        locale="ar",
        roles=roles,
        password_hash=PASSWORD_HASH,
        created_at=now,
    )
    _USER.write(session, opened)
    user_id: UUID = opened.id
    return user_id


def open_session(session: Session, user_id: UUID, now: datetime) -> UUID:
    """Open a session of somebody, and give its id."""
    opened = _SESSION.row(
        id=new_id(),
        user_id=user_id,
        name="test",
        address="127.0.0.1",
        created_at=now,
        last_used_at=now,
        refresh_hash=uuid4().hex,
        rotated_at=now,
        expires_at=now + timedelta(days=60),
    )
    _SESSION.write(session, opened)
    session_id: UUID = opened.id
    return session_id


def let_older_transactions_end(person: Person) -> None:
    """Wait as `until_older_transactions_end` does, on a service within the test."""
    person.client.portal.call(until_older_transactions_end, person.client.app.state.services.database)


async def until_older_transactions_end(database: Database) -> None:
    """Wait for those of other tests: on PostgreSQL a change is told once none of the whole server is older."""
    if database.dialect == "sqlite":
        return
    newest = await database.read(bound_of_transactions, "xmax")
    for _ in range(TRIES):
        if await database.read(bound_of_transactions, "xmin") >= newest:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a transaction stays open")


def bound_of_transactions(session: Session, bound: str) -> int:
    """Give the number of the oldest transaction that is open (xmin), or that of the next one (xmax)."""
    return session.execute(text(f"SELECT pg_snapshot_{bound}(pg_current_snapshot())::text::bigint")).scalar_one()
