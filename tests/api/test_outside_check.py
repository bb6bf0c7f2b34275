"""The outside check: words wait for a signed question's answer, and nothing but an answer lets them on."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from forum.delivery.outbox import MOST_ATTEMPTS
from forum.delivery.signatures import secret_bytes
from forum.moderation.outside import Answer, OutsideVerdict, take_answer
from models.publication import OutboxJob
from settings import Settings
from tests.beside import beside
from tests.service import Person, Service, running_service

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass
class Outside:
    """Answer as a test says, and remember what was asked."""

    status: int = 200
    answer: bytes = b'{"verdict": "pass"}'
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Run an outside service on loopback."""
    state = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.answer)))
            self.end_headers()
            self.wfile.write(state.answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/look?at=1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def service(database_url: str, tmp_path: Path, outside: Outside) -> Iterator[Service]:
    """Run a service that asks the outside one."""
    with running_service(database_url, tmp_path, screening_url=outside.url, screening_secret=SECRET) as service:
        yield service


@pytest.fixture
def article(service: Service) -> Any:
    """Put an article up whose discussion publishes at once."""
    return service.article(discussion={"moderation": "post"})


def deliver(service: Service) -> None:
    """Let the relay do what is due."""
    assert service.client.portal is not None
    service.client.portal.call(service.app.state.chores.deliver)


def jobs(service: Service) -> list[OutboxJob]:
    """Give the jobs that stand."""

    def verb(session: Session) -> list[OutboxJob]:
        return list(session.exec(select(OutboxJob)).all())

    return list(service.read(verb))


def asked_and_settled(service: Service, outside: Outside, author: Person, article: Any, body: str) -> Any:
    """Post a comment, wait until the outside service has answered, and read the comment."""
    comment = service.comment(author, article, body)
    assert (comment["status"], comment["hold"]["codes"]) == ("pending", ["outside_check"])
    while jobs(service):
        deliver(service)
    return author.get(f"/v1/comments/{comment['id']}").json()


class TestAnswers:
    def test_passed_words_are_published(
        self, service: Service, outside: Outside, member: Person, moderator: Person, article: Any
    ) -> None:
        settled = asked_and_settled(service, outside, member, article, "رأي")
        assert (settled["status"], settled["hold"]) == ("approved", None)
        assert service.nobody.get(f"/v1/comments/{settled['id']}").status_code == 200
        assert moderator.get("/v1/moderation/decisions").json()["items"][0]["automated"] is True

    def test_held_words_wait_for_people_with_code_and_places(
        self, service: Service, outside: Outside, member: Person, moderator: Person, article: Any
    ) -> None:
        outside.answer = b'{"verdict": "hold", "code": "hate", "spans": [[0, 3], [2, 99]]}'
        settled = asked_and_settled(service, outside, member, article, "رأي قاس")
        assert settled["hold"]["codes"] == ["hate"]
        [hold] = service.case_of(moderator, settled)["hold"]
        assert (hold["code"], hold["spans"]) == ("hate", [[0, 3]])

    def test_unknown_code_is_named_as_a_finding_from_outside(
        self, service: Service, outside: Outside, member: Person, article: Any
    ) -> None:
        outside.answer = b'{"verdict": "hold", "code": "x-17"}'
        assert asked_and_settled(service, outside, member, article, "رأي")["hold"]["codes"] == ["outside_finding"]

    def test_rejected_words_are_rejected_as_by_the_system(
        self, service: Service, outside: Outside, member: Person, moderator: Person, article: Any
    ) -> None:
        outside.answer = b'{"verdict": "reject", "code": "advertising"}'
        assert asked_and_settled(service, outside, member, article, "رأي")["status"] == "rejected"
        [decision] = moderator.get("/v1/moderation/decisions").json()["items"]
        assert (decision["automated"], decision["reason"]) == (True, "advertising")
        assert moderator.get("/v1/moderation/decisions/verify").json()["ok"] is True

    def test_passed_words_still_wait_for_what_else_holds_them(
        self, service: Service, outside: Outside, member: Person
    ) -> None:
        comment = service.comment(member, service.article(), "رأي")
        assert comment["hold"]["codes"] == ["pre_moderation", "outside_check"]
        while jobs(service):
            deliver(service)
        assert member.get(f"/v1/comments/{comment['id']}").json()["hold"]["codes"] == ["pre_moderation"]

    def test_answer_that_comes_while_the_author_declares_is_not_waited_for_again(
        self, service: Service, article: Any
    ) -> None:
        expert = service.person("expert")
        comment = service.comment(expert, article, "رأي")
        assert comment["hold"]["codes"] == ["disclosure_missing", "outside_check"]
        asked = {"comment_id": comment["id"], "revision": 1}

        def answering(session: Session) -> None:
            take_answer(session, asked, Answer(OutsideVerdict.PASS), now=service.clock())

        path = f"/v1/articles/{article['id']}/disclosure"
        assert beside(service, answering, lambda: expert.put(path, {"none": True})).status_code == 201
        assert expert.get(f"/v1/comments/{comment['id']}").json()["status"] == "approved"


class TestQuestion:
    def test_question_is_signed_and_holds_the_words_and_no_name(
        self, service: Service, outside: Outside, member: Person, article: Any
    ) -> None:
        comment = asked_and_settled(service, outside, member, article, "رأي «صريح»")
        headers, body = outside.asked[0]
        assert json.loads(body) == {
            "comment_id": comment["id"],
            "article_id": article["id"],
            "revision": 1,
            "language": "ar",
            "body": "رأي «صريح»",
            "quote": None,
        }
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(KEY, signed, sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert int(headers["webhook-timestamp"]) == int(service.clock().timestamp())

    def test_words_that_no_longer_wait_are_not_asked_about(
        self, service: Service, outside: Outside, member: Person, moderator: Person, article: Any
    ) -> None:
        outside.status = 500
        comment = service.comment(member, article, "رأي")
        assert service.decide(moderator, comment, "reject", reason="other").status_code == 201
        outside.status = 200
        service.clock.advance(timedelta(minutes=5))
        while jobs(service):
            deliver(service)
        assert member.get(f"/v1/comments/{comment['id']}").json()["status"] == "rejected"

    def test_answer_about_words_that_were_edited_meanwhile_changes_nothing(
        self, service: Service, outside: Outside, member: Person, article: Any
    ) -> None:
        outside.status = 503
        comment = service.comment(member, article, "رأي")
        first = jobs(service)[0].payload
        member.patch(f"/v1/comments/{comment['id']}", {"body": "رأي آخر"})
        outside.status, outside.answer = 200, b'{"verdict": "hold"}'
        service.clock.advance(timedelta(minutes=5))
        while jobs(service):
            deliver(service)
        assert first["revision"] == 1
        assert [json.loads(body)["body"] for _, body in outside.asked][-1] == "رأي آخر"
        assert member.get(f"/v1/comments/{comment['id']}").json()["hold"]["codes"] == ["outside_finding"]


BROKEN = {
    "an error": (500, b""),
    "a redirect": (302, b'{"verdict": "pass"}'),
    "no JSON": (200, b"pass"),
    "no object": (200, b'["pass"]'),
    "an unknown verdict": (200, b'{"verdict": "publish"}'),
    "no verdict": (200, b"{}"),
    "spans that are none": (200, b'{"verdict": "hold", "spans": [1]}'),
    "more than anybody asked for": (200, b'{"verdict": "pass", "x": "' + b"a" * 70_000 + b'"}'),
}


class TestDeadService:
    @pytest.mark.parametrize(("status", "answer"), BROKEN.values(), ids=BROKEN)
    @pytest.mark.long_table
    def test_anything_but_an_answer_publishes_nothing_and_is_asked_again(
        self, service: Service, outside: Outside, member: Person, article: Any, status: int, answer: bytes
    ) -> None:
        outside.status, outside.answer = status, answer
        comment = service.comment(member, article, "رأي")
        while not jobs(service)[0].attempts:
            deliver(service)
        assert member.get(f"/v1/comments/{comment['id']}").json()["hold"]["codes"] == ["outside_check"]
        outside.status, outside.answer = 200, b'{"verdict": "pass"}'
        service.clock.advance(timedelta(minutes=5))
        while jobs(service):
            deliver(service)
        assert member.get(f"/v1/comments/{comment['id']}").json()["status"] == "approved"

    def test_service_that_never_answers_leaves_the_words_to_people(
        self, service: Service, outside: Outside, member: Person, moderator: Person, article: Any
    ) -> None:
        outside.status = 503
        comment = service.comment(member, article, "رأي")
        while jobs(service)[0].failed_at is None:
            service.clock.advance(timedelta(hours=7))
            deliver(service)
        assert jobs(service)[0].attempts == MOST_ATTEMPTS
        [case] = service.person("moderator").get("/v1/moderation/cases").json()["items"]
        assert [hold["code"] for hold in case["hold"]] == ["outside_check"]
        assert service.nobody.get(f"/v1/comments/{comment['id']}").status_code == 404
        assert service.decide(service.person("moderator"), comment).status_code == 201


class TestFaults:
    def test_job_that_cannot_be_done_is_put_off_and_holds_up_no_other(
        self, service: Service, outside: Outside, member: Person, article: Any
    ) -> None:
        broken = OutboxJob(kind="outside_check", payload={}, created_at=service.clock(), due_at=service.clock())
        service.write(lambda session: session.add(broken))
        comment = service.comment(member, article, "رأي")
        while len(jobs(service)) > 1 or not jobs(service)[0].attempts:
            deliver(service)
        assert member.get(f"/v1/comments/{comment['id']}").json()["status"] == "approved"
        [left] = jobs(service)
        assert left.id == broken.id
        while jobs(service)[0].failed_at is None:
            service.clock.advance(timedelta(hours=7))
            deliver(service)


class TestSettings:
    def test_check_without_a_secret_stops_the_start(self) -> None:
        with pytest.raises(ValueError, match="FORUM_SCREENING_URL"):
            Settings(screening_url="https://check.example")

    def test_plain_text_is_a_secret_too(self) -> None:
        assert secret_bytes("plain") == b"plain"
        assert secret_bytes(SECRET) == KEY

    def test_secret_that_is_not_base64_is_refused(self) -> None:
        with pytest.raises(ValueError, match="base64"):
            secret_bytes("whsec_?")
