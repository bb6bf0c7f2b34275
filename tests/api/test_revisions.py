"""Editing: each edit is a revision, and the public keeps reading the approved one until the new one is approved."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.forum.discussion.public_view import public_view, thread
from tests.service import Person, Service

REASONS = {"reject": "abuse", "spam": "spam", "request_changes": "unsupported"}


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def public(service: Service, member: Person, moderator: Person, article: Any) -> Any:
    """Give a public comment of the member."""
    return service.approved(member, moderator, article, "النص الأول")


class TestEditing:
    def test_only_the_author_edits_words_that_are_seen(
        self, service: Service, member: Person, moderator: Person, public: Any
    ) -> None:
        path, body = f"/v1/comments/{public['id']}", {"body": "نص آخر"}
        assert service.nobody.patch(path, body).status_code == 401
        for who in (service.person(), moderator, service.person("admin")):
            assert who.patch(path, body).json()["code"] == "forbidden"
        assert member.patch(f"/v1/comments/{uuid4()}", body).status_code == 404
        assert member.send("PATCH", path, {"body": ""}).json()["code"] == "validation_failed"
        assert member.send("PATCH", path, body).json()["code"] == "precondition_required"
        assert member.patch(path, body, if_match='"9.a"').json()["code"] == "stale"
        assert member.patch(path, body).status_code == 200

    def test_two_edits_of_one_version_do_not_overwrite_each_other(self, member: Person, public: Any) -> None:
        path = f"/v1/comments/{public['id']}"
        etag = member.get(path).headers["etag"]
        first = member.patch(path, {"body": "تعديل أول"}, if_match=etag)
        assert member.patch(path, {"body": "تعديل ثان"}, if_match=etag).json()["code"] == "stale"
        assert member.patch(path, {"body": "تعديل ثان"}, if_match=first.headers["etag"]).status_code == 200

    def test_edit_of_waiting_words_keeps_their_case_and_raises_its_revision(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, "النص الأول")
        before = service.case_of(moderator, comment)
        edited = member.patch(f"/v1/comments/{comment['id']}", {"body": "النص الثاني"}).json()
        assert (edited["status"], edited["revision"], edited["body"]) == ("pending", 2, "النص الثاني")
        assert (edited["waiting"], edited["hold"]["codes"]) == (None, ["pre_moderation"])
        after = service.case_of(moderator, comment)
        assert (after["id"], after["opened_at"]) == (before["id"], before["opened_at"])
        assert (after["subject"]["revision"], after["subject"]["body"]) == (2, "النص الثاني")
        assert service.decide(moderator, comment).json()["revision"] == 2
        assert [item["body"] for item in thread(service, article)] == ["النص الثاني"]

    def test_edit_of_public_words_waits_behind_them_for_author_and_moderators_only(
        self, service: Service, member: Person, moderator: Person, article: Any, public: Any
    ) -> None:
        bystander = service.person()
        before = public_view(service, bystander, article, [public])
        answer = member.patch(f"/v1/comments/{public['id']}", {"body": "النص الثاني"})
        assert public_view(service, bystander, article, [public]) == before
        own = answer.json()
        assert (own["status"], own["body"], own["revision"], own["hold"]) == ("approved", "النص الأول", 1, None)
        assert own["waiting"].pop("hold")["codes"] == ["pre_moderation"]
        assert own["waiting"] == {"revision": 2, "status": "pending", "body": "النص الثاني"}
        seen = moderator.get(f"/v1/comments/{public['id']}").json()
        assert (seen["body"], seen["waiting"]["body"]) == ("النص الأول", "النص الثاني")
        [listed] = member.get("/v1/me/comments").json()["items"]
        assert listed["waiting"]["body"] == "النص الثاني"

    def test_approved_edit_takes_the_place_of_the_words(
        self, service: Service, member: Person, moderator: Person, article: Any, public: Any
    ) -> None:
        path = f"/v1/comments/{public['id']}"
        before = service.nobody.get(path).json()
        member.patch(path, {"body": "النص الثاني"})
        service.clock.advance(timedelta(minutes=1))
        decision = service.decide(moderator, public).json()
        assert (decision["revision"], decision["from"], decision["to"]) == (2, "pending", "approved")
        shown = service.nobody.get(path).json()
        assert shown == before | {
            "body": "النص الثاني",
            "body_html": '<p dir="auto">النص الثاني</p>\n',
            "revision": 2,
            "edited_at": "2026-03-01T09:01:00.000000Z",
        }
        assert thread(service, article) == [shown]
        assert member.get(path).json()["waiting"] is None

    @pytest.mark.parametrize("verdict", ["reject", "spam", "request_changes"])
    def test_refused_edit_leaves_the_public_words_as_they_are(
        self, service: Service, member: Person, moderator: Person, article: Any, public: Any, verdict: str
    ) -> None:
        path, bystander = f"/v1/comments/{public['id']}", service.person()
        before = public_view(service, bystander, article, [public])
        member.patch(path, {"body": "النص الثاني"})
        decision = service.decide(moderator, public, verdict, reason=REASONS[verdict]).json()
        assert decision["to"] == {"reject": "rejected", "request_changes": "changes_requested"}.get(verdict, verdict)
        assert public_view(service, bystander, article, [public]) == before
        own = member.get(path).json()
        assert (own["status"], own["body"], own["tombstone"]) == ("approved", "النص الأول", None)
        assert (own["waiting"]["status"], own["waiting"]["hold"]) == (decision["to"], None)
        again = member.patch(path, {"body": "النص الثالث"}).json()["waiting"]
        assert (again["revision"], again["status"]) == (3, "pending")
        assert service.case_of(moderator, public)["subject"]["revision"] == 3
        service.decide(moderator, public)
        assert service.nobody.get(path).json()["body"] == "النص الثالث"

    def test_words_sent_back_wait_again_once_they_are_changed(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, "النص الأول")
        path = f"/v1/comments/{comment['id']}"
        service.decide(moderator, comment, "request_changes", reason="unsupported")
        sent_back = member.get(path).json()
        assert (sent_back["status"], sent_back["hold"]) == ("changes_requested", None)
        assert moderator.get("/v1/moderation/cases").json()["items"] == []
        changed = member.patch(path, {"body": "النص الثاني"}).json()
        assert (changed["status"], changed["revision"], changed["hold"]["codes"]) == ("pending", 2, ["pre_moderation"])
        case = service.case_of(moderator, comment)
        assert (case["subject"]["revision"], case["allowed_verdicts"]) == (
            2,
            ["approve", "reject", "spam", "request_changes"],
        )
        service.decide(moderator, comment)
        assert [item["body"] for item in thread(service, article)] == ["النص الثاني"]

    @pytest.mark.parametrize("fate", ["reject", "spam", "withdrawn"])
    def test_words_that_were_refused_or_withdrawn_are_not_edited(
        self, service: Service, member: Person, moderator: Person, article: Any, fate: str
    ) -> None:
        comment = service.comment(member, article)
        path = f"/v1/comments/{comment['id']}"
        if fate == "withdrawn":
            member.delete(path)
        else:
            service.decide(moderator, comment, fate, reason=REASONS[fate])
        before = member.get(path).json()
        answer = member.patch(path, {"body": "نص آخر"})
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
        assert member.get(path).json() == before
        assert len(member.get(f"{path}/revisions").json()["items"]) == 1

    def test_edit_is_public_at_once_where_nothing_waits(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(member, article, "النص الأول")
        edited = member.patch(f"/v1/comments/{comment['id']}", {"body": "النص الثاني"}).json()
        assert (edited["body"], edited["revision"], edited["waiting"]) == ("النص الثاني", 2, None)
        [shown] = thread(service, article)
        assert (shown["body"], shown["edited_at"]) == ("النص الثاني", "2026-03-01T09:00:00.000000Z")

    def test_what_waited_goes_out_with_a_later_edit_that_need_not_wait(
        self, service: Service, member: Person, moderator: Person, article: Any, public: Any
    ) -> None:
        member.patch(f"/v1/comments/{public['id']}", {"body": "النص الثاني"})
        case = service.case_of(moderator, public)
        editor = service.person("editor")
        editor.patch(f"/v1/articles/{article['id']}", {"discussion": {"moderation": "post"}})
        assert member.patch(f"/v1/comments/{public['id']}", {"body": "النص الثالث"}).json()["waiting"] is None
        assert [item["body"] for item in thread(service, article)] == ["النص الثالث"]
        assert moderator.get(f"/v1/moderation/cases/{case['id']}").json()["state"] == "decided"

    def test_kind_and_quote_that_an_edit_leaves_out_stay(self, service: Service, member: Person, article: Any) -> None:
        quote = {"exact": "الماء", "prefix": "", "suffix": ""}
        comment = service.comment(member, article, "متى؟", kind="question", quote=quote)
        path = f"/v1/comments/{comment['id']}"
        edited = member.patch(path, {"body": "متى كان ذلك؟"}).json()
        assert (edited["kind"], edited["quote"]) == ("question", quote)
        edited = member.patch(path, {"body": "كان أمس", "kind": "answer", "quote": None}).json()
        assert (edited["kind"], edited["quote"]) == ("answer", None)

    def test_edit_that_changes_nothing_writes_nothing(
        self, service: Service, member: Person, moderator: Person, article: Any, public: Any
    ) -> None:
        waiting = service.comment(member, article, "ينتظر كما هو")
        for comment, body in ((public, public["body"]), (waiting, "ينتظر كما هو")):
            path = f"/v1/comments/{comment['id']}"
            before = member.get(path)
            after = member.patch(path, {"body": body})
            assert (after.status_code, after.json()) == (200, before.json())
            assert after.headers["etag"] == before.headers["etag"]
            assert len(member.get(f"{path}/revisions").json()["items"]) == 1
            assert member.patch(path, {"body": body, "kind": "question"}).json() != before.json()

    def test_nothing_waits_once_the_comment_was_taken_back(self, member: Person, public: Any) -> None:
        path = f"/v1/comments/{public['id']}"
        assert member.patch(path, {"body": "النص الثاني"}).json()["waiting"] is not None
        assert member.delete(path).status_code == 204
        taken_back = member.get(path).json()
        assert (taken_back["tombstone"], taken_back["waiting"]) == ("withdrawn", None)

    def test_same_words_may_be_sent_again_when_changes_were_asked_for(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, "أصر على ما قلت")
        service.decide(moderator, comment, "request_changes", reason="unsupported")
        again = member.patch(f"/v1/comments/{comment['id']}", {"body": "أصر على ما قلت"}).json()
        assert (again["status"], again["revision"]) == ("pending", 2)

    def test_edit_may_not_repeat_another_comment_of_its_author(
        self, service: Service, member: Person, article: Any, public: Any
    ) -> None:
        service.comment(member, article, "نص آخر")
        answer = member.patch(f"/v1/comments/{public['id']}", {"body": "نصٌّ آخر!"})
        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_comment")
        assert member.patch(f"/v1/comments/{public['id']}", {"body": "النص الأول!"}).status_code == 200

    def test_line_of_the_day_of_the_edit_goes_out_with_the_edit(
        self, service: Service, member: Person, moderator: Person, public: Any
    ) -> None:
        path = f"/v1/comments/{public['id']}"
        member.patch("/v1/me", {"display_name": "سلمى الجديدة"})
        member.patch(path, {"body": "النص الثاني"})
        assert service.nobody.get(path).json()["author"]["display_name"] == "سلمى"
        service.decide(moderator, public)
        assert service.nobody.get(path).json()["author"]["display_name"] == "سلمى الجديدة"


class TestRevisions:
    def test_public_reads_the_approved_ones_and_author_and_moderators_all(
        self, service: Service, member: Person, moderator: Person, public: Any
    ) -> None:
        path = f"/v1/comments/{public['id']}"
        for body, verdict in (("النص الثاني", "reject"), ("النص الثالث", "approve"), ("النص الرابع", None)):
            member.patch(path, {"body": body, "kind": "answer"})
            if verdict:
                service.decide(moderator, public, verdict, reason=REASONS.get(verdict))
        everything = [
            (1, "approved", "النص الأول"),
            (2, "rejected", "النص الثاني"),
            (3, "approved", "النص الثالث"),
            (4, "pending", "النص الرابع"),
        ]
        for who in (service.nobody, service.person()):
            items = who.get(f"{path}/revisions").json()["items"]
            seen = [(item["number"], item["status"], item["body"]) for item in items]
            assert seen == [everything[0], everything[2]]
        for who in (member, moderator):
            items = who.get(f"{path}/revisions").json()["items"]
            assert [(item["number"], item["status"], item["body"]) for item in items] == everything
        assert items[2] == {
            "number": 3,
            "status": "approved",
            "body": "النص الثالث",
            "body_html": '<p dir="auto">النص الثالث</p>\n',
            "language": "ar",
            "direction": "rtl",
            "kind": "answer",
            "quote": None,
            "disclosure": None,
            "created_at": "2026-03-01T09:00:00.000000Z",
        }

    def test_revisions_come_in_pages_with_an_etag(self, service: Service, member: Person, public: Any) -> None:
        path = f"/v1/comments/{public['id']}"
        for number in range(2, 4):
            member.patch(path, {"body": f"النص {number}"})
        first = member.get(f"{path}/revisions?limit=2")
        second = member.get(first.links["next"]["url"]).json()
        assert [item["number"] for item in first.json()["items"] + second["items"]] == [1, 2, 3]
        seen = service.nobody.get(f"{path}/revisions")
        assert service.nobody.get(f"{path}/revisions", if_none_match=seen.headers["etag"]).status_code == 304

    def test_unknown_comment_has_no_revisions(self, service: Service) -> None:
        assert service.nobody.get(f"/v1/comments/{uuid4()}/revisions").status_code == 404
