"""Single comments: posted, replied to, read and withdrawn, each by those who may."""

from typing import Any
from uuid import uuid4

import pytest

from tests.forum.discussion.public_view import thread
from tests.service import Person, Service

NOTHING_DECLARED = {"interests": [], "none": True}
OWN_FIELDS = {"waiting", "hold"}


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def open_article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    return service.article(discussion={"moderation": "post"})


class TestPosting:
    def test_new_comment_waits_and_tells_its_author_why_and_until_when(
        self, service: Service, member: Person, article: Any
    ) -> None:
        answer = member.post(f"/v1/articles/{article['slug']}/comments", {"body": "رأي"}, accept_language="en")
        comment = answer.json()
        assert (answer.status_code, comment["status"], comment["revision"]) == (201, "pending", 1)
        assert answer.headers["location"] == f"/v1/comments/{comment['id']}"
        assert comment["hold"] == {
            "codes": ["pre_moderation"],
            "explanations": ["Comments in this discussion are read before they are published."],
            "decision_expected_by": "2026-03-02T09:00:00.000000Z",
        }
        assert (comment["kind"], comment["quote"], comment["waiting"], comment["published_at"]) == (
            "remark",
            None,
            None,
            None,
        )
        own = member.get(f"/v1/comments/{comment['id']}", accept_language="en").json()
        assert own == comment
        arabic = member.get(f"/v1/comments/{comment['id']}").json()["hold"]["explanations"]
        assert arabic == ["تُقرأ التعليقات في هذا النقاش قبل نشرها."]

    def test_nobody_and_no_article_come_before_what_was_sent(self, service: Service, member: Person) -> None:
        article = service.article()
        assert service.nobody.post(f"/v1/articles/{article['id']}/comments", {"body": ""}).status_code == 401
        assert member.post(f"/v1/articles/{uuid4()}/comments", {"body": ""}).status_code == 404

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            pytest.param({}, "/body", id="words are needed"),
            pytest.param({"body": ""}, "/body", id="no words are no comment"),
            pytest.param({"body": " \n\u200f\u0640\u2800\u0651"}, "/body", id="nor are words that nobody could see"),
            pytest.param({"body": "a" * 8_001}, "/body", id="at most 8000 code points are taken"),
            pytest.param({"body": "نص\u0000"}, "/body", id="NUL is refused"),
            pytest.param({"body": "نص\r\n"}, "/body", id="so are other control characters"),
            pytest.param({"body": 7}, "/body", id="a number is no text"),
            pytest.param({"body": "نص", "kind": "joke"}, "/kind", id="a kind is one of six"),
            pytest.param({"body": "نص", "quote": {"prefix": "x"}}, "/quote/exact", id="a quote quotes something"),
            pytest.param(
                {"body": "نص", "quote": {"exact": "x", "prefix": "\u0000"}}, "/quote/prefix", id="NUL before a quote"
            ),
            pytest.param(
                {"body": "نص", "quote": {"exact": "x", "suffix": "\u0085"}}, "/quote/suffix", id="controls after one"
            ),
            pytest.param({"body": "نص", "parent_id": "7"}, "/parent_id", id="a parent is named by id"),
            pytest.param({"body": "نص", "status": "approved"}, "/status", id="nobody sets the status"),
            pytest.param({"body": "نص", "author": {}}, "/author", id="nobody sets the author"),
            pytest.param({"body": "نص", "created_at": "2026-01-01T00:00:00Z"}, "/created_at", id="nobody sets times"),
        ],
    )
    @pytest.mark.long_table
    def test_what_no_comment_may_be_is_refused_by_field(
        self, member: Person, article: Any, body: Any, pointer: str
    ) -> None:
        answer = member.post(f"/v1/articles/{article['id']}/comments", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("🌊" * 8_000, id="8000 code points outside the basic plane"),
            pytest.param(
                "\u0623\u0654\u0627\u0653 e\u0301 \ufb01 \u200fنص\u200c‌", id="forms that normalising would change"
            ),
            pytest.param("  سطر\n\n\tوآخر  \n", id="spaces at both ends, tabs and newlines"),
            pytest.param("<b>&amp;</b> 'x' \\ %s {} ${x} \u2028", id="what other languages would read"),
        ],
    )
    def test_words_are_kept_exactly_as_sent(self, service: Service, member: Person, article: Any, body: str) -> None:
        comment = service.comment(member, article, body)
        assert comment["body"] == body
        assert member.get(f"/v1/comments/{comment['id']}").json()["body"] == body

    def test_markdown_is_rendered_without_raw_html_and_links_name_no_friend(
        self, service: Service, member: Person, article: Any
    ) -> None:
        html = service.comment(member, article, "<script>x</script> **نص** https://example.org/")["body_html"]
        assert "<script" not in html
        assert "<strong>نص</strong>" in html
        assert 'rel="ugc nofollow noopener"' in html

    @pytest.mark.parametrize(
        ("moderation", "who", "status", "codes"),
        [
            pytest.param("pre", "member", "pending", ["pre_moderation"], id="pre holds members"),
            pytest.param("pre", "declared", "pending", ["pre_moderation"], id="pre holds experts too"),
            pytest.param("pre", "expert", "pending", ["pre_moderation", "disclosure_missing"], id="pre and undeclared"),
            pytest.param("trusted", "member", "pending", ["pre_moderation"], id="trusted holds members"),
            pytest.param("trusted", "declared", "approved", None, id="trusted publishes experts at once"),
            pytest.param("trusted", "expert", "pending", ["disclosure_missing"], id="but not undeclared"),
            pytest.param("post", "member", "approved", None, id="post publishes members at once"),
            pytest.param("post", "declared", "approved", None, id="post publishes experts at once"),
            pytest.param("post", "expert", "pending", ["disclosure_missing"], id="but not undeclared either"),
        ],
    )
    @pytest.mark.long_table
    def test_discussion_says_whose_words_wait(
        self, service: Service, moderation: str, who: str, status: str, codes: list[str] | None
    ) -> None:
        article = service.article(discussion={"moderation": moderation})
        author = service.person(*([] if who == "member" else ["expert"]))
        if who == "declared":
            assert author.put(f"/v1/articles/{article['id']}/disclosure", NOTHING_DECLARED).status_code == 201
        comment = service.comment(author, article)
        assert comment["status"] == status
        assert (comment["hold"] or {}).get("codes") == codes
        assert [item["id"] for item in thread(service, article)] == ([comment["id"]] if codes is None else [])

    def test_discussion_for_experts_takes_members_for_readers(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"participants": "experts", "moderation": "post"})
        path = f"/v1/articles/{article['id']}"
        expert = service.person("expert")
        expert.put(f"{path}/disclosure", NOTHING_DECLARED)
        comment = service.comment(expert, article)
        for who in (member, service.person("moderator"), service.person("editor")):
            for answer in (
                who.post(f"{path}/comments", {"body": "رأي"}),
                who.post(f"/v1/comments/{comment['id']}/replies", {"body": "رأي"}),
            ):
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert expert.post(f"/v1/comments/{comment['id']}/replies", {"body": "رأي آخر"}).status_code == 201

    def test_lone_letter_waits_even_where_nothing_else_does(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        assert service.comment(member, open_article, "…")["hold"]["codes"] == ["too_short"]
        assert service.comment(member, open_article, "لا")["status"] == "approved"

    def test_same_words_twice_in_one_discussion_are_refused_in_any_spelling(
        self, service: Service, member: Person, article: Any
    ) -> None:
        path = f"/v1/articles/{article['id']}/comments"
        first = service.comment(member, article, "إدارة المياه")
        for body in ("إدارة المياه", "ادارةُ الميـاه!"):
            answer = member.post(path, {"body": body})
            assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_comment"), body
        assert service.person().post(path, {"body": "إدارة المياه"}).status_code == 201
        member.delete(f"/v1/comments/{first['id']}")
        assert member.post(path, {"body": "إدارة المياه"}).status_code == 201

    def test_same_words_in_another_discussion_wait(self, service: Service, member: Person, open_article: Any) -> None:
        other = service.article(discussion={"moderation": "post"})
        assert service.comment(member, open_article, "تعالوا إلى موقعي")["status"] == "approved"
        assert service.comment(member, other, "تعالوا إلى موقعي")["hold"]["codes"] == ["repeat"]

    def test_parent_has_to_be_a_public_comment_of_the_same_article(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        elsewhere = service.approved(member, moderator, service.article(), "في مقال آخر")
        waiting = service.comment(member, article, "ينتظر")
        withdrawn = service.approved(member, moderator, article, "مسحوب")
        member.delete(f"/v1/comments/{withdrawn['id']}")
        path = f"/v1/articles/{article['id']}/comments"
        for parent in (elsewhere["id"], str(uuid4())):
            assert member.post(path, {"body": "رد", "parent_id": parent}).status_code == 404
        for who in (member, moderator):
            for parent in (waiting, withdrawn):
                for answer in (
                    who.post(path, {"body": "رد", "parent_id": parent["id"]}),
                    who.post(f"/v1/comments/{parent['id']}/replies", {"body": "رد"}),
                ):
                    assert (answer.status_code, answer.json()["code"]) == (409, "parent_not_public")

    def test_unknown_parent_is_not_found_where_the_discussion_is_closed_too(
        self, service: Service, member: Person
    ) -> None:
        article = service.article(discussion={"state": "closed"})
        answer = member.post(f"/v1/articles/{article['id']}/comments", {"body": "رد", "parent_id": str(uuid4())})
        assert answer.status_code == 404


class TestReplying:
    def test_reply_by_either_route_stands_below_its_parent(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        above = service.comment(member, open_article, "أصل")
        answer = member.post(f"/v1/comments/{above['id']}/replies", {"body": "رد", "kind": "answer"})
        assert answer.status_code == 201
        other = service.comment(member, open_article, "رد آخر", parent_id=above["id"])
        for reply in (answer.json(), other):
            place = (reply["parent_id"], reply["root_id"], reply["depth"], reply["article_id"])
            assert place == (above["id"], above["id"], 1, open_article["id"])
        assert answer.json()["kind"] == "answer"

    def test_route_of_replies_takes_no_parent_of_its_own(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        above = service.comment(member, open_article, "أصل")
        body = {"body": "رد", "parent_id": above["id"]}
        assert member.post(f"/v1/comments/{above['id']}/replies", body).status_code == 422
        assert service.nobody.post(f"/v1/comments/{above['id']}/replies", {"body": "رد"}).status_code == 401
        assert member.post(f"/v1/comments/{uuid4()}/replies", {"body": "رد"}).status_code == 404


class TestReading:
    def test_waiting_comment_is_there_for_its_author_and_moderators_only(
        self, service: Service, member: Person, article: Any
    ) -> None:
        path = f"/v1/comments/{service.comment(member, article)['id']}"
        for role in ("moderator", "editor", "admin"):
            seen = service.person(role).get(path).json()
            assert (seen["body"], seen["status"], seen["hold"]) == ("رأي في الموضوع", "pending", None)
        assert member.get(path).json()["hold"]["codes"] == ["pre_moderation"]
        for who in (service.nobody, service.person(), service.person("expert")):
            assert who.get(path).status_code == 404

    def test_public_comment_shows_nothing_of_its_author_alone(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        path = f"/v1/comments/{service.comment(member, open_article)['id']}"
        public = service.nobody.get(path)
        assert not OWN_FIELDS & set(public.json())
        assert set(member.get(path).json()) == set(public.json()) | OWN_FIELDS
        assert service.person().get(path).content == public.content
        assert service.nobody.get(path, if_none_match=public.headers["etag"]).status_code == 304

    @pytest.mark.parametrize(
        "name", ["0199c9e0-0000-7000-8000-000000000000", "1", "{00000000-0000-7000-8000-000000000000}"]
    )
    def test_unknown_id_is_not_found(self, service: Service, name: str) -> None:
        assert service.nobody.get(f"/v1/comments/{name}").status_code == 404


class TestWithdrawing:
    def test_only_the_author_withdraws_a_comment_that_is_seen(
        self, service: Service, member: Person, moderator: Person, open_article: Any
    ) -> None:
        path = f"/v1/comments/{service.comment(member, open_article)['id']}"
        assert service.nobody.delete(path).status_code == 401
        for who in (service.person(), moderator, service.person("admin")):
            assert who.delete(path).json()["code"] == "forbidden"
        assert member.delete(f"/v1/comments/{uuid4()}").status_code == 404
        assert member.send("DELETE", path).json()["code"] == "precondition_required"
        assert member.delete(path, if_match='"2.a"').json()["code"] == "stale"
        answer = member.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")

    def test_withdrawn_comment_is_gone_for_good(self, service: Service, member: Person, open_article: Any) -> None:
        path = f"/v1/comments/{service.comment(member, open_article)['id']}"
        member.delete(path)
        own = member.get(path).json()
        assert (own["tombstone"], own["status"], own["body"]) == ("withdrawn", "approved", "رأي في الموضوع")
        assert service.nobody.get(path).status_code == 404
        assert member.delete(path).json()["code"] == "illegal_transition"
        assert member.patch(path, {"body": "عدت"}).json()["code"] == "illegal_transition"
        counts = service.nobody.get(f"/v1/articles/{open_article['id']}").json()["counts"]
        assert (counts["comments"], thread(service, open_article)) == (0, [])

    def test_withdrawing_what_waits_voids_its_case(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article)
        case = service.case_of(moderator, comment)
        member.delete(f"/v1/comments/{comment['id']}")
        path = f"/v1/moderation/cases/{case['id']}"
        assert moderator.get(path).json()["state"] == "void"
        assert moderator.get(path).json()["allowed_verdicts"] == []
        answer = moderator.post(f"{path}/decisions", {"verdict": "approve", "revision": 1})
        assert (answer.status_code, answer.json()["code"]) == (409, "case_already_decided")
        assert moderator.get("/v1/moderation/cases").json()["items"] == []
