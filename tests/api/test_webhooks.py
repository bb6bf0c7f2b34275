"""Webhooks: other systems hear of what happens, signed, at least once, and of nothing that may not be shown."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select
from standardwebhooks.webhooks import WebhookVerificationError

from api import calls
from forum.delivery import couriers
from forum.delivery.webhooks import KEPT_FOR, OVERLAP
from models.deliveries import EventType
from models.publication import OutboxJob
from tests.api.receivers import Receiver, running_receiver
from tests.api.world import with_token
from tests.service import Person, Service, running_service

WEBHOOKS = "/v1/webhooks"
ALL = [event.value for event in EventType if event is not EventType.PING]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run a service that may send to loopback."""
    with running_service(database_url, tmp_path, webhook_allow_private=True) as service:
        yield service


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="تحرير")


def set_up(editor: Person, receiver: Receiver, *events: str, **values: Any) -> Any:
    """Set a webhook up."""
    answer = editor.post(WEBHOOKS, {"url": receiver.url, "events": list(events or ALL), **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def deliver(service: Service) -> None:
    """Let the relay hand out events, and wait for the tasks that carry them."""
    portal, chores = service.client.portal, service.app.state.chores
    assert portal is not None
    portal.call(chores.spread)
    portal.call(chores.courier.set_out)
    portal.call(chores.courier.come_home)


def deliver_until(service: Service, receiver: Receiver, kind: str, number: int = 1) -> list[Any]:
    """Let the relay work until so many of one type came, since the one beside the tests takes its share."""
    for _ in range(50):
        deliver(service)
        if len(receiver.of_type(kind)) >= number:
            break
    return receiver.of_type(kind)


def later(service: Service, person: Person, by: timedelta) -> Person:
    """Let time pass and give somebody with a token of then."""
    service.clock.advance(by)
    return with_token(service, person, at=service.clock())


def log(editor: Person, webhook: Any, query: str = "") -> Any:
    """Read the log of a webhook."""
    return editor.get(f"{WEBHOOKS}/{webhook['id']}/deliveries{query}").json()["items"]


class TestSettingUp:
    def test_secret_is_shown_once_and_never_again(self, service: Service, editor: Person, receiver: Receiver) -> None:
        body = {"url": receiver.url, "events": ["comment.approved", "comment.approved"], "description": "الموقع"}
        first = editor.post(WEBHOOKS, body, idempotency_key="k")
        assert first.json()["secret"].startswith("whsec_")
        assert first.json()["events"] == ["comment.approved"]
        again = editor.post(WEBHOOKS, body, idempotency_key="k")
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == first.json() | {"secret": None}
        path = first.headers["location"]
        assert "secret" not in editor.get(path).json()
        assert "whsec_" not in editor.get(WEBHOOKS).text + editor.get(path).text
        [listed] = editor.get(WEBHOOKS).json()["items"]
        assert listed == editor.get(path).json()

    def test_change_needs_the_version_and_removal_takes_the_log_along(
        self, service: Service, editor: Person, receiver: Receiver
    ) -> None:
        webhook = set_up(editor, receiver)
        path = f"{WEBHOOKS}/{webhook['id']}"
        assert editor.send("PATCH", path, {"active": False}).status_code == 428
        assert editor.patch(path, {"active": False}, if_match='"7.a"').status_code == 412
        changed = editor.patch(path, {"active": False, "description": None}).json()
        assert (changed["active"], changed["events"]) == (False, ALL)
        assert editor.patch(path, {"active": False}).json() == changed
        assert editor.post(f"{path}/ping").status_code == 202
        assert editor.send("DELETE", path).status_code == 428
        assert editor.delete(path, if_match='"7.a"').status_code == 412
        assert editor.delete(path).status_code == 204
        for gone in (path, f"{path}/deliveries"):
            assert editor.get(gone).status_code == 404

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            pytest.param({"url": "ftp://example.org/"}, "/url", id="http or https"),
            pytest.param({"url": "https://user:word@example.org/"}, "/url", id="no password in the address"),
            pytest.param({"url": "https://example.org/#part"}, "/url", id="no fragment"),
            pytest.param({"events": []}, "/events", id="some events"),
            pytest.param({"events": ["ping"]}, "/events/0", id="a ping is nothing to wait for"),
            pytest.param({"events": ["comment.liked"]}, "/events/0", id="known events"),
            pytest.param({"secret": "whsec_eA=="}, "/secret", id="the secret is ours to make"),
        ],
    )
    @pytest.mark.long_table
    def test_what_is_no_webhook_is_refused(self, editor: Person, values: Any, pointer: str) -> None:
        answer = editor.post(WEBHOOKS, {"url": "https://example.org/", "events": ALL} | values)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    def test_list_goes_on_and_what_is_not_there_is_unknown(self, editor: Person, receiver: Receiver) -> None:
        made = [set_up(editor, receiver)["id"] for _ in range(3)]
        first = editor.get(f"{WEBHOOKS}?limit=2").json()
        rest = editor.get(f"{WEBHOOKS}?limit=2&cursor={first['next']}").json()
        assert [row["id"] for row in first["items"] + rest["items"]] == made[::-1]
        for act in ("secret-rotation", "ping", f"deliveries/{uuid4()}/resend"):
            assert editor.post(f"{WEBHOOKS}/{uuid4()}/{act}").status_code == 404
        assert editor.post(f"{WEBHOOKS}/{made[0]}/deliveries/{uuid4()}/resend").status_code == 404

    def test_unknown_webhook_is_named_before_what_is_wrong_with_the_change(
        self, editor: Person, member: Person, receiver: Receiver
    ) -> None:
        there, nowhere = f"{WEBHOOKS}/{set_up(editor, receiver)['id']}", f"{WEBHOOKS}/{uuid4()}"
        wrong = {"secret": "whsec_eA=="}
        assert [editor.send("PATCH", path, wrong).status_code for path in (there, nowhere)] == [422, 404]
        assert [member.send("PATCH", path, wrong).status_code for path in (there, nowhere)] == [403, 403]


