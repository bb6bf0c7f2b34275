"""Creating requests sent again under their Idempotency-Key."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import psycopg
import pytest
from fastapi.routing import iter_route_contexts
from sqlmodel import Session, select

from api.idempotency import KEPT_FOR, Created, IdempotencyKey, forget_old_answers, once
from models.errors import NotFound
from models.publication import IdempotencyRecord
from tests.api.raw import RawAnswer, at_once, json_request
from tests.api.world import with_token
from tests.service import PASSWORD, Person, Service, running_service

BODY = {"body": "رأي"}
# These POST routes create nothing that a client would count twice, or say by themselves that it is there already.
NOT_REPEATABLE = {
    "/v1/users",
    "/v1/auth/token",
    "/v1/auth/revoke",
    "/v1/auth/export",
    "/v1/auth/erasure",
    "/v1/auth/stream-ticket",
    "/v1/auth/password-reset",
    "/v1/auth/password-reset/confirm",
    "/v1/auth/email-verification/confirm",
    "/v1/moderation/cases/{case_id}/claim",
    "/v1/moderation/cases/{case_id}/claim/handover",
    "/v1/moderation/decisions",
    "/v1/moderation/batches",
    "/v1/moderation/batches/preview",
    "/v1/moderation/batches/{batch_id}/reversal",
    "/v1/moderation/rules/simulations",
    "/v1/me/notifications/read",
    "/v1/notifications/stop",
}


@pytest.fixture
def article(service: Service) -> Any:
    """Put an article up."""
    return service.article()


@pytest.fixture
def path(article: Any) -> str:
    """Give the path of the article's comments."""
    return f"/v1/articles/{article['id']}/comments"


def count_own(person: Person) -> int:
    """Count somebody's comments."""
    return len(person.get("/v1/me/comments?limit=100").json()["items"])


