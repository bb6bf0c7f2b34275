"""What changed since a number: each thing once, as it is now, nothing lost between pages."""

from typing import Any

import pytest

from tests.api.analyses import published
from tests.forum.discussion.test_page_cost import executed
from tests.service import Person, Service


def changes(service: Service, article: Any, after: int = 0, **query: int) -> Any:
    """Read one page of what changed."""
    named = "".join(f"&{name}={value}" for name, value in query.items())
    answer = service.nobody.get(f"/v1/articles/{article['id']}/changes?after={after}{named}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(page: Any) -> list[tuple[str, str]]:
    """Give type and id of what a page tells, in its order."""
    return [(item["type"], item[item["type"]]["id"]) for item in page["items"]]


def followed(service: Service, article: Any, copy: dict[str, Any], after: int, limit: int) -> int:
    """Bring a client's copy of the thread up to date as docs/following.md says; give the number it goes on after."""
    while True:
        page = changes(service, article, after, limit=limit)
        for item in page["items"]:
            if item["type"] == "comment":
                copy.pop(item["comment"]["id"], None)
                if item["listed"]:
                    copy[item["comment"]["id"]] = item["comment"]
        after = page["seq"]
        if not page["more"]:
            return after


class TestPage:
    def test_everything_comes_once_in_order_as_the_thread_shows_it(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        first = service.approved(member, moderator, article, "أول")
        second = service.approved(member, moderator, article, "ثان")
        service.comment(member, article, "ينتظر")
        page = changes(service, article)
        assert names(page) == [("article", article["id"]), ("comment", first["id"]), ("comment", second["id"])]
        assert [item["seq"] for item in page["items"]] == [1, 2, 3]
        assert (page["seq"], page["more"]) == (3, False)
        thread = service.nobody.get(f"/v1/articles/{article['id']}/comments").json()["items"]
        assert [item["comment"] for item in page["items"][1:]] == thread
        assert page["items"][0]["article"] == service.nobody.get(f"/v1/articles/{article['id']}").json()
        assert changes(service, article, 3) == {"items": [], "seq": 3, "more": False}

    def test_removal_of_a_leaf_is_told_though_no_thread_lists_it(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        words = "كلام سيُسحب"
        withdrawn = service.approved(member, moderator, article, words)
        removed = service.approved(member, moderator, article, "كلام سيُزال")
        seq = changes(service, article)["seq"]
        assert member.delete(f"/v1/comments/{withdrawn['id']}").status_code == 204
        moderator.post(f"/v1/comments/{removed['id']}/cases")
        assert service.decide(moderator, removed, "reject", reason="abuse").status_code == 201
        page = changes(service, article, seq)
        told = {item["comment"]["id"]: item for item in page["items"]}
        assert {key: item["comment"]["tombstone"] for key, item in told.items()} == {
            withdrawn["id"]: "withdrawn",
            removed["id"]: "removed",
        }
        for item in told.values():
            assert not item["listed"]
            assert (item["comment"]["author"], item["comment"]["body"], item["comment"]["revision"]) == (None,) * 3
        assert words not in service.nobody.get(f"/v1/articles/{article['id']}/changes?after=0").text

    def test_approval_taken_back_is_told_as_a_removal(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        comment = service.comment(member, article)
        decision = service.decide(moderator, comment).json()
        seq = changes(service, article)["seq"]
        taken_back = moderator.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert taken_back.status_code == 201, taken_back.text
        [item] = changes(service, article, seq)["items"]
        assert (item["comment"]["tombstone"], item["comment"]["status"], item["listed"]) == (
            "removed",
            "rejected",
            False,
        )

    def test_analysis_is_told_as_everybody_reads_it_and_as_gone_when_its_approval_is_taken_back(
        self, service: Service
    ) -> None:
        expert, editor, article = service.person("expert"), service.person("editor"), service.article()
        analysis = published(service, expert, editor, article)
        [item] = changes(service, article, 1)["items"]
        assert (item["type"], item["listed"]) == ("analysis", True)
        assert item["analysis"] == service.nobody.get(f"/v1/analyses/{analysis['id']}").json()
        decision = editor.get("/v1/moderation/decisions").json()["items"][0]
        taken_back = editor.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert taken_back.status_code == 201, taken_back.text
        [item] = changes(service, article, item["seq"])["items"]
        assert (item["analysis"], item["listed"]) == ({"id": analysis["id"], "tombstone": "removed"}, False)

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_client_that_goes_on_page_by_page_has_what_the_thread_shows(
        self, service: Service, member: Person, moderator: Person, limit: int
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        copy: dict[str, Any] = {}
        root = service.comment(member, article, "جذر")
        seq = followed(service, article, copy, 0, limit)
        replies = [service.comment(member, article, f"رد {n}", parent_id=root["id"]) for n in range(3)]
        seq = followed(service, article, copy, seq, limit)
        member.patch(f"/v1/comments/{replies[0]['id']}", {"body": "رد معدّل"})
        member.delete(f"/v1/comments/{replies[1]['id']}")
        member.delete(f"/v1/comments/{root['id']}")
        seq = followed(service, article, copy, seq, limit)
        thread = service.nobody.get(f"/v1/articles/{article['id']}/comments").json()["items"]
        assert copy == {item["id"]: item for item in thread}
        assert copy[root["id"]]["tombstone"] == "withdrawn"
        for reply in (replies[0], replies[2]):
            member.delete(f"/v1/comments/{reply['id']}")
        followed(service, article, copy, seq, limit)
        assert copy == {}

    def test_things_that_share_a_number_are_never_divided(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        root = service.comment(member, article, "جذر")
        reply = service.comment(member, article, "رد", parent_id=root["id"])
        page = changes(service, article, 0, limit=2)
        assert (names(page), page["seq"], page["more"]) == ([("article", article["id"])], 1, True)
        page = changes(service, article, 1, limit=1)
        assert set(names(page)) == {("comment", root["id"]), ("comment", reply["id"])}
        assert (page["seq"], page["more"]) == (3, False)

    def test_page_is_read_by_one_statement_for_each_type_of_thing(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        for number in range(4):
            service.comment(member, article, f"رأي {number}")
        with executed() as statements:
            assert len(changes(service, article)["items"]) == 5
        read = [said for said, _ in statements]
        assert len([said for said in read if "FROM changes" in said]) == 1
        assert len([said for said in read if "FROM comments" in said]) == 1
        assert len([said for said in read if "FROM comment_revisions" in said]) == 0


class TestNumber:
    @pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "٣", " 1", "1e3"])
    @pytest.mark.long_table
    def test_malformed_number_is_refused(self, service: Service, after: str) -> None:
        article = service.article()
        answer = service.nobody.get(f"/v1/articles/{article['id']}/changes?after={after}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/after")

    @pytest.mark.parametrize("after", [2, 2**31, 2**63 - 1])
    def test_number_that_was_never_given_resets_the_client(self, service: Service, after: int) -> None:
        assert changes(service, service.article(), after) == {"reset": True}


class TestReading:
    def test_page_is_kept_as_bytes_until_the_number_moves(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        path = f"/v1/articles/{article['slug']}/changes?after=0"
        first = service.nobody.get(path)
        assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
        assert service.nobody.get(path, If_None_Match=first.headers["etag"]).status_code == 304
        with executed() as statements:
            assert service.nobody.get(path).content == first.content
        assert not [said for said, _ in statements if "changes" in said]
        service.comment(member, article)
        assert len(service.nobody.get(path).json()["items"]) == 2
        own = member.get(path)
        assert (own.content, own.headers["cache-control"]) == (service.nobody.get(path).content, "private, no-store")
