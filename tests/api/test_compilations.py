"""What is asked again with other values is not compiled again: on SQLite that takes longer than most statements run."""

import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2

from models import sqlite_engine
from models.database import Database
from models.sqlite_gathering import Gathering, GatheringCursor
from tests import kept
from tests.service import Service, running_service

ROUNDS = 4
# The first run of a statement compiles it, and on a thread that reads the second, which gathers its rows, another.
COMPILING_RUNS = 2
_asked = threading.local()
most_runs: Counter[str] = Counter()
compiled_again: Counter[str] = Counter()


def note_compiling(*_: Any) -> int:
    """Stand in for the authorizer, whom SQLite asks about all that a statement does while it compiles it."""
    _asked.count = getattr(_asked, "count", 0) + 1
    return dbapi2.SQLITE_OK


class Watching:
    """Note which statements a cursor compiles though it ran them before."""

    connection: Any

    def execute(self, text: str, parameters: Any = ()) -> Any:
        """Run a statement."""
        before = getattr(_asked, "count", 0)
        result = super().execute(text, parameters)  # type: ignore[misc]
        runs = self.connection.runs
        runs[text] += 1
        most_runs[text] = max(most_runs[text], runs[text])
        if runs[text] > COMPILING_RUNS and getattr(_asked, "count", 0) > before and not text.startswith("PRAGMA"):
            compiled_again[text] += 1
        return result


class WatchingCursor(Watching, dbapi2.Cursor):  # type: ignore[misc]
    """Read row by row."""


class WatchingGatheringCursor(Watching, GatheringCursor):
    """Gather rows."""


class Watched(Gathering):
    """Make cursors that watch."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runs: Counter[str] = Counter()
        self.set_authorizer(note_compiling)

    def cursor(self, factory: Any = WatchingCursor) -> Any:
        """Give a cursor."""
        return super().cursor(factory)

    def gather(self) -> None:
        """Gather from now on."""
        self.cursor = partial(super().cursor, WatchingGatheringCursor)  # type: ignore[method-assign]


def live(service: Service) -> None:
    """Do what people do all day, each time with other values."""
    member, moderator, reader = service.person(), service.person("moderator"), service.person()
    article = service.article()
    thread = f"/v1/articles/{article['id']}/comments"
    root = service.approved(member, moderator, article, "رأي أول في هذا الموضوع")
    reply = service.comment(reader, article, "رد على الرأي", parent_id=root["id"])
    service.approved(reader, moderator, article, f"ما رأيك يا @{member.display_name} في هذا كله")
    for order in ("conversation", "newest", "top"):
        assert service.nobody.get(f"{thread}?sort={order}&limit=30").status_code == 200
    for path in (
        *(f"/v1/comments/{reply['id']}", "/v1/me/comments?limit=20", "/v1/me/notifications"),
        f"/v1/articles/{article['id']}/changes?since=0",
    ):
        assert reader.get(path).status_code == 200
    for path in (
        *("cases?limit=10", "cases?state=decided", f"cases?article={article['id']}", "summary", "decisions?limit=10"),
    ):
        assert moderator.get(f"/v1/moderation/{path}").status_code == 200
    assert service.decide(moderator, reply, "reject", reason="off_topic").status_code == 201
    assert reader.post(f"/v1/comments/{root['id']}/reports", {"reason": "abuse"}).status_code == 201
    assert service.client.portal is not None
    for chore in ("close_discussions", "remind_moderators", "spread", "deliver"):
        service.client.portal.call(getattr(service.app.state.chores, chore))
    service.client.portal.call(service.app.state.chores.courier.set_out)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_runs_again_is_not_compiled_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_engine, "Gathering", Watched)
    monkeypatch.setattr(kept, "opened", Database.open)
    with running_service(database_url, tmp_path) as service:
        for _ in range(ROUNDS):
            live(service)
    assert max(most_runs.values()) >= ROUNDS
    assert dict(compiled_again) == {}
