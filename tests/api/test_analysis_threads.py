"""Threads below analyses: apart from the article's, as ready bytes, and closed by a retraction."""

from typing import Any
from uuid import uuid4

import pytest

from api.cached_answers import CACHED
from tests.api.analyses import declare, drafted, published
from tests.service import Person, Service


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article."""
    return service.article()


@pytest.fixture
def expert(service: Service) -> Person:
    """Give an expert."""
    return service.person("expert")


@pytest.fixture
def analysis(service: Service, expert: Person, article: Any) -> Any:
    """Give a published analysis."""
    return published(service, expert, service.person("editor"), article)


def ids(who: Person, path: str) -> list[str]:
    """Give the ids of the comments in a thread."""
    return [item["id"] for item in who.get(path).json()["items"]]


class TestThread:
    def test_comments_and_their_replies_stand_below_the_analysis_alone(
        self, service: Service, member: Person, moderator: Person, article: Any, analysis: Any
    ) -> None:
        below = service.approved(member, moderator, article, "في التحليل", analysis_id=analysis["id"])
        beside = service.approved(member, moderator, article, "في المقال")
        reply = member.post(f"/v1/comments/{below['id']}/replies", {"body": "رد"}).json()
        assert service.decide(moderator, reply).status_code == 201
        assert (below["analysis_id"], reply["analysis_id"], beside["analysis_id"]) == (
            analysis["id"],
            analysis["id"],
            None,
        )
        assert ids(service.nobody, f"/v1/analyses/{analysis['id']}/comments") == [below["id"], reply["id"]]
        assert ids(service.nobody, f"/v1/articles/{article['id']}/comments") == [beside["id"]]
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]["comments"] == 3

    def test_pages_of_a_thread_follow_each_other(
        self, service: Service, member: Person, moderator: Person, article: Any, analysis: Any
    ) -> None:
        for number in range(3):
            service.approved(member, moderator, article, f"رأي {number}", analysis_id=analysis["id"])
        path = f"/v1/analyses/{analysis['id']}/comments"
        first = service.nobody.get(f"{path}?limit=2&sort=newest")
        second = service.nobody.get(f"{path}?limit=2&sort=newest&cursor={first.json()['next']}").json()
        assert [len(first.json()["items"]), len(second["items"])] == [2, 1]
        assert 'rel="next"' in first.headers["link"]
        other = f"/v1/articles/{article['id']}/comments?sort=newest&cursor={first.json()['next']}"
        assert service.nobody.get(other).json()["code"] == "cursor_invalid"

    def test_only_a_published_analysis_of_the_article_is_commented(
        self, service: Service, member: Person, expert: Person, article: Any, analysis: Any
    ) -> None:
        draft, elsewhere = drafted(expert, article), service.article()
        path = f"/v1/articles/{article['id']}/comments"
        for named in (draft["id"], str(uuid4())):
            assert member.post(path, {"body": "رأي", "analysis_id": named}).status_code == 404
        body = {"body": "رأي", "analysis_id": analysis["id"]}
        assert member.post(f"/v1/articles/{elsewhere['id']}/comments", body).status_code == 404
        assert service.nobody.get(f"/v1/analyses/{draft['id']}/comments").status_code == 404

    def test_whoever_sees_what_is_not_public_yet_is_told_so(
        self, service: Service, member: Person, expert: Person, article: Any
    ) -> None:
        draft, editor = drafted(expert, article), service.person("editor")
        path, body = f"/v1/articles/{article['id']}/comments", {"body": "رأي", "analysis_id": draft["id"]}
        for quote in (None, {"exact": "الأرقام"}):
            refused = expert.post(path, body | {"quote": quote})
            assert (refused.status_code, refused.json()["code"]) == (409, "parent_not_public")
            assert editor.post(path, body | {"quote": quote}).json()["code"] == "not_found"
        declare(expert, article)
        assert expert.post(f"/v1/analyses/{draft['id']}/submissions").status_code == 201
        assert editor.post(path, body).json()["code"] == "parent_not_public"
        assert member.post(path, body).json()["code"] == "not_found"

    def test_first_answer_is_repeated_though_the_analysis_is_public_no_more(
        self, service: Service, expert: Person, article: Any, analysis: Any
    ) -> None:
        path, body = f"/v1/articles/{article['id']}/comments", {"body": "رأي", "analysis_id": analysis["id"]}
        first = expert.post(path, body, idempotency_key="once")
        editor = service.person("editor")
        [decision] = editor.get("/v1/moderation/decisions?limit=1").json()["items"]
        taken_back = editor.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert (first.status_code, taken_back.status_code) == (201, 201)
        again = expert.post(path, body, idempotency_key="once")
        assert (again.status_code, again.content) == (201, first.content)
        assert expert.post(path, body, idempotency_key="anew").json()["code"] == "parent_not_public"

    def test_nobody_replies_below_an_analysis_that_is_public_no_more(
        self, service: Service, member: Person, moderator: Person, article: Any, analysis: Any
    ) -> None:
        editor = service.person("editor")
        [decision] = editor.get("/v1/moderation/decisions?limit=1").json()["items"]
        below = service.approved(member, moderator, article, "في التحليل", analysis_id=analysis["id"])
        path = f"/v1/comments/{below['id']}/replies"
        assert member.post(path, {"body": "رد"}).status_code == 201
        assert (
            editor.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"}).status_code == 201
        )
        assert member.post(path, {"body": "رد آخر"}).status_code == 404

    def test_parent_below_another_thread_is_refused(
        self, service: Service, member: Person, moderator: Person, article: Any, analysis: Any
    ) -> None:
        beside = service.approved(member, moderator, article, "في المقال")
        body = {"body": "رد", "parent_id": beside["id"], "analysis_id": analysis["id"]}
        answer = member.post(f"/v1/articles/{article['id']}/comments", body)
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/analysis_id"]

    def test_retraction_closes_the_thread_and_leaves_it_readable(
        self, service: Service, member: Person, moderator: Person, expert: Person, article: Any, analysis: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "رأي", analysis_id=analysis["id"])
        expert.post(f"/v1/analyses/{analysis['id']}/retractions", {"reason": "الأرقام خاطئة"})
        assert ids(service.nobody, f"/v1/analyses/{analysis['id']}/comments") == [comment["id"]]
        for path, body in (
            (f"/v1/articles/{article['id']}/comments", {"body": "آخر", "analysis_id": analysis["id"]}),
            (f"/v1/comments/{comment['id']}/replies", {"body": "رد"}),
        ):
            assert member.post(path, body).json()["code"] == "discussion_closed"

    def test_quote_is_anchored_to_the_analysis(
        self, service: Service, member: Person, moderator: Person, article: Any, analysis: Any
    ) -> None:
        quote = {"exact": "انخفض المنسوب", "prefix": "", "suffix": ""}
        comment = service.comment(member, article, "رأي", analysis_id=analysis["id"], quote=quote)
        assert comment["anchor"]["orphaned"] is False


class TestReadyBytes:
    @pytest.mark.parametrize(
        ("rest", "route"),
        [
            ("analyses/{analysis}", "/v1/analyses/{analysis_id}"),
            ("analyses/{analysis}/comments", "/v1/analyses/{analysis_id}/comments"),
            ("articles/{article}/analyses", "/v1/articles/{article}/analyses"),
        ],
    )
    def test_public_pages_are_kept_and_renewed(
        self, service: Service, expert: Person, article: Any, analysis: Any, rest: str, route: str
    ) -> None:
        path = "/v1/" + rest.format(analysis=analysis["id"], article=article["id"])
        kept = CACHED.tally(route, 200).number
        first = service.nobody.get(path)
        assert service.nobody.get(path).content == first.content
        assert CACHED.tally(route, 200).number == kept + 2
        expert.post(f"/v1/analyses/{analysis['id']}/retractions", {"reason": "الأرقام خاطئة"})
        again = service.nobody.get(path)
        assert again.headers["etag"] != first.headers["etag"]
        assert ("الأرقام خاطئة" in again.text) == ("comments" not in path)
