"""Declarations of interests: an expert's words are published only with one, and each revision keeps its copy."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from auth.identity import Identity
from forum.experts import disclosures
from forum.moderation.credentials import Qualification, grant
from forum.moderation.decisions import Ruling, decide
from models.cases import Reason, Verdict
from models.users import Role
from tests.api.candidates import later
from tests.beside import beside
from tests.forum.discussion.public_view import public_view, thread
from tests.service import Person, Service

NOTHING = {"interests": [], "none": True}
FUNDED = {"interests": [{"kind": "funding", "party": "وزارة الري", "detail": "منحة 2024"}], "none": False}


@pytest.fixture
def expert(service: Service) -> Person:
    """Give an expert who has declared nothing yet."""
    return service.person("expert", display_name="ريم")


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


def path_of(article: Any) -> str:
    """Give the path of the declarations for an article."""
    return f"/v1/articles/{article['id']}/disclosure"


def declare(expert: Person, article: Any, declaration: Any = NOTHING) -> Any:
    """Declare, over whatever stands."""
    standing = expert.get(path_of(article)).headers.get("etag")
    answer = expert.put(path_of(article), declaration, **({"if_match": standing} if standing else {}))
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


class TestDeclaring:
    def test_only_experts_declare_and_only_for_an_article(self, service: Service, expert: Person, article: Any) -> None:
        assert service.nobody.put(path_of(article), NOTHING).status_code == 401
        for role in ("moderator", "editor", "admin"):
            assert service.person(role).put(path_of(article), NOTHING).json()["code"] == "forbidden"
        assert service.person().put(path_of(article), NOTHING).status_code == 403
        assert expert.put(f"/v1/articles/{uuid4()}/disclosure", NOTHING).status_code == 404

    def test_first_is_created_and_the_next_needs_its_version(self, expert: Person, article: Any) -> None:
        path = path_of(article)
        assert expert.put(path, NOTHING, if_match='"1.a"').json()["code"] == "stale"
        first = expert.put(path, NOTHING)
        assert first.status_code == 201
        assert first.json() == {
            "interests": [],
            "none": True,
            "declared_at": "2026-03-01T09:00:00.000000Z",
            "article_id": article["id"],
            "expert_id": str(expert.id),
            "version": 1,
            "confirm_by": "2027-03-01T09:00:00.000000Z",
        }
        assert expert.put(path, FUNDED).json()["code"] == "precondition_required"
        assert expert.put(path, FUNDED, if_match='"2.a"').json()["code"] == "stale"
        second = expert.put(path, FUNDED, if_match=first.headers["etag"])
        assert (second.status_code, second.json()["version"]) == (200, 2)
        assert expert.put(path, NOTHING, if_match=first.headers["etag"]).status_code == 412
        read = expert.get(path)
        assert (read.json(), read.headers["etag"]) == (second.json(), second.headers["etag"])
        assert read.json()["interests"] == FUNDED["interests"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            pytest.param({}, "", id="something is declared"),
            pytest.param({"interests": []}, "", id="no interests are said in so many words"),
            pytest.param(FUNDED | {"none": True}, "", id="interests and none are a contradiction"),
            pytest.param({"none": "true"}, "/none", id="none is a truth value"),
            pytest.param(
                {"interests": [{"kind": "friendship", "party": "x"}]}, "/interests/0/kind", id="kinds are six"
            ),
            pytest.param({"interests": [{"kind": "office"}]}, "/interests/0/party", id="an interest has a party"),
            pytest.param(
                {"interests": [{"kind": "office", "party": " \u0640"}]}, "/interests/0/party", id="one that is seen"
            ),
            pytest.param(
                {"interests": [{"kind": "office", "party": "x", "sum": 3}]}, "/interests/0/sum", id="and no other field"
            ),
            pytest.param({"interests": [{"kind": "office", "party": "x"}] * 51}, "/interests", id="at most fifty"),
            pytest.param(NOTHING | {"expert_id": "x"}, "/expert_id", id="nobody declares for another"),
        ],
    )
    @pytest.mark.long_table
    def test_what_is_no_declaration_is_refused_by_field(
        self, expert: Person, article: Any, body: Any, pointer: str
    ) -> None:
        answer = expert.put(path_of(article), body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


class TestReading:
    def test_own_declaration_is_read_and_editors_name_another(
        self, service: Service, expert: Person, article: Any
    ) -> None:
        path = path_of(article)
        assert service.nobody.get(path).status_code == 401
        assert expert.get(path).status_code == 404
        assert service.person().get(path).status_code == 404
        declared = declare(expert, article, FUNDED)
        named = f"{path}?expert={expert.id}"
        assert expert.get(named).json() == declared
        for who in (service.person("editor"), service.person("admin")):
            assert who.get(named).json() == declared | {"earlier": []}
        for who in (service.person(), service.person("expert"), service.person("moderator")):
            assert who.get(named).json()["code"] == "forbidden"
        assert service.person("editor").get(f"{path}?expert={uuid4()}").status_code == 404
        assert service.person("editor").get(f"{path}?expert=ريم").status_code == 422
        assert expert.get(f"/v1/articles/{uuid4()}/disclosure").status_code == 404

    def test_declaration_has_an_etag_and_is_never_cached_for_others(self, expert: Person, article: Any) -> None:
        declare(expert, article)
        seen = expert.get(path_of(article))
        assert seen.headers["cache-control"] == "private, no-store"
        assert expert.get(path_of(article), if_none_match=seen.headers["etag"]).status_code == 304

    def test_editors_see_what_was_declared_before_and_what_was_left_out(
        self, service: Service, expert: Person, article: Any
    ) -> None:
        elsewhere, editor = service.article(title="مقال آخر"), service.person("editor")
        before = declare(expert, elsewhere, FUNDED)
        service.clock.advance(timedelta(minutes=1))
        same = {"interests": [{"kind": "funding", "party": "وزاره الرى"}], "none": False}
        declare(expert, article, same)
        declare(service.person("expert"), elsewhere, FUNDED)
        path = f"{path_of(article)}?expert={expert.id}"
        assert editor.get(path).json()["earlier"] == [before | {"contradicts": False, "left_out": []}]
        service.clock.advance(timedelta(minutes=1))
        newer = declare(expert, article, NOTHING)
        answer = editor.get(path).json()
        assert {name: answer[name] for name in newer} == newer
        left_out = [(row["article_id"], row["contradicts"], len(row["left_out"])) for row in answer["earlier"]]
        assert left_out == [(article["id"], True, 1), (elsewhere["id"], True, 1)]
        assert "earlier" not in expert.get(path_of(article)).json()


class TestPublication:
    def test_approval_without_a_declaration_is_refused_and_changes_nothing(
        self, service: Service, expert: Person, moderator: Person, article: Any
    ) -> None:
        bystander = service.person()
        comment = service.comment(expert, article)
        before = public_view(service, bystander, article, [comment])
        case = service.case_of(moderator, comment)
        answer = service.decide(moderator, comment)
        assert (answer.status_code, answer.json()["code"]) == (422, "disclosure_required")
        assert public_view(service, bystander, article, [comment]) == before
        assert service.case_of(moderator, comment) == case
        assert moderator.get("/v1/moderation/decisions").json()["items"] == []
        declare(expert, service.article(title="مقال آخر"))
        assert service.decide(moderator, comment).json()["code"] == "disclosure_required"
        declare(expert, article)
        assert service.decide(moderator, comment).status_code == 201

    def test_declaration_is_confirmed_after_a_year(self, service: Service, expert: Person, article: Any) -> None:
        first = declare(expert, article, FUNDED)
        comment = service.comment(expert, article)
        expert, moderator = later(service, timedelta(days=365), expert, service.person("moderator"))
        assert service.decide(moderator, comment).json()["code"] == "disclosure_required"
        posted = service.comment(expert, article, "رأي آخر")
        assert "disclosure_missing" in posted["hold"]["codes"]
        assert moderator.get("/v1/moderation/decisions").json()["items"] == []
        second = declare(expert, article, FUNDED)
        assert (second["version"], second["interests"]) == (2, first["interests"])
        assert "disclosure_missing" not in expert.get(f"/v1/comments/{posted['id']}").json()["hold"]["codes"]
        assert service.decide(moderator, comment).status_code == 201

    def test_restrictions_need_no_declaration(
        self, service: Service, expert: Person, moderator: Person, article: Any
    ) -> None:
        for verdict in ("reject", "spam", "request_changes"):
            comment = service.comment(expert, article, f"رأي {verdict}")
            assert service.decide(moderator, comment, verdict, reason="other").status_code == 201

    def test_copy_that_went_out_stays_whatever_is_declared_or_confirmed_later(
        self, service: Service, expert: Person, moderator: Person, article: Any
    ) -> None:
        declare(expert, article, FUNDED)
        comment = service.comment(expert, article, "النص الأول")
        assert comment["disclosure"] is None
        service.decide(moderator, comment)
        copy = {"interests": FUNDED["interests"], "none": False, "declared_at": "2026-03-01T09:00:00.000000Z"}
        [shown] = thread(service, article)
        assert shown["disclosure"] == copy
        bystander = service.person()
        before = public_view(service, bystander, article, [comment])
        service.clock.advance(timedelta(minutes=1))
        declare(expert, article, NOTHING)
        assert public_view(service, bystander, article, [comment]) == before
        moderator.post(f"/v1/comments/{comment['id']}/cases", {})
        assert service.decide(moderator, comment).status_code == 201
        assert public_view(service, bystander, article, [comment]) == before
        expert.patch(f"/v1/comments/{comment['id']}", {"body": "النص الثاني"})
        service.decide(moderator, comment)
        later = {"interests": [], "none": True, "declared_at": "2026-03-01T09:01:00.000000Z"}
        assert [item["disclosure"] for item in thread(service, article)] == [later]
        revisions = service.nobody.get(f"/v1/comments/{comment['id']}/revisions").json()["items"]
        assert [revision["disclosure"] for revision in revisions] == [copy, later]

    def test_declaring_takes_its_hold_away_and_leaves_the_others(
        self, service: Service, expert: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(expert, article)
        assert comment["hold"]["codes"] == ["pre_moderation", "disclosure_missing"]
        other = service.comment(service.person("expert"), article)
        declare(expert, article)
        assert expert.get(f"/v1/comments/{comment['id']}").json()["hold"]["codes"] == ["pre_moderation"]
        assert [hold["code"] for hold in service.case_of(moderator, comment)["hold"]] == ["pre_moderation"]
        assert len(service.case_of(moderator, other)["hold"]) == 2
        assert thread(service, article) == []

    def test_declaring_publishes_at_once_what_waited_for_nothing_else(
        self, service: Service, expert: Person, moderator: Person
    ) -> None:
        article = service.article(discussion={"moderation": "trusted"})
        bodies = [f"رأي {number}" for number in range(3)]
        comments = [service.comment(expert, article, body) for body in bodies]
        sent_back = service.comment(expert, article, "بلا مصدر")
        service.decide(moderator, sent_back, "request_changes", reason="unsupported")
        expert.delete(f"/v1/comments/{comments[2]['id']}")
        cases = [service.case_of(moderator, comment) for comment in comments[:2]]
        seq = service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"]
        declared = declare(expert, article, FUNDED)
        items = thread(service, article)
        assert [item["body"] for item in items] == bodies[:2]
        assert [item["disclosure"]["declared_at"] for item in items] == [declared["declared_at"]] * 2
        after = service.nobody.get(f"/v1/articles/{article['id']}").json()
        assert (after["seq"], after["counts"]["comments"]) == (seq + 2, 2)
        assert {moderator.get(f"/v1/moderation/cases/{case['id']}").json()["state"] for case in cases} == {"decided"}
        log = moderator.get("/v1/moderation/decisions").json()["items"][:2]
        assert [(row["case_id"], row["verdict"], row["automated"], row["by"]) for row in log] == [
            (case["id"], "approve", True, None) for case in cases[::-1]
        ]
        assert moderator.get("/v1/moderation/decisions/verify").json() == {
            "ok": True,
            "checked": 3,
            "first_broken": None,
        }

    def test_edit_by_an_expert_who_never_declared_waits_behind_what_a_member_wrote(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(member, article, "النص الأول")
        admin, path = service.person("admin"), f"/v1/users/{member.id}"
        admin.put(f"{path}/roles", {"roles": ["expert"]}, if_match=admin.get(path).headers["etag"])
        edited = member.patch(f"/v1/comments/{comment['id']}", {"body": "النص الثاني"}).json()
        assert (edited["body"], edited["waiting"]["hold"]["codes"]) == ("النص الأول", ["disclosure_missing"])
        declare(member, article)
        assert [(item["body"], item["disclosure"]["none"]) for item in thread(service, article)] == [
            ("النص الثاني", True)
        ]


class TestBeside:
    """Declaring while something else happens to the same words."""

    def test_words_posted_while_their_author_declares_wait_for_no_declaration(
        self, service: Service, expert: Person
    ) -> None:
        article = service.article(discussion={"moderation": "trusted"})
        declaration = disclosures.Declaration([], none=True)

        def declaring(session: Session) -> None:
            given = {"user_id": expert.id, "expected": None, "is_conditional": False, "now": service.clock()}
            disclosures.declare(session, UUID(article["id"]), declaration, **given)

        comment = beside(service, declaring, lambda: service.comment(expert, article))
        assert expert.get(f"/v1/comments/{comment['id']}").json()["status"] == "approved"

    def test_declaration_stands_though_words_are_rejected_meanwhile(
        self, service: Service, expert: Person, moderator: Person
    ) -> None:
        article = service.article(discussion={"moderation": "trusted"})
        comment = service.comment(expert, article)
        case_id = UUID(service.case_of(moderator, comment)["id"])
        assert moderator.id is not None
        identity = Identity(moderator.id, uuid4(), frozenset({Role.MODERATOR}), "", "ar")

        def rejecting(session: Session) -> None:
            decide(session, case_id, Ruling(Verdict.REJECT, 1, Reason.OTHER), identity=identity, now=service.clock())

        assert beside(service, rejecting, lambda: expert.put(path_of(article), NOTHING)).status_code == 201
        assert expert.get(f"/v1/comments/{comment['id']}").json()["status"] == "rejected"

    def test_words_of_who_becomes_an_expert_meanwhile_need_a_declaration(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article)
        assert member.id is not None
        granting = partial(grant, user_id=member.id, qualification=Qualification("باحث", "معهد"), now=service.clock())
        answer = beside(service, granting, lambda: service.decide(moderator, comment))
        assert (answer.status_code, answer.json()["code"]) == (422, "disclosure_required")
