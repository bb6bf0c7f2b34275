"""Reports: receipts, one case for all who report a comment, outcomes, and no word about who reported."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from auth.identity import Identity
from forum.moderation.reports import weight_of
from forum.moderation.sanctions import NewSanction, impose_sanction
from models.cases import Reason
from models.sanctions import SanctionKind
from models.users import Role, User
from tests.beside import A_WHILE, PATIENCE, sent
from tests.recount import differences
from tests.service import Person, Service


@pytest.fixture
def comment(service: Service, member: Person, moderator: Person) -> Any:
    """Give a public comment."""
    return service.approved(member, moderator, service.article(), "رأي منشور")


def report(person: Person, comment: Any, reason: str = "abuse", **values: Any) -> Any:
    """Report a comment."""
    answer = person.post(f"/v1/comments/{comment['id']}/reports", {"reason": reason, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def reported_case(moderator: Person) -> Any:
    """Give the one open case about reports."""
    [case] = moderator.get("/v1/moderation/cases?kind=report").json()["items"]
    return case


def decide(moderator: Person, case: Any, verdict: str, **values: Any) -> Any:
    """Decide a case."""
    body = {"verdict": verdict, "revision": case["subject"]["revision"], **values}
    return moderator.post(f"/v1/moderation/cases/{case['id']}/decisions", body)


class TestReporting:
    def test_a_report_gives_a_receipt(self, service: Service, comment: Any) -> None:
        receipt = report(service.person(), comment, "illegal", detail="تشهير")
        assert receipt["reason"] == "illegal"
        assert receipt["detail"] == "تشهير"
        assert receipt["state"] == "open"
        assert set(receipt) == {"id", "reason", "detail", "state", "at"}

    def test_reports_of_one_comment_share_one_case_that_names_no_reporter(
        self, service: Service, moderator: Person, comment: Any
    ) -> None:
        first, second = service.person(display_name="هند"), service.person(display_name="بشر")
        report(first, comment, "abuse", detail="شتيمة")
        report(second, comment, "spam")
        case = reported_case(moderator)
        assert [(shown["reason"], shown["detail"]) for shown in case["reports"]] == [("abuse", "شتيمة"), ("spam", None)]
        assert case["subject"]["id"] == comment["id"]
        assert case["allowed_verdicts"] == ["uphold", "spam", "dismiss"]
        text = moderator.get(f"/v1/moderation/cases/{case['id']}").text
        assert str(first.id) not in text
        assert "هند" not in text

    def test_moderator_who_puts_reported_words_up_gets_the_case_of_the_reports(
        self, service: Service, moderator: Person, comment: Any
    ) -> None:
        reporter = service.person()
        report(reporter, comment)
        put_up = moderator.post(f"/v1/comments/{comment['id']}/cases", {})
        assert (put_up.status_code, put_up.json()["id"]) == (200, reported_case(moderator)["id"])
        assert decide(moderator, put_up.json(), "uphold", reason="abuse").status_code == 201
        [receipt] = reporter.get("/v1/me/reports").json()["items"]
        assert receipt["state"] == "upheld"

    def test_the_same_reporter_keeps_one_open_report(self, service: Service, comment: Any) -> None:
        reporter = service.person()
        receipt = report(reporter, comment)
        again = reporter.post(f"/v1/comments/{comment['id']}/reports", {"reason": "spam"})
        assert (again.status_code, again.json()) == (200, receipt)

    def test_own_words_cannot_be_reported(self, member: Person, comment: Any) -> None:
        answer = member.post(f"/v1/comments/{comment['id']}/reports", {"reason": "abuse"})
        assert (answer.status_code, answer.json()["code"]) == (403, "own_content")

    def test_words_that_wait_do_not_exist_for_reporters(self, service: Service, member: Person) -> None:
        waiting = service.comment(member, service.article())
        answer = service.person().post(f"/v1/comments/{waiting['id']}/reports", {"reason": "abuse"})
        assert answer.status_code == 404

    def test_a_moderator_cannot_report_words_that_wait(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        waiting = service.comment(member, service.article())
        answer = moderator.post(f"/v1/comments/{waiting['id']}/reports", {"reason": "abuse"})
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


class TestOutcomes:
    def outcome(self, reporter: Person) -> Any:
        [own] = reporter.get("/v1/me/reports").json()["items"]
        return own["state"], own["outcome"]

    def test_an_upheld_report_rejects_the_comment_with_the_reporters_reason(
        self, service: Service, moderator: Person, comment: Any
    ) -> None:
        reporter = service.person()
        report(reporter, comment, "misinformation")
        assert self.outcome(reporter) == ("open", None)
        decision = decide(moderator, reported_case(moderator), "uphold")
        assert decision.status_code == 201, decision.text
        shown = decision.json()
        assert (shown["from"], shown["to"], shown["reason"]) == ("approved", "rejected", "misinformation")
        assert self.outcome(reporter) == ("upheld", "upheld")
        assert service.nobody.get(f"/v1/comments/{comment['id']}").status_code == 404
        assert service.read(differences) == []

    def test_a_dismissed_report_leaves_the_comment(self, service: Service, moderator: Person, comment: Any) -> None:
        reporter = service.person()
        report(reporter, comment)
        assert decide(moderator, reported_case(moderator), "dismiss").status_code == 201
        assert self.outcome(reporter) == ("dismissed", "dismissed")
        assert service.nobody.get(f"/v1/comments/{comment['id']}").status_code == 200
        assert report(reporter, comment, "spam")["state"] == "open"

    def test_a_withdrawn_comment_voids_the_case_and_closes_its_reports(
        self, service: Service, member: Person, moderator: Person, comment: Any
    ) -> None:
        reporter = service.person()
        report(reporter, comment)
        case = reported_case(moderator)
        assert member.delete(f"/v1/comments/{comment['id']}").status_code == 204
        assert self.outcome(reporter) == ("void", "void")
        assert moderator.get(f"/v1/moderation/cases/{case['id']}").json()["state"] == "void"
        assert decide(moderator, case, "uphold").status_code == 409

    def test_an_approved_edit_raises_the_revision_that_the_case_asks_about(
        self, service: Service, member: Person, moderator: Person, comment: Any
    ) -> None:
        report(service.person(), comment)
        before = reported_case(moderator)
        member.patch(f"/v1/comments/{comment['id']}", {"body": "صيغة أهدأ"})
        [waiting] = moderator.get("/v1/moderation/cases?kind=comment").json()["items"]
        assert decide(moderator, waiting, "approve").status_code == 201
        assert reported_case(moderator)["subject"]["body"] == "صيغة أهدأ"
        assert decide(moderator, before, "uphold").status_code == 412

    def test_reporter_who_is_sanctioned_meanwhile_is_waited_for_without_the_head_of_the_chain(
        self, service: Service, moderator: Person, comment: Any
    ) -> None:
        reporter, is_held = service.person(), threading.Event()
        assert reporter.id is not None
        reporter_id, sanction = reporter.id, NewSanction(SanctionKind.MUTE, Reason.ABUSE)
        report(reporter, comment)
        case = reported_case(moderator)
        identity = Identity(uuid4(), uuid4(), frozenset({Role.EDITOR}), "", "ar")

        def imposing(session: Session) -> None:
            session.get_one(User, reporter_id, with_for_update=True)
            is_held.set()
            time.sleep(A_WHILE)
            impose_sanction(session, reporter_id, sanction, identity=identity, now=service.clock())

        with sent("SELECT chain_heads") as heads, ThreadPoolExecutor(1) as pool:
            imposed = pool.submit(service.write, imposing)
            assert is_held.wait(PATIENCE)
            assert decide(moderator, case, "dismiss").status_code == 201
            imposed.result(PATIENCE)
        assert len(heads) == 2

    def test_outcomes_come_back_with_a_reversal(self, service: Service, moderator: Person, comment: Any) -> None:
        reporter = service.person()
        report(reporter, comment)
        case = reported_case(moderator)
        decision = decide(moderator, case, "uphold").json()
        taken_back = moderator.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert taken_back.status_code == 201, taken_back.text
        assert self.outcome(reporter) == ("open", None)
        assert reported_case(moderator)["id"] == case["id"]
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["body"] == "رأي منشور"
        assert service.read(differences) == []

    def test_reports_made_after_a_dismissal_go_into_the_case_that_a_reversal_opens_again(
        self, service: Service, moderator: Person, comment: Any
    ) -> None:
        first, second = service.person(), service.person()
        report(first, comment)
        case = reported_case(moderator)
        decision = decide(moderator, case, "dismiss").json()
        report(first, comment, "spam")
        report(second, comment, "other")
        moderator.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        again = reported_case(moderator)
        assert (again["id"], len(again["reports"])) == (case["id"], 3)
        assert service.read(differences) == []


class TestWeight:
    @pytest.mark.parametrize(
        ("upheld", "dismissed", "weight"),
        [
            pytest.param(0, 0, 10, id="a newcomer counts in full"),
            pytest.param(8, 0, 10, id="who was always right counts in full"),
            pytest.param(0, 4, 2, id="who cried wolf counts little"),
            pytest.param(0, 100, 1, id="nobody counts nothing"),
        ],
    )
    def test_a_reporters_word_weighs_by_what_came_of_it(self, upheld: int, dismissed: int, weight: int) -> None:
        assert weight_of(upheld, dismissed) == weight

    def test_a_case_gains_less_by_who_was_dismissed_before(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        wolf, newcomer = service.person(), service.person()
        for number in range(3):
            report(wolf, service.approved(member, moderator, article, f"رأي {number}"))
            assert decide(moderator, reported_case(moderator), "dismiss").status_code == 201
        doubted, believed = (service.approved(member, moderator, article, f"قول {number}") for number in range(2))
        report(wolf, doubted)
        report(newcomer, believed)
        cases = moderator.get("/v1/moderation/cases?kind=report").json()["items"]
        assert [case["subject"]["id"] for case in cases] == [believed["id"], doubted["id"]]
        assert cases[0]["priority"] > cases[1]["priority"]