class TestEvents:
    def test_life_of_a_comment_is_told_signed_and_with_its_public_words(
        self, service: Service, editor: Person, member: Person, moderator: Person, receiver: Receiver
    ) -> None:
        webhook = set_up(editor, receiver)
        article = service.article(editor)
        comment = service.comment(member, article, "كلام ينتظر")
        [created] = deliver_until(service, receiver, "comment.created")
        assert (created["data"]["id"], created["data"]["status"]) == (comment["id"], "pending")
        assert "كلام ينتظر" not in json.dumps(created, ensure_ascii=False)
        [opened] = deliver_until(service, receiver, "case.opened")
        assert opened["data"]["subject"]["id"] == comment["id"]
        decision = service.decide(moderator, comment).json()
        [approved] = deliver_until(service, receiver, "comment.approved")
        assert approved["data"] == service.nobody.get(f"/v1/comments/{comment['id']}").json()
        [decided] = deliver_until(service, receiver, "case.decided")
        assert (decided["data"]["id"], decided["data"]["to"]) == (decision["id"], "approved")
        assert str(moderator.id) not in json.dumps(decided)
        member.patch(f"/v1/comments/{comment['id']}", {"body": "كلام آخر"})
        service.decide(moderator, comment)
        [updated] = deliver_until(service, receiver, "comment.updated")
        assert updated["data"]["body"] == "كلام آخر"
        member.delete(f"/v1/comments/{comment['id']}")
        [removed] = deliver_until(service, receiver, "comment.removed")
        assert (removed["data"]["id"], removed["data"]["tombstone"]) == (comment["id"], "withdrawn")
        assert "body" not in removed["data"]
        assert all(one.verified(webhook["secret"]) for one in receiver.received)
        assert len({one.id for one in receiver.received}) == len(receiver.received)
        assert {one.content["timestamp"] for one in receiver.received} == {"2026-03-01T09:00:00.000000Z"}

    def test_sanction_is_told_without_its_note_and_not_once_it_is_lifted(
        self, service: Service, editor: Person, member: Person, receiver: Receiver
    ) -> None:
        set_up(editor, receiver, "user.sanctioned")
        receiver.status = 500
        path, body = f"/v1/users/{member.id}/sanctions", {"kind": "mute", "reason": "abuse", "note": "سر"}
        lifted = editor.post(path, body).json()
        standing = editor.post(path, body).json()
        deliver_until(service, receiver, "user.sanctioned", 1)
        receiver.received.clear()
        editor.send("DELETE", f"{path}/{lifted['id']}")
        receiver.status = 204
        service.clock.advance(timedelta(minutes=5))
        told = deliver_until(service, receiver, "user.sanctioned")
        assert {one["data"]["id"] for one in told} == {standing["id"]}
        assert "سر" not in json.dumps(told, ensure_ascii=False)

    def test_only_what_was_asked_for_and_happened_since_is_told(
        self, service: Service, editor: Person, member: Person, moderator: Person, receiver: Receiver
    ) -> None:
        article = service.article(editor, discussion={"moderation": "post"})
        service.comment(member, article, "قبل")
        service.clock.advance(timedelta(seconds=1))
        webhook = set_up(editor, receiver, "comment.approved", "comment.created")
        idle = set_up(editor, receiver, "user.sanctioned")
        service.comment(member, article, "بعد")
        deliver_until(service, receiver, "comment.approved")
        deliver_until(service, receiver, "comment.created")
        assert [one.content["data"]["body"] for one in receiver.received] == ["بعد", "بعد"]
        assert len(log(editor, webhook)) == 2
        assert log(editor, idle) == []

    def test_words_that_are_no_longer_public_are_not_sent(
        self, service: Service, editor: Person, member: Person, receiver: Receiver
    ) -> None:
        webhook = set_up(editor, receiver, "comment.approved")
        receiver.status = 503
        article = service.article(editor, discussion={"moderation": "post"})
        comment = service.comment(member, article, "كلام")
        deliver_until(service, receiver, "comment.approved")
        receiver.received.clear()
        member.delete(f"/v1/comments/{comment['id']}")
        receiver.status = 204
        editor = later(service, editor, timedelta(hours=1))
        deliver(service)
        deliver(service)
        assert receiver.received == []
        [dropped] = log(editor, webhook)
        assert (dropped["state"], dropped["next_try_at"]) == ("dropped", None)

    def test_without_webhooks_nothing_is_written_down(self, service: Service, member: Person) -> None:
        service.comment(member, service.article())
        assert service.read(lambda session: session.exec(select(OutboxJob)).all()) == []


