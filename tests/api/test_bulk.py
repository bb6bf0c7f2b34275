"""Many cases at once: a list whose members stand alone, and batches that can be watched, resumed and taken back."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from auth.identity import Identity
from forum.moderation.batches import (
    Naming,
    Order,
    count_results,
    create_batch,
    decide_one,
    gather,
    next_work,
    take_back,
)
from forum.moderation.reversals import Retraction
from models.base import new_id
from models.cases import Case, CaseKind, Reason, SubjectType, Verdict
from models.users import Role
from tests.api.analyses import submitted
from tests.recount import differences
from tests.service import Person, Service, running_service

REJECT = {"verdict": "reject", "reason": "advertising"}


def work(service: Service) -> None:
    """Let the background do what is due."""
    assert service.client.portal is not None
    service.client.portal.call(service.app.state.chores.work_batches)


def work_once(service: Service) -> None:
    """Gather, without deciding."""
    service.write(gather, service.read(next_work).batch_id)


def begin(moderator: Person, **named: Any) -> str:
    """Begin a batch of rejections and give its path."""
    answer = moderator.post("/v1/moderation/batches", {"filter": named, **REJECT})
    assert answer.status_code == 202, answer.text
    return f"/v1/moderation/batches/{answer.json()['id']}"


@pytest.fixture
def waiting(service: Service, member: Person) -> list[Any]:
    """Give three comments of one author that wait, the last below another article."""
    first, second = service.article(), service.article()
    return [service.comment(member, article, f"رأي {n}") for n, article in enumerate([first, first, second])]


class TestListOfDecisions:
    def entry(self, service: Service, moderator: Person, comment: Any, **values: Any) -> Any:
        case = service.case_of(moderator, comment)
        return {"case_id": case["id"], "verdict": "approve", "revision": 1, **values}

    def test_each_is_decided_on_its_own_and_answered_in_order(
        self, service: Service, moderator: Person, waiting: list[Any]
    ) -> None:
        own = service.comment(moderator, service.article())
        entries = [
            self.entry(service, moderator, waiting[0]),
            self.entry(service, moderator, waiting[1], revision=9),
            {"case_id": str(new_id()), "verdict": "approve", "revision": 1},
            self.entry(service, moderator, own),
            self.entry(service, moderator, waiting[2], verdict="reject"),
            self.entry(service, moderator, waiting[2], **REJECT),
        ]
        answer = moderator.post("/v1/moderation/decisions", {"decisions": entries}, accept_language="en")
        assert answer.status_code == 200, answer.text
        results = answer.json()["results"]
        assert [result["case_id"] for result in results] == [entry["case_id"] for entry in entries]
        assert [result["status"] for result in results] == [201, 412, 404, 403, 422, 201]
        assert results[0]["decision"]["to"] == "approved"
        assert results[3]["problem"]["code"] == "own_content"
        assert results[4]["problem"]["errors"][0]["pointer"] == "/reason"
        assert results[1]["problem"]["instance"] == answer.headers["x-request-id"]
        assert service.read(differences) == []

    def test_the_same_again_gives_the_first_decisions(
        self, service: Service, moderator: Person, waiting: list[Any]
    ) -> None:
        body = {"decisions": [self.entry(service, moderator, waiting[0])]}
        first, again = (moderator.post("/v1/moderation/decisions", body).json()["results"][0] for _ in range(2))
        assert (first["status"], again["status"]) == (201, 200)
        assert first["decision"] == again["decision"]

    @pytest.mark.parametrize("count", [0, 101])
    def test_no_decision_and_more_than_a_hundred_are_refused(self, moderator: Person, count: int) -> None:
        entry = {"case_id": str(new_id()), "verdict": "approve", "revision": 1}
        assert moderator.post("/v1/moderation/decisions", {"decisions": [entry] * count}).status_code == 422


class TestWhatMayNotBePublished:
    def test_case_stays_open_where_its_words_may_not_be_published_yet(
        self, service: Service, moderator: Person
    ) -> None:
        expert, article = service.person("expert"), service.article()
        comment = service.comment(expert, article, "رأي بلا إفصاح")
        body = {"filter": {"author": str(expert.id)}, "verdict": "approve"}
        batch = moderator.post("/v1/moderation/batches", body).json()
        work(service)
        [result] = moderator.get(f"/v1/moderation/batches/{batch['id']}").json()["items"]
        assert (result["state"], result["problem"]["code"]) == ("refused", "disclosure_required")
        assert service.case_of(moderator, comment)["state"] == "open"
        assert moderator.get("/v1/moderation/decisions").json()["items"] == []
        assert service.read(differences) == []


class TestPreview:
    def test_it_counts_shows_and_writes_nothing(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        service.comment(service.person(), service.article())
        body = {"filter": {"author": str(member.id)}, **REJECT}
        shown = moderator.post("/v1/moderation/batches/preview", body).json()
        assert (shown["count"], len(shown["sample"])) == (3, 3)
        narrower = {"filter": {"author": str(member.id), "article": waiting[2]["article_id"]}, **REJECT}
        assert moderator.post("/v1/moderation/batches/preview", narrower).json()["count"] == 1
        assert moderator.get("/v1/moderation/decisions").json()["items"] == []

    def test_an_article_is_named_by_id_or_slug(self, service: Service, moderator: Person, waiting: list[Any]) -> None:
        article_id = waiting[2]["article_id"]
        slug = service.nobody.get(f"/v1/articles/{article_id}").json()["slug"]
        counts = {article_id: 1, slug: 1, str(new_id()): 0}
        for named, count in counts.items():
            shown = moderator.post("/v1/moderation/batches/preview", {"filter": {"article": named}, **REJECT})
            assert shown.json()["count"] == count, named
        begun = moderator.post("/v1/moderation/batches", {"filter": {"article": slug}, **REJECT})
        assert begun.json()["filter"]["article"] == article_id
        unknown = moderator.post("/v1/moderation/batches", {"filter": {"article": "none"}, **REJECT})
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/filter/article")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            pytest.param({"filter": {}, **REJECT}, "/filter", id="a filter names something"),
            pytest.param(
                {"filter": {"kind": "comment"}, "verdict": "reject"}, "/reason", id="a rejection has a reason"
            ),
            pytest.param(
                {"filter": {"kind": "comment"}, "verdict": "dismiss"}, "/verdict", id="the kind takes the verdict"
            ),
        ],
    )
    @pytest.mark.parametrize("route", ["batches", "batches/preview"])
    @pytest.mark.long_table
    def test_what_makes_no_sense_is_refused(self, moderator: Person, route: str, body: Any, pointer: str) -> None:
        answer = moderator.post(f"/v1/moderation/{route}", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


class TestBatch:
    def test_everything_waiting_by_one_author_is_rejected_with_a_result_each(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        other = service.comment(service.person(), service.article())
        path = begin(moderator, author=str(member.id))
        work(service)
        shown = moderator.get(path).json()
        assert shown["state"] == "done"
        assert shown["counts"]["decided"] == 3
        assert [result["state"] for result in shown["items"]] == ["decided"] * 3
        assert {member.get(f"/v1/comments/{comment['id']}").json()["status"] for comment in waiting} == {"rejected"}
        assert service.case_of(moderator, other)["state"] == "open"
        assert service.read(differences) == []

    def test_what_cannot_be_decided_is_refused_alone(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        case = service.case_of(moderator, waiting[1])
        service.person("moderator").post(f"/v1/moderation/cases/{case['id']}/claim")
        path = begin(moderator, author=str(member.id))
        work(service)
        results = {item["case_id"]: item for item in moderator.get(path).json()["items"]}
        assert results[case["id"]]["state"] == "refused"
        assert results[case["id"]]["problem"]["code"] == "claim_lost"
        assert sorted(item["state"] for item in results.values()) == ["decided", "decided", "refused"]

    def test_results_come_in_pages(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        path = begin(moderator, author=str(member.id))
        work(service)
        first = moderator.get(f"{path}?limit=2").json()
        second = moderator.get(f"{path}?limit=2&cursor={first['next']}").json()
        assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)

    def test_who_was_demoted_meanwhile_decides_nothing(
        self, service: Service, member: Person, waiting: list[Any]
    ) -> None:
        admin, moderator = service.person("admin"), service.person("moderator")
        path = begin(moderator, author=str(member.id))
        changed = admin.put(f"/v1/users/{moderator.id}/roles", {"roles": []}, if_match="*")
        assert changed.status_code == 200, changed.text
        work(service)
        shown = admin.get(path).json()
        assert shown["counts"]["decided"] == 0
        assert {item["problem"]["code"] for item in shown["items"]} <= {"forbidden"}

    @pytest.mark.parametrize(("kind", "code"), [("suspension", "sanctioned"), ("ban", "forbidden")])
    def test_who_is_sanctioned_by_now_neither_decides_nor_takes_back(
        self, service: Service, member: Person, waiting: list[Any], kind: str, code: str
    ) -> None:
        admin, rash = service.person("admin"), service.person("moderator")
        assert rash.id is not None
        identity = Identity(rash.id, rash.id, frozenset({Role.MODERATOR}), "", "ar")
        decided = begin(rash, article=waiting[2]["article_id"])
        work(service)
        imposed = admin.post(f"/v1/users/{rash.id}/sanctions", {"kind": kind, "reason": "other"})
        assert imposed.status_code == 201, imposed.text
        order, now = Order(Naming(author_id=member.id), Verdict.REJECT, Reason.OTHER), service.clock()
        begun = service.write(lambda session: create_batch(session, order, identity=identity, now=now).id)
        batch_id, retraction = UUID(decided.rpartition("/")[2]), Retraction(Reason.OTHER)
        service.write(lambda session: take_back(session, batch_id, retraction, identity=identity, now=now).id)
        work(service)
        refused, kept = admin.get(f"/v1/moderation/batches/{begun}").json(), admin.get(decided).json()
        assert [item["state"] for item in kept["items"]] == ["kept"]
        assert [item["state"] for item in refused["items"]] == ["refused", "refused"]
        assert {item["problem"]["code"] for item in [*kept["items"], *refused["items"]]} == {code}
        assert member.get(f"/v1/comments/{waiting[0]['id']}").json()["status"] == "pending"

    def test_a_rule_names_the_cases_that_it_held(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        rules = [
            moderator.post("/v1/moderation/rules", {"phrase": phrase, "action": "hold"}).json()["id"]
            for phrase in ("كازينو", "مراهنة")
        ]
        article = service.article(discussion={"moderation": "post"})
        held = [service.comment(member, article, body) for body in ("أفضل كازينو هنا", "مراهنة مضمونة")]
        shown = moderator.post("/v1/moderation/batches/preview", {"filter": {"rule": rules[0]}, **REJECT}).json()
        assert shown["count"] == 1
        path = begin(moderator, rule=rules[0])
        work(service)
        assert [item["state"] for item in moderator.get(path).json()["items"]] == ["decided"]
        statuses = [member.get(f"/v1/comments/{comment['id']}").json()["status"] for comment in held]
        assert statuses == ["rejected", "pending"]

    def test_work_goes_on_after_a_restart(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any], tmp_path: Path
    ) -> None:
        path = begin(moderator, author=str(member.id))
        while not (step := service.read(next_work)).case_ids:
            work_once(service)
        service.write(decide_one, step.batch_id, step.case_ids[0], now=service.clock())
        with running_service(service.settings.database_url, tmp_path) as restarted:
            work(restarted)
            again = Person(restarted.client, moderator.id, moderator.token, headers=moderator.headers)
            shown = again.get(path).json()
        assert (shown["state"], shown["counts"]["decided"]) == ("done", 3)
        assert service.read(differences) == []

    def test_one_case_that_fails_is_said_to_and_the_others_go_on(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        lost = Case(
            kind=CaseKind.COMMENT,
            subject_type=SubjectType.COMMENT,
            subject_id=new_id(),
            author_id=UUID(str(member.id)),
            revision=1,
            opened_at=service.clock(),
            due_at=service.clock(),
        )
        service.write(lambda session: session.add(lost))
        path = begin(moderator, author=str(member.id))
        work(service)
        counts = service.read(lambda session: count_results(session, UUID(path.rpartition("/")[2])))
        assert (counts["decided"], counts["failed"]) == (3, 1)
        [failed] = [item for item in moderator.get(path).json()["items"] if item["state"] == "failed"]
        assert (failed["case_id"], failed["problem"]["code"]) == (str(lost.id), "internal_error")

    def test_a_batch_is_taken_back_as_one(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        path = begin(moderator, author=str(member.id))
        work(service)
        editor = service.person("editor")
        editor.post(f"/v1/comments/{waiting[0]['id']}/cases")
        assert service.decide(editor, waiting[0], "spam", reason="spam").status_code == 201
        answer = moderator.post(f"{path}/reversal", {"reason": "other"})
        assert answer.status_code == 202, answer.text
        work(service)
        shown = moderator.get(path).json()
        assert shown["state"] == "reversed"
        assert sorted(item["state"] for item in shown["items"]) == ["kept", "reversed", "reversed"]
        statuses = [member.get(f"/v1/comments/{comment['id']}").json()["status"] for comment in waiting]
        assert statuses == ["spam", "pending", "pending"]
        assert moderator.post(f"{path}/reversal").status_code == 409
        assert service.read(differences) == []

    def test_a_batch_about_analyses_is_there_for_editors_only(self, service: Service, moderator: Person) -> None:
        editor, another = service.person("editor"), service.person("editor")
        submitted(service.person("expert"), service.article(editor))
        path = begin(editor, kind="analysis")
        work(service)
        assert another.get(path).json()["counts"]["decided"] == 1
        for answer in (moderator.get(path), moderator.post(f"{path}/reversal", {"reason": "other"})):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        own = begin(moderator, kind="analysis")
        assert moderator.get(own).json()["items"] == []

    def test_a_running_batch_stops_when_it_is_taken_back(
        self, service: Service, member: Person, moderator: Person, waiting: list[Any]
    ) -> None:
        path = begin(moderator, author=str(member.id))
        while not (step := service.read(next_work)).case_ids:
            work_once(service)
        service.write(decide_one, step.batch_id, step.case_ids[0], now=service.clock())
        assert moderator.post(f"{path}/reversal").status_code == 202
        work(service)
        counts = moderator.get(path).json()["counts"]
        # The background goes on meanwhile, so that how many were decided before the stop is not for us to say.
        assert counts["reversed"] >= 1
        assert counts["reversed"] + counts["skipped"] == 3
        assert {member.get(f"/v1/comments/{comment['id']}").json()["status"] for comment in waiting} == {"pending"}

    def test_after_a_quarter_of_an_hour_only_editors_take_back(
        self, service: Service, member: Person, waiting: list[Any]
    ) -> None:
        moderator = service.person("moderator")
        path = begin(moderator, author=str(member.id))
        work(service)
        service.clock.advance(timedelta(minutes=15, seconds=1))
        moderator, editor = service.person("moderator"), service.person("editor")
        assert moderator.post(f"{path}/reversal").status_code == 403
        assert editor.post(f"{path}/reversal").status_code == 202
