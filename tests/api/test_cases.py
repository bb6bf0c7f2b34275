"""Cases: what waits for moderators, in order of urgency, and what they put up for another look themselves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.service import Person, Service

PROMISED = {
    "id",
    "kind",
    "subject",
    "article_id",
    "author",
    "hold",
    "reports",
    "opened_at",
    "due_at",
    "priority",
    "claim",
    "state",
    "allowed_verdicts",
}
QUEUE = "/v1/moderation/cases"
REASONS = {"reject": "abuse", "spam": "spam", "request_changes": "unsupported"}


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article(title="مياه الأنهار")


def decided(service: Service, moderator: Person, comment: Any, verdict: str) -> Any:
    """Decide the open case about a comment, with a reason where one is needed."""
    answer = service.decide(moderator, comment, verdict, reason=REASONS.get(verdict))
    assert answer.status_code == 201, answer.text
    return answer.json()


def bodies(answer: Any) -> list[str]:
    """Give the words of the cases on a page of the queue."""
    assert answer.status_code == 200, answer.text
    return [case["subject"]["body"] for case in answer.json()["items"]]


class TestQueue:
    def test_queue_is_for_moderators(self, service: Service, member: Person, article: Any) -> None:
        case = service.case_of(service.person("moderator"), service.comment(member, article))
        for path in (QUEUE, f"{QUEUE}/{case['id']}", f"{QUEUE}/{uuid4()}", "/v1/moderation/summary"):
            assert service.nobody.get(path).status_code == 401, path
            for who in (member, service.person("expert")):
                assert who.get(path).json()["code"] == "forbidden", path
        for role in ("moderator", "editor", "admin"):
            assert service.person(role).get(f"{QUEUE}/{case['id']}").json()["id"] == case["id"]
        assert service.person("moderator").get(f"{QUEUE}/{uuid4()}").status_code == 404

    def test_case_shows_all_that_it_takes_to_decide(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, "**رأي**", kind="objection")
        answer = moderator.get(QUEUE, accept_language="en")
        [case] = answer.json()["items"]
        assert set(case) >= PROMISED
        words = {name: comment[name] for name in ("id", "body", "body_html", "language", "direction", "kind", "quote")}
        promised = words | {"type": "comment", "revision": 1, "status": "pending", "parent_id": None}
        assert promised.items() <= case["subject"].items()
        assert case["author"] == comment["author"]
        assert case["hold"] == [
            {
                "code": "pre_moderation",
                "explanation": "Comments in this discussion are read before they are published.",
                "spans": [],
            }
        ]
        assert (case["kind"], case["article_id"], case["state"]) == ("comment", article["id"], "open")
        assert (case["opened_at"], case["due_at"]) == ("2026-03-01T09:00:00.000000Z", "2026-03-02T09:00:00.000000Z")
        assert (case["reports"], case["claim"]) == ([], None)
        assert case["allowed_verdicts"] == ["approve", "reject", "spam", "request_changes"]
        single = moderator.get(f"{QUEUE}/{case['id']}", accept_language="en")
        assert single.json() == case
        assert moderator.get(f"{QUEUE}/{case['id']}").json()["hold"][0]["explanation"].startswith("تُقرأ")
        etag = single.headers["etag"]
        assert (etag[:3], single.headers["cache-control"]) == ('"1.', "private, no-store")
        again = moderator.get(f"{QUEUE}/{case['id']}", accept_language="en", if_none_match=etag)
        assert again.status_code == 304

    def test_case_shows_what_its_author_has_declared_and_where_they_reply(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        above = service.approved(member, moderator, article, "أصل")
        expert = service.person("expert", title="باحثة", affiliation="مركز المياه")
        service.comment(expert, article, "رد", parent_id=above["id"])
        [case] = moderator.get(QUEUE).json()["items"]
        assert case["subject"]["parent_id"] == above["id"]
        assert case["author"]["credential"]["affiliation"] == "مركز المياه"
        assert [hold["code"] for hold in case["hold"]] == ["pre_moderation", "disclosure_missing"]

    def test_queue_runs_by_due_time_in_pages_without_gap_or_repeat(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        expected = []
        for number in range(5):
            expected.append(service.comment(member, article, f"تعليق {number}")["body"])
            service.clock.advance(timedelta(seconds=number % 2))
        assert bodies(moderator.get(QUEUE)) == expected
        paged, path = [], f"{QUEUE}?limit=2"
        while path:
            page = moderator.get(path)
            paged += bodies(page)
            path = page.links["next"]["url"] if page.json()["next"] else ""
        assert paged == expected

    def test_more_urgent_cases_come_first_whenever_they_came(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        public = service.approved(member, moderator, article, "منشور")
        service.comment(member, article, "ينتظر")
        service.clock.advance(timedelta(minutes=1))
        moderator.post(f"/v1/comments/{public['id']}/cases", {"reason": "illegal"})
        first, second = moderator.get(QUEUE).json()["items"]
        assert (first["subject"]["body"], second["subject"]["body"]) == ("منشور", "ينتظر")
        assert first["priority"] > second["priority"]
        assert first["due_at"] < second["due_at"]

    def test_queue_is_narrowed_by_article_kind_and_state(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        other = service.article(title="مقال آخر")
        service.comment(member, other, "في مقال آخر")
        decided(service, moderator, service.comment(member, article, "مقبول"), "approve")
        withdrawn = service.comment(member, article, "مسحوب")
        member.delete(f"/v1/comments/{withdrawn['id']}")
        service.comment(member, article, "ينتظر")
        expected = {
            "": {"في مقال آخر", "ينتظر"},
            f"?article={article['id']}": {"ينتظر"},
            f"?article={other['slug']}": {"في مقال آخر"},
            "?kind=comment": {"في مقال آخر", "ينتظر"},
            "?kind=report": set(),
            "?kind=appeal": set(),
            "?state=open": {"في مقال آخر", "ينتظر"},
            "?state=decided": {"مقبول"},
            "?state=void": {"مسحوب"},
            f"?state=void&article={other['id']}": set(),
            "?claimed=none": {"في مقال آخر", "ينتظر"},
            "?claimed=me": set(),
        }
        for query, words in expected.items():
            assert set(bodies(moderator.get(QUEUE + query))) == words, query

    @pytest.mark.parametrize("query", ["state=closed", "kind=rant", "claimed=you", "limit=0", "limit=101", "cursor=x"])
    def test_parameters_that_mean_nothing_are_refused(self, moderator: Person, query: str) -> None:
        assert moderator.get(f"{QUEUE}?{query}").status_code == 422

    def test_cursor_fits_its_own_filter_only(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        for number in range(2):
            service.comment(member, article, f"تعليق {number}")
        cursor = moderator.get(f"{QUEUE}?limit=1").json()["next"]
        assert moderator.get(f"{QUEUE}?limit=1&cursor={cursor}").status_code == 200
        assert moderator.get(f"{QUEUE}?limit=1&state=void&cursor={cursor}").json()["code"] == "cursor_invalid"
        assert moderator.get(f"{QUEUE}?article={uuid4()}").status_code == 404


class TestReview:
    def test_moderators_put_up_what_is_public_or_was_refused(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        for verdict, status in (("approve", "approved"), ("reject", "rejected"), ("spam", "spam")):
            comment = service.comment(member, article, f"تعليق {verdict}")
            decided(service, moderator, comment, verdict)
            answer = moderator.post(f"/v1/comments/{comment['id']}/cases", {"reason": "hate"}, accept_language="en")
            case = answer.json()
            assert (answer.status_code, set(case) >= PROMISED) == (201, True)
            assert answer.headers["location"] == f"{QUEUE}/{case['id']}"
            assert (case["kind"], case["subject"]["id"], case["subject"]["status"]) == (
                "comment",
                comment["id"],
                status,
            )
            assert [hold["code"] for hold in case["hold"]] == ["review", "hate"]
            assert case["hold"][1]["explanation"] == "Hate speech."
            assert case["allowed_verdicts"] == ["approve", "reject", "spam"]

    def test_case_that_is_open_already_is_given_again(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        path = f"/v1/comments/{service.approved(member, moderator, article, 'منشور')['id']}/cases"
        first = moderator.post(path)
        second = service.person("editor").post(path, {"reason": "abuse"})
        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json()["id"] == first.json()["id"]
        assert len(moderator.get(QUEUE).json()["items"]) == 1

    def test_what_waits_or_is_withdrawn_is_not_put_up(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        waiting = service.comment(member, article, "ينتظر")
        sent_back = service.comment(member, article, "أعيد")
        decided(service, moderator, sent_back, "request_changes")
        withdrawn = service.approved(member, moderator, article, "مسحوب")
        member.delete(f"/v1/comments/{withdrawn['id']}")
        for comment in (waiting, sent_back, withdrawn):
            answer = moderator.post(f"/v1/comments/{comment['id']}/cases")
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition"), comment["body"]

    def test_only_moderators_put_up_and_only_what_there_is(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        path = f"/v1/comments/{service.approved(member, moderator, article, 'منشور')['id']}/cases"
        assert service.nobody.post(path).status_code == 401
        for who in (member, service.person("expert")):
            assert who.post(path).json()["code"] == "forbidden"
        assert moderator.post(f"/v1/comments/{uuid4()}/cases").status_code == 404
        assert moderator.post(path, {"reason": "boring"}).status_code == 422
        assert moderator.post(path, {"verdict": "reject"}).status_code == 422

    def test_review_stands_beside_a_waiting_edit_and_each_is_decided_alone(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "النص الأول")
        member.patch(f"/v1/comments/{comment['id']}", {"body": "النص الثاني"})
        review = moderator.post(f"/v1/comments/{comment['id']}/cases").json()
        assert review["subject"]["body"] == "النص الأول"
        edit = next(case for case in moderator.get(QUEUE).json()["items"] if case["id"] != review["id"])
        assert (edit["subject"]["body"], edit["subject"]["revision"]) == ("النص الثاني", 2)
        answer = moderator.post(f"{QUEUE}/{review['id']}/decisions", {"verdict": "approve", "revision": 1})
        assert answer.status_code == 201
        assert moderator.get(f"{QUEUE}/{edit['id']}").json()["state"] == "open"
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["body"] == "النص الأول"

    def test_removal_takes_the_edit_that_waited_along(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "النص الأول")
        path = f"/v1/comments/{comment['id']}"
        member.patch(path, {"body": "النص الثاني"})
        edit = service.case_of(moderator, comment)
        review = moderator.post(f"{path}/cases").json()
        body = {"verdict": "reject", "revision": 1, "reason": "abuse"}
        assert moderator.post(f"{QUEUE}/{review['id']}/decisions", body).status_code == 201
        assert moderator.get(f"{QUEUE}/{edit['id']}").json()["state"] == "void"
        assert member.get(path).json()["status"] == "rejected"
        assert member.patch(path, {"body": "النص الثالث"}).json()["code"] == "illegal_transition"
        statuses = [revision["status"] for revision in member.get(f"{path}/revisions").json()["items"]]
        assert statuses == ["rejected", "rejected"]

    def test_review_asks_about_the_words_that_are_public_now(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "النص الأول")
        path = f"/v1/comments/{comment['id']}"
        review = moderator.post(f"{path}/cases").json()
        member.patch(path, {"body": "النص الثاني"})
        edit = next(case for case in moderator.get(QUEUE).json()["items"] if case["id"] != review["id"])
        moderator.post(f"{QUEUE}/{edit['id']}/decisions", {"verdict": "approve", "revision": 2})
        stale = moderator.post(f"{QUEUE}/{review['id']}/decisions", {"verdict": "approve", "revision": 1})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")
        assert moderator.get(f"{QUEUE}/{review['id']}").json()["subject"]["body"] == "النص الثاني"
        assert service.nobody.get(path).json()["body"] == "النص الثاني"


class TestSummary:
    def test_summary_counts_what_is_open_and_what_is_late(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        none = dict.fromkeys(("comment", "analysis", "application", "report", "appeal"), 0)
        empty = {"open": none, "overdue": 0, "oldest_opened_at": None}
        assert moderator.get("/v1/moderation/summary").json() == empty
        first = service.comment(member, article, "أول")
        service.clock.advance(timedelta(minutes=1))
        late_moderator = service.person("moderator")
        service.comment(member, article, "ثان")
        one = {"open": none | {"comment": 2}, "overdue": 0, "oldest_opened_at": "2026-03-01T09:00:00.000000Z"}
        assert moderator.get("/v1/moderation/summary").json() == one
        decided(service, moderator, first, "approve")
        assert late_moderator.get("/v1/moderation/summary").json()["oldest_opened_at"] == "2026-03-01T09:01:00.000000Z"
        for later, overdue in ((timedelta(hours=24), 0), (timedelta(microseconds=1), 1)):
            service.clock.advance(later)
            assert service.person("moderator").get("/v1/moderation/summary").json()["overdue"] == overdue
