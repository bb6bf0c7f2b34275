"""Public threads: display order and pages, and nothing at all about what waits."""

from typing import Any
from uuid import uuid4

import pytest

from tests.forum.discussion.public_view import SORTS, public_view, thread
from tests.service import Person, Service

FIELDS = {
    "id",
    "article_id",
    "analysis_id",
    "parent_id",
    "root_id",
    "depth",
    "in_reply_to",
    "author",
    "body",
    "body_html",
    "language",
    "direction",
    "anchor",
    "status",
    "revision",
    "quote",
    "kind",
    "disclosure",
    "reactions",
    "reply_count",
    "created_at",
    "published_at",
    "edited_at",
    "tombstone",
}

TREE = (("a0", None), ("b0", None), ("a1", "a0"), ("c0", None), ("a2", "a0"), ("a11", "a1"), ("b1", "b0"))
REACTIONS = (("b0", "insightful"), ("b0", "agree"), ("c0", "agree"), ("a1", "insightful"), ("c0", "disagree"))


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def open_article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    return service.article(discussion={"moderation": "post"})


class TestWhatWaits:
    def test_nothing_about_waiting_words_changes_one_public_byte(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        bystander = service.person(display_name="عابر")
        public = service.approved(member, moderator, article, "تعليق منشور")
        reply = service.approved(
            service.person(display_name="رامي"), moderator, article, "رد منشور", parent_id=public["id"]
        )
        seen = [public, reply]
        before = public_view(service, bystander, article, seen)

        def unchanged(act: str) -> None:
            assert public_view(service, bystander, article, seen) == before, act

        root = service.comment(member, article, "جديد ينتظر")
        unchanged("a comment is posted")
        answer = service.comment(member, article, "رد ينتظر", parent_id=public["id"])
        unchanged("a reply is posted")
        member.patch(f"/v1/comments/{root['id']}", {"body": "جديد ينتظر بصيغة أخرى"})
        unchanged("a waiting comment is edited")
        assert service.decide(moderator, root, "request_changes", reason="unsupported").status_code == 201
        unchanged("changes are asked for")
        member.patch(f"/v1/comments/{root['id']}", {"body": "جديد بمصدر"})
        unchanged("a comment comes back changed")
        assert service.decide(moderator, root, "reject", reason="abuse").status_code == 201
        unchanged("a waiting comment is rejected")
        assert member.delete(f"/v1/comments/{root['id']}").status_code == 204
        unchanged("a rejected comment is withdrawn")
        assert service.decide(moderator, answer, "spam", reason="spam").status_code == 201
        unchanged("a waiting reply is marked as spam")
        assert member.patch(f"/v1/comments/{public['id']}", {"body": "تعليق معدّل"}).status_code == 200
        unchanged("an edit of a public comment waits")
        assert service.decide(moderator, public, "reject", reason="off_topic").status_code == 201
        unchanged("an edit of a public comment is rejected")
        assert moderator.post(f"/v1/comments/{public['id']}/cases", {"reason": "abuse"}).status_code == 201
        unchanged("a case about a public comment is opened")
        assert service.decide(moderator, public, "approve").status_code == 201
        unchanged("a public comment is confirmed")
        last = service.comment(member, article, "يُسحب قبل أن يُقرأ")
        assert member.delete(f"/v1/comments/{last['id']}").status_code == 204
        unchanged("a waiting comment is withdrawn")

    def test_what_one_may_not_see_is_the_same_as_what_never_was(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        stranger = service.person("expert", display_name="غريب")
        waiting = service.comment(member, article)
        rejected = service.comment(member, article, "مرفوض")
        service.decide(moderator, rejected, "reject", reason="abuse")
        ways: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("PATCH", "", {"body": "لي"}),
            ("DELETE", "", None),
            ("GET", "/replies", None),
            ("POST", "/replies", {"body": "رد"}),
            ("GET", "/revisions", None),
            ("PUT", "/reactions/agree", None),
            ("DELETE", "/reactions/agree", None),
        ]
        for method, more, body in ways:
            answers = [
                stranger.send(method, f"/v1/comments/{name}{more}", body, x_request_id="same", if_match='"1.a"')
                for name in (waiting["id"], rejected["id"], uuid4())
            ]
            assert {answer.status_code for answer in answers} == {404}, (method, more)
            assert len({answer.content for answer in answers}) == 1, (method, more)
        for name in (waiting["id"], str(uuid4())):
            post = stranger.post(f"/v1/articles/{article['id']}/comments", {"body": "رد", "parent_id": name})
            assert (post.status_code, post.json()["code"]) == (404, "not_found")


class TestReading:
    def test_comment_has_exactly_the_promised_fields(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        quote = {"exact": "الماء", "prefix": "ثمن ", "suffix": " في المدينة"}
        comment = service.approved(member, moderator, article, "**متى** كان؟", quote=quote, kind="question")
        [shown] = thread(service, article)
        assert set(shown) == FIELDS
        assert shown == {
            "id": comment["id"],
            "article_id": article["id"],
            "analysis_id": None,
            "parent_id": None,
            "root_id": comment["id"],
            "depth": 0,
            "in_reply_to": None,
            "author": {"id": str(member.id), "display_name": "سلمى", "badges": [], "credential": None},
            "body": "**متى** كان؟",
            "body_html": '<p dir="auto"><strong>متى</strong> كان؟</p>\n',
            "language": "ar",
            "direction": "rtl",
            "status": "approved",
            "revision": 1,
            "quote": quote,
            "anchor": {"start": None, "end": None, "orphaned": True},
            "kind": "question",
            "disclosure": None,
            "reactions": {"insightful": 0, "agree": 0, "disagree": 0},
            "reply_count": 0,
            "created_at": "2026-03-01T09:00:00.000000Z",
            "published_at": "2026-03-01T09:00:00.000000Z",
            "edited_at": None,
            "tombstone": None,
        }
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json() == shown

    def test_everybody_reads_the_same_bytes_under_their_own_caching_rule(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        service.approved(member, moderator, article, "رأي")
        service.comment(member, article, "ينتظر")
        path = f"/v1/articles/{article['id']}/comments"
        public = service.nobody.get(path)
        assert public.headers["cache-control"] == "public, max-age=0, must-revalidate"
        for who in (member, moderator):
            own = who.get(path)
            assert own.content == public.content
            assert own.headers["cache-control"] == "private, no-store"
        assert service.nobody.get(path, if_none_match=public.headers["etag"]).status_code == 304

    def test_unknown_article_has_no_thread(self, service: Service) -> None:
        assert service.nobody.get(f"/v1/articles/{uuid4()}/comments").status_code == 404

    @pytest.mark.parametrize("query", ["sort=oldest", "limit=0", "limit=101", "cursor=AAAA", "cursor=%F0%9F%8C%8A"])
    def test_parameters_that_mean_nothing_are_refused(self, service: Service, article: Any, query: str) -> None:
        assert service.nobody.get(f"/v1/articles/{article['id']}/comments?{query}").status_code == 422


class TestOrder:
    def test_roots_are_sorted_and_replies_stay_below_them_in_conversation_order(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        posted: dict[str, Any] = {}
        for name, parent in TREE:
            above = {"parent_id": posted[parent]["id"]} if parent else {}
            posted[name] = service.comment(member, open_article, name, **above)
        for name, kind in REACTIONS:
            assert member.put(f"/v1/comments/{posted[name]['id']}/reactions/{kind}").status_code == 200
        assert service.client.portal is not None
        service.client.portal.call(service.app.state.chores.fold_reactions)
        below_a = [("a0", 0), ("a1", 1), ("a11", 2), ("a2", 1)]
        below_b = [("b0", 0), ("b1", 1)]
        expected = {
            "conversation": [*below_a, *below_b, ("c0", 0)],
            "newest": [("c0", 0), *below_b, *below_a],
            "top": [*below_b, ("c0", 0), *below_a],
        }
        for sort, order in expected.items():
            assert [(item["body"], item["depth"]) for item in thread(service, open_article, sort)] == order, sort

    def test_pages_of_every_size_join_to_the_whole_thread(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        ids: list[str] = []
        for number in range(9):
            above = {"parent_id": ids[number // 2]} if number % 3 else {}
            ids.append(service.comment(member, open_article, f"تعليق {number}", **above)["id"])
        for sort in SORTS:
            whole = thread(service, open_article, sort)
            assert len(whole) == 9
            for limit in (1, 2, 4, 9):
                joined, path = [], f"/v1/articles/{open_article['id']}/comments?sort={sort}&limit={limit}"
                while path:
                    page = service.nobody.get(path)
                    assert len(page.json()["items"]) <= limit
                    joined += page.json()["items"]
                    assert ("next" in page.links) == (page.json()["next"] is not None)
                    path = page.links["next"]["url"] if page.links else ""
                assert joined == whole, (sort, limit)

    def test_cursor_fits_its_own_article_and_order_only(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        other = service.article(discussion={"moderation": "post"})
        for number in range(2):
            service.comment(member, open_article, f"تعليق {number}")
        path = f"/v1/articles/{open_article['id']}/comments?limit=1"
        cursor = service.nobody.get(path).json()["next"]
        assert service.nobody.get(f"{path}&cursor={cursor}").status_code == 200
        for wrong in (f"{path}&sort=top", f"{path}&sort=newest", f"/v1/articles/{other['id']}/comments?limit=1"):
            answer = service.nobody.get(f"{wrong}&cursor={cursor}")
            assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), wrong

    def test_words_that_come_while_somebody_pages_move_nothing_they_have_read(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        ids = [service.comment(member, open_article, f"تعليق {number}")["id"] for number in range(3)]
        path = f"/v1/articles/{open_article['id']}/comments?limit=2"
        first = service.nobody.get(path).json()
        service.comment(member, open_article, "رد متأخر", parent_id=ids[0])
        second = service.nobody.get(f"{path}&cursor={first['next']}").json()
        assert [item["id"] for item in first["items"] + second["items"]] == ids


class TestReplies:
    def test_direct_replies_are_read_oldest_first_in_pages(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        above = service.comment(member, open_article, "أصل")
        ids = [service.comment(member, open_article, f"رد {n}", parent_id=above["id"])["id"] for n in range(3)]
        service.comment(member, open_article, "رد على رد", parent_id=ids[0])
        path = f"/v1/comments/{above['id']}/replies"
        assert [item["id"] for item in service.nobody.get(path).json()["items"]] == ids
        first = service.nobody.get(f"{path}?limit=2")
        second = service.nobody.get(first.links["next"]["url"]).json()
        assert [item["id"] for item in first.json()["items"] + second["items"]] == ids
        assert second["next"] is None
        assert service.nobody.get(path).json()["items"][0]["reply_count"] == 1

    def test_cursor_of_other_replies_is_refused(self, service: Service, member: Person, open_article: Any) -> None:
        above = [service.comment(member, open_article, name) for name in ("أصل", "أصل آخر")]
        for number in range(2):
            service.comment(member, open_article, f"رد {number}", parent_id=above[0]["id"])
        cursor = service.nobody.get(f"/v1/comments/{above[0]['id']}/replies?limit=1").json()["next"]
        answer = service.nobody.get(f"/v1/comments/{above[1]['id']}/replies?limit=1&cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