class TestRepeats:
    def test_same_request_again_gives_the_first_answer_and_does_nothing(
        self, service: Service, member: Person, path: str
    ) -> None:
        first = member.post(path, BODY, idempotency_key="k-1")
        again = member.post(path, BODY, idempotency_key="k-1")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again.headers["location"] == first.headers["location"]
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert count_own(member) == 1

    def test_first_answer_is_given_however_the_thing_stands_now(
        self, service: Service, member: Person, moderator: Person, path: str
    ) -> None:
        first = member.post(path, BODY, idempotency_key="k-1")
        service.decide(moderator, first.json(), "reject", reason="other")
        assert member.post(path, BODY, idempotency_key="k-1").content == first.content
        member.delete(f"/v1/comments/{first.json()['id']}")
        assert member.post(path, BODY, idempotency_key="k-1").content == first.content

    def test_same_values_written_otherwise_are_the_same_request(
        self, service: Service, member: Person, path: str
    ) -> None:
        bodies = ['{"body": "رأي", "kind": "remark"}', '{"kind":"remark",\n"body":"\\u0631\\u0623\\u064a"}']
        requests = [json_request(member, "POST", path, body.encode(), (b"idempotency-key", b"k-1")) for body in bodies]
        first, again = (at_once(service, [request])[0] for request in requests)
        assert again.status == 201
        assert again.content == first.content

    def test_other_request_under_the_key_is_refused(self, member: Person, path: str) -> None:
        member.post(path, BODY, idempotency_key="k-1")
        other = member.post(path, {"body": "رأي آخر"}, idempotency_key="k-1")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert count_own(member) == 1

    def test_key_is_of_one_user_and_one_route(self, service: Service, member: Person, path: str) -> None:
        first = member.post(path, BODY, idempotency_key="k-1")
        colleague = service.person()
        other = colleague.post(path, BODY, idempotency_key="k-1")
        elsewhere = f"/v1/articles/{service.article()['id']}/comments"
        answers = [other, member.post(elsewhere, BODY, idempotency_key="k-1")]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert len({answer.json()["id"] for answer in (first, *answers)}) == 3
        assert member.post(path, BODY, idempotency_key="k-1").content == first.content
        assert colleague.post(path, BODY, idempotency_key="k-1").content == other.content

    def test_articles_decisions_replies_and_reviews_are_repeated_too(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        editor = service.person("editor")
        article = editor.post("/v1/articles", {"title": "مقال"}, idempotency_key="a")
        assert editor.post("/v1/articles", {"title": "مقال"}, idempotency_key="a").content == article.content
        comment = service.comment(member, article.json())
        case = service.case_of(moderator, comment)
        decisions, ruling = f"/v1/moderation/cases/{case['id']}/decisions", {"verdict": "approve", "revision": 1}
        decision = moderator.post(decisions, ruling, idempotency_key="d")
        again = moderator.post(decisions, ruling, idempotency_key="d")
        assert (again.status_code, again.content) == (201, decision.content)
        for path, who, body in (
            (f"/v1/comments/{comment['id']}/replies", member, {"body": "رد"}),
            (f"/v1/comments/{comment['id']}/cases", moderator, {}),
        ):
            first = who.post(path, body, idempotency_key="r")
            again = who.post(path, body, idempotency_key="r")
            assert (first.status_code, again.status_code) == (201, 201)
            assert again.content == first.content
            assert again.headers["idempotency-replayed"] == "true"

    def test_answer_about_what_the_caller_may_no_longer_see_is_not_given(
        self, service: Service, member: Person
    ) -> None:
        claim = IdempotencyRecord(
            user_id=UUID(str(member.id)), route="POST /x", key="k", fingerprint="f", created_at=service.clock()
        )
        subject = UUID(str(member.id))
        sees = {"is_visible": lambda _, __: True}

        def create(_: Session) -> Created:
            return Created(b"{}", subject)

        assert not service.write(once, claim, create, **sees).is_replayed
        assert service.write(once, claim, create, **sees).is_replayed
        with pytest.raises(NotFound):
            service.write(once, claim, create, is_visible=lambda _, __: False)


class TestKeys:
    @pytest.mark.parametrize(
        "key",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"k" * 256, id="too long"),
            pytest.param("مفتاح".encode(), id="not ASCII"),
            pytest.param(b"a\tb", id="a tab"),
            pytest.param(b"a\x7fb", id="delete"),
            pytest.param(b"a\x00b", id="NUL"),
        ],
    )
    @pytest.mark.long_table
    def test_key_of_another_form_is_refused(self, service: Service, member: Person, path: str, key: bytes) -> None:
        request = json_request(member, "POST", path, b'{"body": "x y"}', (b"idempotency-key", key))
        [answer] = at_once(service, [request])
        assert (answer.status, answer.code) == (422, "idempotency_key_invalid")
        assert count_own(member) == 0

    @pytest.mark.parametrize("key", ["k", "k" * 255, '"a b" ~!'])
    def test_key_of_printable_ascii_is_taken(self, member: Person, path: str, key: str) -> None:
        assert member.post(path, BODY, idempotency_key=key).status_code == 201
        assert member.post(path, BODY, idempotency_key=key).headers["idempotency-replayed"] == "true"

    def test_registration_takes_no_key(self, service: Service) -> None:
        body = {"email": "a@example.org", "password": PASSWORD, "display_name": "ليلى", "locale": "ar"}
        answers = [service.nobody.post("/v1/users", body, idempotency_key="k") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 409]

    def test_every_other_creating_route_takes_one(self, service: Service) -> None:
        depends = get_args(IdempotencyKey)[1].dependency
        posts = [route for route in iter_route_contexts(service.app.routes) if "POST" in (route.methods or ())]
        without = {
            str(route.path_format)
            for route in posts
            if depends not in {dependency.call for dependency in route.dependant.dependencies}
        }
        assert len(posts) > len(without)
        assert without <= NOT_REPEATABLE


class TestFailures:
    def test_first_try_that_was_refused_leaves_the_key_free(self, service: Service, member: Person) -> None:
        editor = service.person("editor")
        article = service.article(editor, discussion={"state": "closed"})
        path, settings = f"/v1/articles/{article['id']}/comments", f"/v1/articles/{article['id']}"
        for _ in range(2):
            assert member.post(path, BODY, idempotency_key="k").json()["code"] == "discussion_closed"
        assert member.post(path, {"body": ""}, idempotency_key="k").json()["code"] == "validation_failed"
        editor.patch(settings, {"discussion": {"state": "open"}})
        second = member.post(path, BODY, idempotency_key="k")
        assert second.status_code == 201
        assert "idempotency-replayed" not in second.headers

    def test_first_try_whose_work_failed_leaves_nothing(self, service: Service, member: Person) -> None:
        claim = IdempotencyRecord(
            user_id=UUID(str(member.id)), route="POST /x", key="k", fingerprint="f", created_at=service.clock()
        )

        def fail(_: Session) -> Created:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            service.write(once, claim, fail, is_visible=lambda _, __: True)
        created = service.write(once, claim, lambda _: Created(b"{}", None), is_visible=lambda _, __: True)
        assert not created.is_replayed


