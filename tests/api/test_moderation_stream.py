"""Moderators follow their queue: each event once, none that they may not know of, none after they lost the right."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from sqlmodel import Session

from forum.moderation import events
from models.cases import Case, CaseKind, SubjectType
from tests.api.listening import Stream, Told, opened, wait_until
from tests.service import Person, Service, let_older_transactions_end

PATH = "/v1/moderation/stream"


def happened(told: list[Told]) -> list[tuple[str, str]]:
    """Name what was told: events and the subjects of their cases."""
    return [(event.type, event.data["subject"]["id"]) for event in told]


def ticket_of(person: Person) -> Any:
    """Get a ticket."""
    answer = person.post("/v1/auth/stream-ticket")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestEvents:
    def test_moderator_sees_a_case_from_its_opening_to_its_end(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        with opened(service, PATH, by=moderator) as stream:
            comment = service.comment(member, article, "كلام لا يظهر في البث")
            [event] = stream.wait(1)
            assert event.data["state"] == "open"
            assert event.data["subject"] == {"type": "comment", "id": comment["id"], "revision": 1}
            claims = f"/v1/moderation/cases/{event.data['case_id']}/claim"
            claim = moderator.post(claims).json()
            assert stream.wait(2)[1].data["claim"] == {"by": str(moderator.id), "until": claim["until"]}
            moderator.delete(claims)
            stream.wait(3)
            member.patch(f"/v1/comments/{comment['id']}", {"body": "صيغة ثانية"})
            assert stream.wait(4)[3].data["subject"]["revision"] == 2
            service.decide(moderator, comment)
            stream.wait(5)
            other = service.comment(member, article, "آخر")
            member.delete(f"/v1/comments/{other['id']}")
            stream.wait(7)
        kinds = ["opened", "claimed", "released", "revised", "decided", "opened", "voided"]
        assert [event.type for event in stream.told] == kinds
        assert "كلام" not in stream.content.decode()
        assert claim["token"] not in stream.content.decode()

    def test_moderator_who_comes_back_gets_what_was_missed_and_nothing_twice(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        with opened(service, PATH, by=moderator) as stream:
            first = service.comment(member, article, "أول")
            stream.wait(1)
        second = service.comment(member, article, "ثان")
        with opened(service, PATH, by=moderator, Last_Event_ID=stream.position or "") as again:
            assert happened(again.wait(1)) == [("opened", second["id"])]
            service.decide(moderator, first)
            assert happened(again.wait(2))[1:] == [("decided", first["id"])]

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_event_that_commits_late_is_told_in_its_place(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        slow, fast = service.comment(member, article, "بطيء"), service.comment(member, article, "سريع")
        case = service.case_of(moderator, slow)
        let_older_transactions_end(moderator)
        with opened(service, PATH, by=moderator) as stream:
            with psycopg.connect(service.settings.database_url) as late:
                late.execute("UPDATE cases SET revision = revision + 1 WHERE id = %s", [case["id"]])
                service.decide(moderator, fast)
                time.sleep(0.7)
                assert stream.told == []
            assert happened(stream.wait(2)) == [("revised", slow["id"]), ("decided", fast["id"])]

    def test_events_that_are_no_longer_kept_reset_the_moderator(
        self, service: Service, member: Person, moderator: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "KEPT", 1)
        article = service.article()
        with opened(service, PATH, by=moderator) as stream:
            begun = stream.position or ""
        for number in range(3):
            service.comment(member, article, f"رأي {number}")
        service.write(events.forget_events)
        for position in (begun, "9" * 18, "x"):
            with opened(service, PATH, by=moderator, Last_Event_ID=position) as stream:
                assert [event.type for event in stream.wait(1)] == ["reset"]


class TestWhoMay:
    def test_cases_for_editors_are_not_told_to_moderators(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        editor, article = service.person("editor"), service.article()

        def open_application(session: Session) -> None:
            session.add(
                Case(
                    kind=CaseKind.APPLICATION,
                    subject_type=SubjectType.APPLICATION,
                    subject_id=uuid4(),
                    author_id=UUID(str(member.id)),
                    revision=1,
                    opened_at=service.clock(),
                    due_at=service.clock(),
                )
            )

        with opened(service, PATH, by=moderator) as less, opened(service, PATH, by=editor) as all_:
            service.write(open_application)
            service.comment(member, article)
            assert [event.data["kind"] for event in all_.wait(2)] == ["application", "comment"]
            assert [event.data["kind"] for event in less.wait(1)] == ["comment"]

    @pytest.mark.parametrize("how", ["demoted", "banned", "signed out"])
    def test_who_lost_the_right_is_told_nothing_more(
        self, service: Service, member: Person, moderator: Person, how: str
    ) -> None:
        admin, article = service.person("admin"), service.article()
        with opened(service, PATH, by=moderator) as stream:
            if how == "demoted":
                path = f"/v1/users/{moderator.id}/roles"
                tag = admin.get(f"/v1/users/{moderator.id}").headers["etag"]
                assert admin.put(path, {"roles": []}, if_match=tag).status_code == 200
            elif how == "banned":
                ban = {"kind": "ban", "reason": "abuse"}
                assert admin.post(f"/v1/users/{moderator.id}/sanctions", ban).status_code == 201
            else:
                session = moderator.get("/v1/auth/sessions").json()["items"][0]["id"]
                assert moderator.send("DELETE", f"/v1/auth/sessions/{session}").status_code == 204
            service.comment(member, article)
            wait_until(lambda: stream.is_over)
        assert stream.told == []


class TestTicket:
    def test_ticket_opens_one_stream(self, service: Service, member: Person, moderator: Person) -> None:
        ticket = ticket_of(moderator)
        assert ticket["expires_in"] == 60
        with opened(service, f"{PATH}?ticket={ticket['ticket']}") as stream:
            service.comment(member, service.article())
            stream.wait(1)
        assert refusal(service, f"{PATH}?ticket={ticket['ticket']}") == (401, "unauthenticated")

    def test_ticket_is_over_after_a_minute(self, service: Service, moderator: Person) -> None:
        ticket = ticket_of(moderator)["ticket"]
        service.clock.advance(timedelta(seconds=60))
        assert refusal(service, f"{PATH}?ticket={ticket}") == (401, "unauthenticated")

    def test_ticket_speaks_for_its_owner_as_they_are_now(self, service: Service, moderator: Person) -> None:
        ticket, admin = ticket_of(moderator)["ticket"], service.person("admin")
        tag = admin.get(f"/v1/users/{moderator.id}").headers["etag"]
        admin.put(f"/v1/users/{moderator.id}/roles", {"roles": []}, if_match=tag)
        assert refusal(service, f"{PATH}?ticket={ticket}") == (403, "forbidden")


def refusal(service: Service, path: str) -> tuple[int, str]:
    """Give status and code of a stream that does not open."""
    stream: Stream
    with opened(service, path) as stream:
        return stream.status, orjson.loads(stream.content)["code"]