class TestTries:
    def test_failures_are_tried_again_for_three_days_then_given_up_and_sent_on_request(
        self, service: Service, editor: Person, receiver: Receiver
    ) -> None:
        webhook = set_up(editor, receiver, "comment.created")
        path = f"{WEBHOOKS}/{webhook['id']}"
        receiver.status = 500
        ping = editor.post(f"{path}/ping").json()
        assert (ping["type"], ping["state"], ping["tries"]) == ("ping", "waiting", [])
        began, seen = service.clock(), []
        while log(editor, webhook)[0]["state"] == "waiting":
            deliver(service)
            seen.append(service.clock() - began)
            editor = later(service, editor, timedelta(hours=3))
            assert len(seen) < 100
        [given_up] = log(editor, webhook, "?state=failed")
        assert couriers.TRIED_FOR <= seen[-1] <= couriers.TRIED_FOR + couriers.LONGEST_PAUSE
        assert {one["status"] for one in given_up["tries"]} == {500}
        assert [one["number"] for one in given_up["tries"]] == list(range(1, len(given_up["tries"]) + 1))
        assert len({one.id for one in receiver.received}) == 1
        marked = editor.get(path).json()
        assert (marked["status"], marked["failing_since"]) == ("failing", "2026-03-01T09:00:00.000000Z")
        receiver.status = 200
        assert editor.post(f"{path}/deliveries/{ping['id']}/resend").status_code == 202
        deliver(service)
        while log(editor, webhook)[0]["state"] == "waiting":
            deliver(service)
        assert log(editor, webhook)[0]["tries"][-1]["status"] == 200
        assert editor.get(path).json()["status"] == "ok"
        assert receiver.received[-1].id == ping["id"]

    def test_pauses_grow(self, service: Service, editor: Person, receiver: Receiver) -> None:
        webhook = set_up(editor, receiver)
        receiver.status = 500
        editor.post(f"{WEBHOOKS}/{webhook['id']}/ping")
        pauses = []
        for _ in range(4):
            while log(editor, webhook)[0]["tries"][len(pauses) :] == []:
                deliver(service)
            waiting = log(editor, webhook)[0]
            service.clock.now = service.clock.now.fromisoformat(waiting["next_try_at"])
            pauses.append((service.clock.now - service.clock.now.fromisoformat(waiting["tries"][-1]["at"])).seconds)
        assert pauses == [5, 5, 10, 20]

    def test_redirects_are_not_followed(self, service: Service, editor: Person, receiver: Receiver) -> None:
        webhook = set_up(editor, receiver)
        receiver.status, receiver.headers = 302, {"Location": receiver.url + "/elsewhere"}
        editor.post(f"{WEBHOOKS}/{webhook['id']}/ping")
        deliver_until(service, receiver, "ping")
        assert [one.path for one in receiver.received] == ["/hook"]
        while not log(editor, webhook)[0]["tries"]:
            deliver(service)
        assert log(editor, webhook)[0]["tries"][0]["status"] == 302

    def test_receiver_that_does_not_answer_holds_up_no_other(
        self, service: Service, editor: Person, member: Person, receiver: Receiver
    ) -> None:
        with running_receiver() as slow:
            slow.may_answer.clear()
            set_up(editor, slow, "comment.approved")
            set_up(editor, receiver, "comment.approved")
            article = service.article(editor, discussion={"moderation": "post"})
            for number in range(10):
                service.comment(member, article, f"رأي {number}")
            portal, chores = service.client.portal, service.app.state.chores
            assert portal is not None
            for _ in range(200):
                portal.call(chores.spread)
                portal.call(chores.courier.set_out)
                if len(receiver.received) == 10:
                    break
            assert len(receiver.received) == 10
            assert len(slow.received) == 1

    def test_other_address_is_tried_at_once(self, service: Service, editor: Person, receiver: Receiver) -> None:
        with running_receiver() as old:
            old.status = 500
            webhook = set_up(editor, old)
            path = f"{WEBHOOKS}/{webhook['id']}"
            editor.post(f"{path}/ping")
            while not log(editor, webhook)[0]["tries"]:
                deliver(service)
        assert editor.patch(path, {"url": receiver.url}).json()["status"] == "ok"
        assert len(deliver_until(service, receiver, "ping")) == 1

    def test_webhook_that_is_off_is_left_alone(self, service: Service, editor: Person, receiver: Receiver) -> None:
        webhook = set_up(editor, receiver)
        path = f"{WEBHOOKS}/{webhook['id']}"
        editor.patch(path, {"active": False})
        editor.post(f"{path}/ping")
        deliver(service)
        assert receiver.received == []
        editor.patch(path, {"active": True})
        assert len(deliver_until(service, receiver, "ping")) == 1

    def test_receiver_that_is_gone_is_asked_once_and_switched_off(
        self, service: Service, editor: Person, receiver: Receiver
    ) -> None:
        receiver.status = 410
        webhook = set_up(editor, receiver)
        path = f"{WEBHOOKS}/{webhook['id']}"
        etag = editor.get(path).headers["etag"]
        editor.post(f"{path}/ping")
        while log(editor, webhook)[0]["state"] == "waiting":
            deliver(service)
        assert editor.get(path).json()["active"] is False
        assert editor.patch(path, {"active": True}, if_match=etag).status_code == 412
        later(service, editor, timedelta(days=1))
        deliver(service)
        assert len(receiver.received) == 1

    def test_log_is_forgotten_after_a_month(self, service: Service, editor: Person, receiver: Receiver) -> None:
        webhook = set_up(editor, receiver)
        editor.post(f"{WEBHOOKS}/{webhook['id']}/ping")
        while log(editor, webhook)[0]["state"] != "delivered":
            deliver(service)
        portal, chores = service.client.portal, service.app.state.chores
        assert portal is not None
        editor = later(service, editor, KEPT_FOR)
        portal.call(chores.forget)
        assert len(log(editor, webhook)) == 1
        service.clock.advance(timedelta(seconds=1))
        portal.call(chores.forget)
        assert log(editor, webhook) == []


