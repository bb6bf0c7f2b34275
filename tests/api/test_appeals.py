"""Appeals: once, in time, decided by somebody else, and a mistake is undone whole."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from auth.tokens import SigningKeys, mint_access_token
from models.base import new_id
from tests.recount import differences
from tests.service import SECRET_KEYS, Person, Service, open_session

STATEMENT = {"statement": "نقلت الرقم عن مصدر منشور."}


@pytest.fixture
def judge(service: Service) -> Person:
    """Give a second moderator."""
    return service.person("moderator", display_name="حكَم")


@pytest.fixture
def rejected(service: Service, member: Person, moderator: Person) -> Any:
    """Give a comment that was rejected."""
    comment = service.comment(member, service.article(), "رأي مرفوض")
    assert service.decide(moderator, comment, "reject", reason="off_topic").status_code == 201
    return comment


def appeal(person: Person, comment: Any) -> Any:
    """Appeal."""
    return person.post(f"/v1/comments/{comment['id']}/appeals", STATEMENT)


def signed_in_again(service: Service, person: Person) -> Person:
    """Give somebody a new session, since the old one is over after months."""
    assert person.id is not None
    now = service.clock()
    session_id = service.write(lambda session: open_session(session, person.id, now))
    token = mint_access_token(
        SigningKeys.parse(SECRET_KEYS),
        user_id=person.id,
        session_id=session_id,
        roles=(),
        issuer=service.settings.public_url,
        now=now,
    )
    return Person(person.client, person.id, token, person.display_name, {"Authorization": f"Bearer {token}"})


def code(answer: Any) -> Any:
    """Give status and code of a refusal."""
    return answer.status_code, answer.json().get("code")


class TestAppealing:
    def test_the_author_of_a_rejected_comment_appeals(
        self, service: Service, member: Person, judge: Person, rejected: Any
    ) -> None:
        answer = appeal(member, rejected)
        assert answer.status_code == 201, answer.text
        assert answer.json()["statement"] == STATEMENT["statement"]
        case = service.case_of(judge, rejected)
        assert (case["kind"], case["appeal"]["statement"]) == ("appeal", STATEMENT["statement"])
        assert case["allowed_verdicts"] == ["uphold", "overturn"]
        assert judge.get("/v1/moderation/summary").json()["open"]["appeal"] == 1

    def test_a_second_appeal_is_refused(self, service: Service, member: Person, judge: Person, rejected: Any) -> None:
        appeal(member, rejected)
        assert code(appeal(member, rejected)) == (409, "already_appealed")
        assert service.decide(judge, rejected, "uphold").status_code == 201
        assert code(appeal(member, rejected)) == (409, "already_appealed")

    def test_the_window_closes_after_183_days(self, service: Service, member: Person, rejected: Any) -> None:
        service.clock.advance(timedelta(days=183, seconds=1))
        assert code(appeal(signed_in_again(service, member), rejected)) == (409, "appeal_window_closed")

    def test_the_last_day_is_in_time(self, service: Service, member: Person, rejected: Any) -> None:
        service.clock.advance(timedelta(days=183))
        assert appeal(signed_in_again(service, member), rejected).status_code == 201

    def test_public_words_have_nothing_to_appeal_against(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "رأي")
        assert code(appeal(member, comment)) == (409, "illegal_transition")

    def test_others_do_not_know_of_it_and_moderators_may_not(
        self, service: Service, moderator: Person, rejected: Any
    ) -> None:
        assert code(appeal(service.person(), rejected)) == (404, "not_found")
        assert code(appeal(moderator, rejected)) == (403, "forbidden")
        assert code(appeal(service.nobody, rejected)) == (401, "unauthenticated")

    def test_a_later_restriction_can_be_appealed_anew(
        self, service: Service, member: Person, moderator: Person, judge: Person, rejected: Any
    ) -> None:
        appeal(member, rejected)
        assert service.decide(judge, rejected, "overturn").status_code == 201
        moderator.post(f"/v1/comments/{rejected['id']}/cases")
        assert service.decide(moderator, rejected, "spam", reason="spam").status_code == 201
        assert appeal(member, rejected).status_code == 201


class TestIndependence:
    def test_who_restricted_the_words_does_not_decide(
        self, service: Service, member: Person, moderator: Person, rejected: Any
    ) -> None:
        appeal(member, rejected)
        assert code(service.decide(moderator, rejected, "overturn")) == (403, "not_independent")

    def test_who_may_not_decide_an_appeal_keeps_nobody_else_from_it(
        self, service: Service, member: Person, moderator: Person, judge: Person, rejected: Any
    ) -> None:
        appeal(member, rejected)
        path = f"/v1/moderation/cases/{service.case_of(judge, rejected)['id']}/claim"
        assert code(moderator.post(path)) == (403, "not_independent")
        assert judge.post(path).status_code == 200

    def test_the_first_moderator_stays_out_when_another_has_confirmed(
        self, service: Service, member: Person, moderator: Person, judge: Person, rejected: Any
    ) -> None:
        judge.post(f"/v1/comments/{rejected['id']}/cases")
        assert service.decide(judge, rejected, "spam", reason="spam").status_code == 201
        appeal(member, rejected)
        assert code(service.decide(moderator, rejected, "uphold")) == (403, "not_independent")
        assert code(service.decide(judge, rejected, "uphold")) == (403, "not_independent")

    def test_no_other_case_is_a_way_around_a_waiting_appeal(
        self, service: Service, member: Person, moderator: Person, judge: Person, rejected: Any
    ) -> None:
        review = moderator.post(f"/v1/comments/{rejected['id']}/cases").json()
        appeal(member, rejected)
        path, ruling = f"/v1/moderation/cases/{review['id']}", {"verdict": "approve", "revision": 1}
        assert code(moderator.post(f"{path}/decisions", ruling)) == (403, "not_independent")
        assert code(moderator.post(f"{path}/claim")) == (403, "not_independent")
        assert judge.post(f"{path}/decisions", ruling).status_code == 201

    def test_who_restricted_the_words_does_not_take_back_what_others_decided_about_that(
        self, service: Service, member: Person, judge: Person
    ) -> None:
        first, other = service.person("editor"), service.person("editor")
        comment = service.comment(member, service.article(), "رأي مرفوض")
        service.decide(first, comment, "reject", reason="off_topic")
        appeal(member, comment)
        decision = service.decide(judge, comment, "overturn").json()
        path, why = f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"}
        assert code(first.post(path, why)) == (403, "not_independent")
        assert other.post(path, why).status_code == 201

    def test_nobody_decides_twice_in_one_appeal(
        self, service: Service, member: Person, judge: Person, rejected: Any
    ) -> None:
        appeal(member, rejected)
        decision = service.decide(judge, rejected, "overturn").json()
        judge.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert code(service.decide(judge, rejected, "uphold")) == (403, "not_independent")
        assert service.decide(service.person("moderator"), rejected, "uphold").status_code == 201

    def test_the_database_refuses_a_decision_of_the_first_moderator(
        self, service: Service, member: Person, moderator: Person, judge: Person, rejected: Any
    ) -> None:
        appeal(member, rejected)
        case = service.case_of(judge, rejected)

        def verb(session: Session) -> None:
            row = dict(session.execute(text("SELECT * FROM decisions")).mappings().one())
            row |= {"id": new_id().hex, "number": 2, "case_id": case["id"].replace("-", ""), "verdict": "uphold"}
            columns = ", ".join(row)
            session.execute(text(f"INSERT INTO decisions ({columns}) VALUES (:{', :'.join(row)})"), row)

        with pytest.raises(IntegrityError, match="an appeal is decided by somebody else"):
            service.write(verb)

    def test_who_declared_an_interest_in_the_article_decides_nothing_about_it(
        self, service: Service, member: Person
    ) -> None:
        article = service.article()
        both = service.person("moderator", "expert")
        interests = [{"kind": "funding", "party": "شركة المياه", "detail": "منحة"}]
        declared = both.put(f"/v1/articles/{article['id']}/disclosure", {"interests": interests, "none": False})
        assert declared.status_code == 201, declared.text
        comment = service.comment(member, article)
        assert code(service.decide(both, comment)) == (403, "not_independent")

    def test_who_declared_to_have_no_interest_decides(self, service: Service, member: Person) -> None:
        article = service.article()
        both = service.person("moderator", "expert")
        assert both.put(f"/v1/articles/{article['id']}/disclosure", {"none": True}).status_code == 201
        assert service.decide(both, service.comment(member, article)).status_code == 201


class TestOutcomes:
    def test_an_overturned_rejection_restores_text_place_and_reactions(
        self, service: Service, member: Person, moderator: Person, judge: Person
    ) -> None:
        article = service.article()
        thread = f"/v1/articles/{article['id']}/comments"
        root = service.approved(member, moderator, article, "سؤال")
        comment = service.approved(member, moderator, article, "جواب", parent_id=root["id"])
        service.approved(service.person(), moderator, article, "شكر", parent_id=comment["id"])
        service.person().put(f"/v1/comments/{comment['id']}/reactions/agree")
        before = service.nobody.get(thread).json()["items"]
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        assert service.decide(moderator, comment, "reject", reason="abuse").status_code == 201
        assert service.nobody.get(thread).json()["items"][1]["tombstone"] == "removed"
        appeal(member, comment)
        assert service.decide(judge, comment, "overturn").status_code == 201
        assert [shown["body"] for shown in service.nobody.get(thread).json()["items"]] == ["سؤال", "جواب", "شكر"]
        after = service.nobody.get(thread).json()["items"]
        assert [{**shown, "reactions": None} for shown in after] == [{**shown, "reactions": None} for shown in before]
        assert member.get(f"/v1/comments/{comment['id']}").json()["status"] == "approved"
        assert service.read(differences) == []

    def test_an_upheld_rejection_stands(self, service: Service, member: Person, judge: Person, rejected: Any) -> None:
        appeal(member, rejected)
        decision = service.decide(judge, rejected, "uphold")
        assert (decision.json()["from"], decision.json()["to"]) == ("rejected", "rejected")
        assert member.get(f"/v1/comments/{rejected['id']}").json()["status"] == "rejected"

    def test_a_withdrawn_comment_voids_its_appeal(
        self, service: Service, member: Person, judge: Person, rejected: Any
    ) -> None:
        appeal(member, rejected)
        assert member.delete(f"/v1/comments/{rejected['id']}").status_code == 204
        assert judge.get("/v1/moderation/cases?kind=appeal").json()["items"] == []


class TestStatement:
    def test_a_rejection_is_stated_with_the_fields_of_the_digital_services_act(
        self, service: Service, member: Person, rejected: Any
    ) -> None:
        answer = member.get(f"/v1/comments/{rejected['id']}/statement", accept_language="en")
        assert answer.status_code == 200, answer.text
        statement = answer.json()
        assert set(statement) == {
            "restriction",
            "scope",
            "until",
            "ground",
            "facts",
            "automated",
            "redress",
            "at",
        }
        assert statement["restriction"] == "not_published"
        assert statement["ground"] == {"kind": "terms", "reference": "Off topic."}
        assert statement["automated"] == {"detection": False, "decision": False}
        assert statement["redress"]["appeal_until"] == "2026-08-31T09:00:00.000000Z"

    def test_illegal_content_stands_on_the_law_and_the_note_says_what(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "قول")
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        service.decide(moderator, comment, "reject", reason="illegal", note="تشهير بشخص مسمّى")
        statement = member.get(f"/v1/comments/{comment['id']}/statement").json()
        assert (statement["restriction"], statement["ground"]["kind"]) == ("removed", "law")
        assert statement["facts"] == "تشهير بشخص مسمّى"

    def test_a_used_appeal_leaves_no_date(self, service: Service, member: Person, rejected: Any) -> None:
        appeal(member, rejected)
        statement = member.get(f"/v1/comments/{rejected['id']}/statement").json()
        assert statement["redress"]["appeal_until"] is None

    def test_a_rejected_edit_and_words_sent_back_are_stated_too(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "قول")
        path = f"/v1/comments/{comment['id']}/statement"
        assert member.get(path).status_code == 404
        for verdict, restriction in (("reject", "edit_not_published"), ("request_changes", "changes_requested")):
            member.patch(f"/v1/comments/{comment['id']}", {"body": f"صيغة {verdict}"})
            assert service.decide(moderator, comment, verdict, reason="unsupported").status_code == 201
            assert member.get(path).json()["restriction"] == restriction

    @pytest.mark.parametrize("verdict", ["reject", "request_changes"])
    def test_an_edit_stays_stated_with_its_reason_when_public_words_stay_public(
        self, service: Service, member: Person, moderator: Person, verdict: str
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "قول")
        path = f"/v1/comments/{comment['id']}"
        member.patch(path, {"body": "صيغة ثانية"})
        service.decide(moderator, comment, verdict, reason="unsupported", note="ما المصدر؟")
        stated, listed = member.get(f"{path}/statement").json(), member.get("/v1/me/comments").json()
        service.person().post(f"{path}/reports", {"reason": "spam"})
        assert service.decide(moderator, comment, "dismiss").status_code == 201
        assert member.get(f"{path}/statement").json() == stated
        assert member.get("/v1/me/comments").json() == listed

    def test_only_the_author_reads_it(self, service: Service, moderator: Person, rejected: Any) -> None:
        path = f"/v1/comments/{rejected['id']}/statement"
        assert moderator.get(path).status_code == 403
        assert service.person().get(path).status_code == 404
        assert service.nobody.get(path).status_code == 401