class TestTime:
    def later(self, service: Service, person: Person, by: timedelta) -> Person:
        service.clock.advance(by)
        return with_token(service, person, at=service.clock())

    def test_key_is_kept_for_a_day_and_then_free(self, service: Service, member: Person, path: str) -> None:
        first = member.post(path, BODY, idempotency_key="k").json()
        member = self.later(service, member, KEPT_FOR)
        assert member.post(path, BODY, idempotency_key="k").json() == first
        member = self.later(service, member, timedelta(seconds=1))
        second = member.post(path, BODY, idempotency_key="k")
        assert second.status_code == 201
        assert second.json()["id"] != first["id"]
        assert member.post(path, BODY, idempotency_key="k").json() == second.json()

    def test_answers_are_dropped_after_a_day_and_not_before(self, service: Service, member: Person, path: str) -> None:
        def kept(session: Session) -> int:
            return len(session.exec(select(IdempotencyRecord)).all())

        member.post(path, BODY, idempotency_key="k")
        for by, rows in ((KEPT_FOR, 1), (timedelta(seconds=1), 0)):
            service.clock.advance(by)
            service.write(forget_old_answers, now=service.clock())
            assert service.read(kept) == rows


def until_answered(service: Service, request: Any) -> RawAnswer:
    """Send a request, again and again while its first try is still running."""
    while (answer := at_once(service, [request])[0]).code == "idempotency_in_progress":
        time.sleep(0.05)
    return answer


class TestRaces:
    def race(self, service: Service, *, clients: int, keys: int) -> None:
        article = service.article(discussion={"moderation": "post"})
        members = [service.person() for _ in range(max(1, keys // 10))]
        path = f"/v1/articles/{article['id']}/comments"
        for number in range(keys):
            body, key = f'{{"body": "opinion {number}"}}'.encode(), f"key {number}".encode()
            request = json_request(members[number % len(members)], "POST", path, body, (b"idempotency-key", key))
            answers = at_once(service, [request] * clients)
            answers = [
                until_answered(service, request) if answer.code == "idempotency_in_progress" else answer
                for answer in answers
            ]
            assert {answer.status for answer in answers} == {201}
            assert len({answer.content for answer in answers}) == 1
            assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
        counts = service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]
        assert counts["comments"] == sum(count_own(member) for member in members) == keys

    def test_clients_at_once_under_one_key_make_one_comment(self, service: Service) -> None:
        self.race(service, clients=20, keys=4)

    @pytest.mark.drill
    @pytest.mark.timeout(900)
    def test_fifty_clients_at_once_under_each_of_two_hundred_keys_make_one_comment_each(self, service: Service) -> None:
        self.race(service, clients=50, keys=200)


@contextmanager
def unfinished_first(url: str, member: Person, path: str) -> Iterator[Any]:
    """Hold the first request under a key open, as one that hangs in the middle of its work."""
    row = (member.id, f"POST {path}", "k", "other", 201, "{}", "{}")
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO idempotency_records (user_id, route, key, fingerprint, status, headers, body, created_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, now())",
            row,
        )
        yield connection
        connection.rollback()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
class TestFirstStillRunning:
    def test_second_waits_for_the_first_and_says_so_after_a_while(self, database_url: str, tmp_path: Path) -> None:
        with running_service(f"{database_url}?options=-c%20lock_timeout%3D300ms", tmp_path) as service:
            member = service.person()
            path = f"/v1/articles/{service.article()['id']}/comments"
            with unfinished_first(database_url, member, path):
                answer = member.post(path, BODY, idempotency_key="k")
                assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
            assert member.post(path, BODY, idempotency_key="k").status_code == 201

    def test_second_that_waited_sees_what_the_first_did(
        self, service: Service, database_url: str, member: Person, path: str
    ) -> None:
        with ThreadPoolExecutor(1) as pool, unfinished_first(database_url, member, path) as first:
            second = pool.submit(member.post, path, BODY, idempotency_key="k")
            time.sleep(0.3)
            assert not second.done()
            first.commit()
            assert second.result().json()["code"] == "idempotency_key_reused"

    @pytest.mark.drill
    def test_second_waits_for_five_seconds(
        self, service: Service, database_url: str, member: Person, path: str
    ) -> None:
        with unfinished_first(database_url, member, path):
            began = time.monotonic()
            answer = member.post(path, BODY, idempotency_key="k")
            assert answer.json()["code"] == "idempotency_in_progress"
            assert 4.5 < time.monotonic() - began < 7
