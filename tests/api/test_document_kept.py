"""Every success is one that the OpenAPI document tells of: a client made from it takes any other for a refusal."""

import re
from typing import Any

import pytest

from tests.api.matrix import ROWS, Row
from tests.api.world import PEOPLE, World
from tests.service import PASSWORD, Person

READS = [row for row in ROWS if row.method == "GET" and row.path.startswith("/v1") and 200 in row.expected.values()]


@pytest.fixture(scope="module")
def document(world: World) -> Any:
    return world.service.nobody.get("/openapi.json").json()


def told(document: Any, method: str, path: str) -> Any:
    """Give what the document says that an operation answers."""
    bare = path.partition("?")[0]
    templates = [name for name in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", name), bare)]
    plainest = min(templates, key=lambda name: name.count("{"))
    return document["paths"][plainest][method.lower()]["responses"]


def demand_told(document: Any, method: str, path: str, answer: Any, status: int) -> None:
    """Demand a status that the document tells of, with a body only where it tells of one."""
    assert answer.status_code == status, answer.text
    described = told(document, method, path)[str(status)]
    assert bool(answer.content) == ("content" in described), described


class TestReads:
    @pytest.mark.parametrize("row", READS, ids=lambda row: row.name)
    @pytest.mark.long_table
    def test_have_an_etag_and_answer_304_where_the_document_says_so(
        self, world: World, document: Any, row: Row
    ) -> None:
        path = row.path.format_map(world)
        person = world.people[next(who for who in reversed(PEOPLE) if row.expected[who] == 200)]
        answer, described = person.get(path), told(document, "GET", path)
        demand_told(document, "GET", path, answer, 200)
        assert ("etag" in answer.headers) == ("ETag" in described["200"].get("headers", {})) == ("304" in described)
        if "304" in described:
            demand_told(document, "GET", path, person.get(path, if_none_match=answer.headers["etag"]), 304)

    def test_of_lists_name_the_next_page_as_the_document_says(self, world: World, document: Any) -> None:
        world.article()
        world.article()
        assert "Link" in told(document, "GET", "/v1/articles")["200"]["headers"]
        assert "Link" not in told(document, "GET", "/v1/counts")["200"]["headers"]
        assert 'rel="next"' in world.service.nobody.get("/v1/articles?limit=1").headers["link"]


class TestWrites:
    @pytest.mark.parametrize(
        ("who", "path", "body"),
        [
            pytest.param("expert", "/v1/articles/{article}/disclosure", {"none": True}, id="a declaration"),
            pytest.param("moderator", "/v1/me/moderation-scope", {"sections": [], "languages": []}, id="a scope"),
            pytest.param("member", "/v1/me/notification-settings", {"reply": "off"}, id="settings"),
        ],
    )
    def test_puts_answer_201_at_first_and_200_after_it(
        self, world: World, document: Any, who: str, path: str, body: Any
    ) -> None:
        here = path.format_map(world)
        person: Person = world.people["expert"] if who == "expert" else world.service.person(who)
        first = person.put(here, body)
        demand_told(document, "PUT", path, first, 201)
        demand_told(document, "PUT", path, person.put(here, body, if_match=first.headers["etag"]), 200)

    def test_what_was_done_before_answers_200(self, world: World, document: Any) -> None:
        member, moderator, case = world.people["member"], world.people["moderator"], world.case()
        path, verdict = f"/v1/moderation/cases/{case['id']}/decisions", {"verdict": "approve", "revision": 1}
        review, report = f"/v1/comments/{world['public']}/cases", f"/v1/comments/{world['public']}/reports"
        for person, place, body in (
            (moderator, path, verdict),
            (moderator, review, {}),
            (member, report, {"reason": "spam"}),
        ):
            demand_told(document, "POST", place, person.post(place, body), 201)
            demand_told(document, "POST", place, person.post(place, body), 200)

    def test_what_is_done_later_answers_without_a_body(self, world: World, document: Any) -> None:
        nobody, reset, erasure = world.service.nobody, "/v1/auth/password-reset", "/v1/auth/erasure"
        demand_told(document, "POST", reset, nobody.post(reset, {"email": world["email"]}), 202)
        proof = {"email": world["email"], "password": PASSWORD}
        demand_told(document, "POST", erasure, nobody.post(erasure, proof), 202)
        leaving = world.service.person().send("DELETE", "/v1/me", {"password": PASSWORD})
        demand_told(document, "DELETE", "/v1/me", leaving, 202)
