"""Reversals: the subject returns to its state before, its case is open again, and the log grows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from forum.moderation import reversals
from forum.moderation.reports import Complaint, report_comment
from models.reports import ReportReason
from tests.api.analyses import published, submitted
from tests.beside import beside
from tests.recount import differences
from tests.service import Person, Service


def take_back(person: Person, decision: Any, **values: Any) -> Any:
    """Take a decision back."""
    return person.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other", **values})


def code(answer: Any) -> Any:
    """Give status and code of a refusal."""
    return answer.status_code, answer.json().get("code")


class TestReversal:
    def test_an_answer_is_repeated_after_the_time_for_taking_back_is_over(
        self, service: Service, member: Person, moderator: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reversals, "OWN_WINDOW", timedelta(minutes=1))
        decision = service.decide(moderator, service.comment(member, service.article())).json()
        path, body = f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"}
        first = moderator.post(path, body, idempotency_key="one")
        assert first.status_code == 201, first.text
        service.clock.advance(timedelta(minutes=2))
        assert moderator.post(path, body, idempotency_key="one").content == first.content
        assert code(moderator.post(path, body)) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("verdict", "reason"),
        [("approve", None), ("reject", "abuse"), ("spam", "spam"), ("request_changes", "unsupported")],
    )
    def test_a_decided_comment_waits_again(
        self, service: Service, member: Person, moderator: Person, verdict: str, reason: str | None
    ) -> None:
        article = service.article()
        comment = service.comment(member, article)
        case = service.case_of(moderator, comment)
        before = moderator.get(f"/v1/comments/{comment['id']}").json()
        decision = service.decide(moderator, comment, verdict, reason=reason).json()
        answer = take_back(moderator, decision, note="خطأ في القراءة")
        assert answer.status_code == 201, answer.text
        reversal = answer.json()
        assert (reversal["verdict"], reversal["from"], reversal["to"]) == ("reversal", decision["to"], "pending")
        assert reversal["case_id"] == case["id"]
        assert moderator.get(f"/v1/comments/{comment['id']}").json() == before
        assert service.case_of(moderator, comment)["id"] == case["id"]
        assert [row["id"] for row in moderator.get("/v1/moderation/decisions").json()["items"]] == [
            reversal["id"],
            decision["id"],
        ]
        assert service.read(differences) == []
        assert service.decide(moderator, comment, "approve").status_code == 201

    def test_a_removal_taken_back_restores_words_listing_and_the_edit_that_waited(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        thread = f"/v1/articles/{article['id']}/comments"
        comment = service.approved(member, moderator, article, "قول")
        service.approved(service.person(), moderator, article, "رد", parent_id=comment["id"])
        member.patch(f"/v1/comments/{comment['id']}", {"body": "قول أدق"})
        before = service.nobody.get(thread).json()["items"]
        review = moderator.post(f"/v1/comments/{comment['id']}/cases").json()
        body = {"verdict": "reject", "revision": 1, "reason": "abuse"}
        decision = moderator.post(f"/v1/moderation/cases/{review['id']}/decisions", body).json()
        assert take_back(moderator, decision).status_code == 201
        assert service.nobody.get(thread).json()["items"] == before
        assert member.get(f"/v1/comments/{comment['id']}").json()["waiting"]["body"] == "قول أدق"
        kinds = [case["subject"]["body"] for case in moderator.get("/v1/moderation/cases").json()["items"]]
        assert sorted(kinds) == ["قول", "قول أدق"]
        assert service.read(differences) == []

    def test_a_removal_taken_back_restores_a_report_that_came_just_before_it(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "قول")
        review = moderator.post(f"/v1/comments/{comment['id']}/cases").json()
        reader = service.person()
        assert reader.id is not None
        given = {"reporter_id": reader.id, "now": service.clock()}

        def reporting(session: Session) -> None:
            report_comment(session, UUID(comment["id"]), Complaint(ReportReason.ABUSE), **given)

        path, body = f"/v1/moderation/cases/{review['id']}/decisions", {"verdict": "reject", "revision": 1}
        decision = beside(service, reporting, lambda: moderator.post(path, body | {"reason": "other"})).json()
        [report] = reader.get("/v1/me/reports").json()["items"]
        assert (report["state"], take_back(moderator, decision).status_code) == ("void", 201)
        [report] = reader.get("/v1/me/reports").json()["items"]
        assert report["state"] == "open"
        assert service.read(differences) == []

    def test_an_approved_edit_taken_back_shows_the_earlier_words(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "أول")
        member.patch(f"/v1/comments/{comment['id']}", {"body": "ثان"})
        decision = service.decide(moderator, comment).json()
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["body"] == "ثان"
        assert take_back(moderator, decision).status_code == 201
        shown = service.nobody.get(f"/v1/comments/{comment['id']}").json()
        assert (shown["body"], shown["edited_at"]) == ("أول", None)

    def test_words_with_public_replies_leave_a_tombstone(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        comment = service.comment(member, article)
        decision = service.decide(moderator, comment).json()
        service.approved(service.person(), moderator, article, "رد", parent_id=comment["id"])
        assert take_back(moderator, decision).status_code == 201
        items = service.nobody.get(f"/v1/articles/{article['id']}/comments").json()["items"]
        assert [shown["tombstone"] for shown in items] == ["removed", None]
        assert service.read(differences) == []

    def test_words_published_unread_wait_after_an_editor_took_that_back(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        comments = [service.comment(member, article, f"رأي طويل بما يكفي {number}") for number in range(8)]
        comment = next(one for one in comments if one["status"] == "approved")
        log = moderator.get("/v1/moderation/decisions").json()["items"]
        decision = next(row for row in log if row["subject"]["id"] == comment["id"])
        assert code(take_back(moderator, decision)) == (403, "forbidden")
        assert take_back(service.person("editor"), decision).status_code == 201
        assert service.nobody.get(f"/v1/comments/{comment['id']}").status_code == 404
        assert service.case_of(moderator, comment)["state"] == "open"
        assert service.read(differences) == []

    def test_an_edit_made_meanwhile_goes_into_the_case_that_opens_again(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.comment(member, service.article(), "أول")
        case = service.case_of(moderator, comment)
        decision = service.decide(moderator, comment).json()
        member.patch(f"/v1/comments/{comment['id']}", {"body": "ثان"})
        assert take_back(moderator, decision).status_code == 201
        [again] = moderator.get("/v1/moderation/cases").json()["items"]
        assert (again["id"], again["subject"]["revision"], again["subject"]["body"]) == (case["id"], 2, "ثان")
        assert service.decide(moderator, comment).status_code == 201
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["body"] == "ثان"


class TestWhoAndWhen:
    def test_ones_own_for_a_quarter_of_an_hour(self, service: Service, member: Person) -> None:
        comment = service.comment(member, service.article())
        first = service.person("moderator")
        decision = service.decide(first, comment).json()
        assert code(take_back(service.person("moderator"), decision)) == (403, "forbidden")
        service.clock.advance(timedelta(minutes=9))
        assert take_back(first, decision).status_code == 201

    def test_an_editor_at_any_time(self, service: Service, member: Person, moderator: Person) -> None:
        decision = service.decide(moderator, service.comment(member, service.article())).json()
        service.clock.advance(timedelta(days=40))
        assert take_back(service.person("editor"), decision).status_code == 201

    def test_not_ones_own_words(self, service: Service, moderator: Person) -> None:
        editor = service.person("editor")
        comment = service.comment(editor, service.article())
        decision = service.decide(moderator, comment, "reject", reason="abuse").json()
        assert code(take_back(editor, decision)) == (403, "own_content")

    def test_not_once_one_declared_an_interest_in_the_article(self, service: Service, member: Person) -> None:
        both, article = service.person("moderator", "expert"), service.article()
        decision = service.decide(both, service.comment(member, article)).json()
        interests = {"interests": [{"kind": "funding", "party": "شركة المياه"}]}
        assert both.put(f"/v1/articles/{article['id']}/disclosure", interests).status_code == 201
        assert code(take_back(both, decision)) == (403, "not_independent")

    def test_not_once_something_newer_was_decided(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.comment(member, service.article())
        first = service.decide(moderator, comment).json()
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        second = service.decide(moderator, comment, "approve").json()
        assert code(take_back(moderator, first)) == (409, "illegal_transition")
        assert take_back(moderator, second).status_code == 201
        assert code(take_back(moderator, second)) == (409, "illegal_transition")

    def test_not_a_reversal(self, service: Service, member: Person, moderator: Person) -> None:
        decision = service.decide(moderator, service.comment(member, service.article())).json()
        reversal = take_back(moderator, decision).json()
        assert code(take_back(moderator, reversal)) == (409, "illegal_transition")

    def test_not_words_that_were_withdrawn(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.comment(member, service.article())
        decision = service.decide(moderator, comment).json()
        assert member.delete(f"/v1/comments/{comment['id']}").status_code == 204
        assert code(take_back(moderator, decision)) == (409, "illegal_transition")

    def test_not_while_an_appeal_waits(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.comment(member, service.article())
        decision = service.decide(moderator, comment, "reject", reason="abuse").json()
        member.post(f"/v1/comments/{comment['id']}/appeals", {"statement": "لم أُسئ."})
        assert code(take_back(moderator, decision)) == (409, "illegal_transition")


class TestWhatOnlyEditorsDecide:
    """To a moderator a decision about an analysis does not exist, as it does not stand in their log."""

    def test_a_retraction_is_not_there_for_a_moderator_and_for_good_to_an_editor(
        self, service: Service, moderator: Person
    ) -> None:
        expert, editor = service.person("expert"), service.person("editor")
        analysis = published(service, expert, editor, service.article(editor))
        assert editor.post(f"/v1/analyses/{analysis['id']}/retractions", {"reason": "خطأ"}).status_code == 201
        retraction = editor.get("/v1/moderation/decisions").json()["items"][0]
        assert retraction["id"] not in moderator.get("/v1/moderation/decisions").text
        assert code(take_back(moderator, retraction)) == (404, "not_found")
        assert code(take_back(editor, retraction)) == (409, "illegal_transition")

    def test_whoever_is_no_editor_any_more_is_not_told_again_what_they_took_back(self, service: Service) -> None:
        expert, editor, admin = service.person("expert"), service.person("editor"), service.person("admin")
        analysis = submitted(expert, service.article(admin))
        decision = service.decide(editor, analysis).json()
        path, body = f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other", "note": "سر"}
        first = editor.post(path, body, idempotency_key="one")
        assert first.status_code == 201, first.text
        assert editor.post(path, body, idempotency_key="one").content == first.content
        tag = admin.get(f"/v1/users/{editor.id}").headers["etag"]
        assert admin.put(f"/v1/users/{editor.id}/roles", {"roles": ["moderator"]}, if_match=tag).status_code == 200
        assert code(editor.post(path, body, idempotency_key="one")) == (404, "not_found")
