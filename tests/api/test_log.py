"""The log of decisions: a chain of hashes that anybody can recompute, and that shows what was tampered with."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

import psycopg
import pytest
from pysqlite3 import dbapi2
from sqlalchemy import make_url

from tests.api.world import World
from tests.service import Person, Service

LOG = "/v1/moderation/decisions"
CHAIN = ("decisions", "chain_heads")
NOTHING_BEFORE = "0" * 64
NOTE = 'سطر\n"آخر"\t\\ \u2028 é e\u0301 🌊 </b>'


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def log(service: Service, member: Person, moderator: Person) -> list[Any]:
    """Give a log of five decisions, the oldest first."""
    return write_log(service, member, moderator, service.person("editor"))


def write_log(service: Service, member: Person, moderator: Person, editor: Person) -> list[Any]:
    """Decide about five comments, and read the log."""
    article = service.article(editor)
    for number, (verdict, who) in enumerate(
        [("approve", moderator), ("reject", editor), ("spam", moderator), ("request_changes", editor)]
    ):
        comment = service.comment(member, article, f"تعليق {number}")
        reason = {} if verdict == "approve" else {"reason": "other", "note": NOTE}
        assert service.decide(who, comment, verdict, **reason).status_code == 201
    open_article = service.article(editor, discussion={"moderation": "post"})
    service.comment(member, open_article, "منشور دون قراءة")
    return read_log(moderator)


class Laid(NamedTuple):
    """Hold a log whose rows lie aside, so that it can be tampered with."""

    log: list[Any]
    moderator: Person
    database_url: str


@pytest.fixture(scope="module")
def laid_aside(world: World) -> Laid:
    """Write one log for all that tamper with it."""
    member, moderator, editor = (world.people[name] for name in ("member", "moderator", "editor"))
    laid = Laid(write_log(world.service, member, moderator, editor), moderator, world.service.settings.database_url)
    with tampering(laid.database_url) as execute:
        for table in CHAIN:
            execute(f"CREATE TABLE laid_{table} AS SELECT * FROM {table}")
    return laid


@pytest.fixture
def laid(laid_aside: Laid) -> Iterator[Laid]:
    """Give the log, and put its rows back after the test."""
    yield laid_aside
    with tampering(laid_aside.database_url) as execute:
        for table in CHAIN:
            execute(f"DELETE FROM {table}")
            execute(f"INSERT INTO {table} SELECT * FROM laid_{table}")


def read_log(moderator: Person) -> list[Any]:
    """Read the whole log, the oldest first."""
    items: list[Any] = moderator.get(f"{LOG}?limit=100").json()["items"]
    return items[::-1]


def canonical(decision: dict[str, Any]) -> bytes:
    """Write what the hash is over by RFC 8785; there are only texts, whole numbers, truth values and null in it."""
    fields = {name: value for name, value in decision.items() if name != "hash"}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


@contextmanager
def tampering(database_url: str) -> Iterator[Callable[[str], Any]]:
    """Write past the guards, as somebody with the keys to the database could."""
    if database_url.startswith("sqlite"):
        connection = dbapi2.connect(make_url(database_url).database)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield lambda statement: connection.execute(statement)
        connection.commit()
        connection.close()
        return
    with psycopg.connect(database_url) as session:
        session.execute("SET session_replication_role = replica")
        yield lambda statement: session.execute(statement)


class TestReading:
    def test_log_is_for_moderators(self, service: Service, member: Person) -> None:
        for path in (LOG, f"{LOG}/verify"):
            assert service.nobody.get(path).status_code == 401
            for who in (member, service.person("expert")):
                assert who.get(path).json()["code"] == "forbidden"
            for role in ("moderator", "editor", "admin"):
                assert service.person(role).get(path).status_code == 200

    def test_log_runs_from_the_newest_in_pages(self, moderator: Person, log: list[Any]) -> None:
        paged, path = [], f"{LOG}?limit=2"
        while path:
            page = moderator.get(path)
            paged += page.json()["items"]
            path = page.links["next"]["url"] if page.json()["next"] else ""
        assert paged == log[::-1]
        assert moderator.get(f"{LOG}?cursor=x").status_code == 422

    def test_automatic_decision_names_no_case_and_no_person(self, member: Person, log: list[Any]) -> None:
        last = log[-1]
        told = {name: last[name] for name in ("case_id", "by", "automated", "verdict", "from", "to", "reason")}
        assert told == {
            "case_id": None,
            "by": None,
            "automated": True,
            "verdict": "approve",
            "from": "new",
            "to": "approved",
            "reason": None,
        }

    def test_log_stays_whatever_its_subject_and_people_do(
        self, service: Service, member: Person, moderator: Person, log: list[Any]
    ) -> None:
        for comment in member.get("/v1/me/comments").json()["items"]:
            member.delete(f"/v1/comments/{comment['id']}")
        moderator.patch("/v1/me", {"display_name": "اسم آخر"})
        assert read_log(moderator) == log


class TestChain:
    def test_chain_can_be_recomputed_from_what_is_read(self, moderator: Person, log: list[Any]) -> None:
        previous = NOTHING_BEFORE
        for decision in log:
            assert decision["previous_hash"] == previous
            assert decision["hash"] == sha256(canonical(decision)).hexdigest()
            previous = decision["hash"]
        assert log[1]["note"] == NOTE
        assert moderator.get(f"{LOG}/verify").json() == {"ok": True, "checked": 5, "first_broken": None}

    def test_empty_log_is_sound(self, moderator: Person) -> None:
        assert moderator.get(f"{LOG}/verify").json() == {"ok": True, "checked": 0, "first_broken": None}

    @pytest.mark.parametrize(
        ("statement", "broken"),
        [
            pytest.param("UPDATE decisions SET note = 'x' WHERE number = 2", 2, id="a note was changed"),
            pytest.param("UPDATE decisions SET note = NULL WHERE number = 3", 3, id="a note was taken out"),
            pytest.param("UPDATE decisions SET verdict = 'approve' WHERE number = 3", 3, id="a verdict was changed"),
            pytest.param(
                "UPDATE decisions SET status_to = 'approved' WHERE number = 2", 2, id="an outcome was changed"
            ),
            pytest.param("UPDATE decisions SET decided_by = NULL WHERE number = 1", 1, id="a name was taken out"),
            pytest.param("UPDATE decisions SET revision = 2 WHERE number = 4", 4, id="a revision was changed"),
            pytest.param(
                "UPDATE decisions SET automated = NOT automated WHERE number = 5", 5, id="automatic was denied"
            ),
            pytest.param(
                "UPDATE decisions SET decided_at = (SELECT due_at FROM cases LIMIT 1) WHERE number = 2",
                2,
                id="a time was changed",
            ),
            pytest.param("UPDATE decisions SET case_id = NULL WHERE number = 4", 4, id="a case was taken out"),
            pytest.param("UPDATE decisions SET hash = previous_hash WHERE number = 3", 3, id="a hash was changed"),
            pytest.param("DELETE FROM decisions WHERE number = 1", 2, id="the first row was taken out"),
            pytest.param("DELETE FROM decisions WHERE number = 3", 4, id="a row in the middle was taken out"),
            pytest.param("UPDATE decisions SET number = 9 WHERE number = 2", 3, id="a row was moved to the end"),
        ],
    )
    @pytest.mark.long_table
    def test_first_row_that_does_not_hold_is_named(self, laid: Laid, statement: str, broken: int) -> None:
        with tampering(laid.database_url) as execute:
            execute(statement)
        found = laid.moderator.get(f"{LOG}/verify").json()
        gone = statement.startswith("DELETE") or "number = 9" in statement
        assert found == {"ok": False, "checked": broken - 1 - gone, "first_broken": laid.log[broken - 1]["id"]}

    def test_row_changed_together_with_its_hash_breaks_the_next(self, laid: Laid) -> None:
        forged = laid.log[1] | {"note": "x"}
        with tampering(laid.database_url) as execute:
            digest = sha256(canonical(forged)).hexdigest()
            execute(f"UPDATE decisions SET note = 'x', hash = '{digest}' WHERE number = 2")
        assert laid.moderator.get(f"{LOG}/verify").json() == {
            "ok": False,
            "checked": 2,
            "first_broken": laid.log[2]["id"],
        }

    @pytest.mark.parametrize(
        ("statement", "checked"),
        [
            pytest.param("DELETE FROM decisions WHERE number = 5", 4, id="the last row was cut off"),
            pytest.param("DELETE FROM decisions WHERE number > 1", 1, id="most rows were cut off"),
            pytest.param("DELETE FROM decisions", 0, id="all rows were cut off"),
            pytest.param("UPDATE chain_heads SET count = 4", 5, id="the count was changed"),
            pytest.param("UPDATE chain_heads SET hash = 'x'", 5, id="the hash of the end was changed"),
        ],
    )
    def test_cut_tail_is_seen_though_no_row_is_broken(self, laid: Laid, statement: str, checked: int) -> None:
        with tampering(laid.database_url) as execute:
            execute(statement)
        assert laid.moderator.get(f"{LOG}/verify").json() == {"ok": False, "checked": checked, "first_broken": None}

    def test_many_decisions_at_once_are_one_chain_with_one_row_each(
        self, service: Service, member: Person, article: Any
    ) -> None:
        moderators = [service.person("moderator") for _ in range(2)]
        comments = [service.comment(member, article, f"تعليق {number}") for number in range(10)]
        cases = [service.case_of(moderators[0], comment)["id"] for comment in comments]

        def decide(who: Person, case: str) -> int:
            body = {"verdict": "approve", "revision": 1}
            status: int = who.post(f"/v1/moderation/cases/{case}/decisions", body).status_code
            return status

        with ThreadPoolExecutor(8) as pool:
            races = [[pool.submit(decide, who, case) for who in moderators] for case in cases]
            statuses = [sorted(one.result() for one in race) for race in races]
        assert statuses == [[201, 409]] * len(cases)
        log = read_log(moderators[0])
        assert sorted(decision["case_id"] for decision in log) == sorted(cases)
        assert moderators[0].get(f"{LOG}/verify").json() == {"ok": True, "checked": 10, "first_broken": None}