class TestSecrets:
    def test_old_secret_signs_too_for_a_day_and_no_longer(
        self, service: Service, editor: Person, receiver: Receiver
    ) -> None:
        old = set_up(editor, receiver)
        path = f"{WEBHOOKS}/{old['id']}"
        tag = editor.get(path).headers["etag"].partition(".")[0]
        new = editor.post(f"{path}/secret-rotation").json()
        assert new["secret"] != old["secret"]
        assert editor.get(path).headers["etag"].partition(".")[0] == tag
        editor.post(f"{path}/ping")
        deliver_until(service, receiver, "ping")
        for secret in (old["secret"], new["secret"]):
            assert receiver.received[0].verified(secret)
        later(service, editor, OVERLAP).post(f"{path}/ping")
        deliver_until(service, receiver, "ping", 2)
        assert receiver.received[1].verified(new["secret"])
        with pytest.raises(WebhookVerificationError):
            receiver.received[1].verified(old["secret"])


class TestTargets:
    def test_private_addresses_are_refused_at_once_and_at_each_connection(
        self, database_url: str, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calls, "_resolve", lambda name, port: ["127.0.0.1"])
        with running_service(database_url, tmp_path) as service:
            editor = service.person("editor")
            for url in (receiver.url, "http://localhost/", "http://[::1]/", "https://[::ffff:10.0.0.1]/"):
                answer = editor.post(WEBHOOKS, {"url": url, "events": ALL})
                assert answer.json()["errors"][0]["code"] == "private_address"
            webhook = set_up(editor, Receiver(receiver.url.replace("127.0.0.1", "within.example")))
            assert editor.patch(f"{WEBHOOKS}/{webhook['id']}", {"url": receiver.url}).status_code == 422
            editor.post(f"{WEBHOOKS}/{webhook['id']}/ping")
            while not (tries := log(editor, webhook)[0]["tries"]):
                deliver(service)
            assert [(one["status"], one["error"]) for one in tries] == [(None, "private_address")]
            assert receiver.received == []
