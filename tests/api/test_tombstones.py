"""Tombstones and depth: what stays of words that went, and where replies stand below the deepest."""

from typing import Any

import pytest

from tests.forum.discussion.public_view import SORTS, thread
from tests.recount import differences
from tests.service import Person, Service


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def open_article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    return service.article(discussion={"moderation": "post"})


def shape(items: list[Any]) -> list[tuple[str | None, int, str | None]]:
    """Give body, depth and tombstone of each comment of a thread."""
    return [(item["body"], item["depth"], item["tombstone"]) for item in items]


class TestTombstones:
    def test_withdrawn_and_removed_words_stay_as_tombstones_over_visible_replies(
        self, service: Service, member: Person, moderator: Person, open_article: Any
    ) -> None:
        withdrawn = service.comment(member, open_article, "سأسحبه")
        removed = service.comment(member, open_article, "سيُزال", kind="question")
        for above in (withdrawn, removed):
            service.comment(moderator, open_article, f"رد على {above['body']}", parent_id=above["id"])
        assert member.delete(f"/v1/comments/{withdrawn['id']}").status_code == 204
        moderator.post(f"/v1/comments/{removed['id']}/cases")
        assert service.decide(moderator, removed, "spam", reason="spam").status_code == 201
        items = thread(service, open_article)
        assert shape(items) == [
            (None, 0, "withdrawn"),
            ("رد على سأسحبه", 1, None),
            (None, 0, "removed"),
            ("رد على سيُزال", 1, None),
        ]
        for stone in (items[0], items[2]):
            gone = ("author", "body", "body_html", "language", "direction", "revision", "quote", "kind", "disclosure")
            assert [stone[name] for name in gone] == [None] * len(gone)
            assert (set(stone), stone["reply_count"]) == (set(items[1]), 1)
        assert items[2]["status"] == "rejected", "which verdict removed it is not told"
        raw = service.nobody.get(f"/v1/articles/{open_article['id']}/comments").text
        assert str(member.id) not in raw
        assert service.nobody.get(f"/v1/articles/{open_article['id']}").json()["counts"]["comments"] == 2

    def test_tombstone_is_not_found_by_itself_but_for_author_and_moderators(
        self, service: Service, member: Person, moderator: Person, open_article: Any
    ) -> None:
        stranger = service.person(display_name="غريب")
        comment = service.comment(member, open_article, "سأسحبه")
        service.comment(stranger, open_article, "رد", parent_id=comment["id"])
        member.delete(f"/v1/comments/{comment['id']}")
        path = f"/v1/comments/{comment['id']}"
        for who in (service.nobody, stranger):
            assert [who.get(path + more).status_code for more in ("", "/replies", "/revisions")] == [404, 404, 404]
        for who in (member, moderator):
            assert (who.get(path).json()["body"], who.get(path).json()["tombstone"]) == ("سأسحبه", "withdrawn")

    def test_chain_of_tombstones_goes_with_its_last_visible_reply_and_comes_back(
        self, service: Service, member: Person, moderator: Person, open_article: Any
    ) -> None:
        chain = [service.comment(member, open_article, "level 0")]
        for number in range(1, 4):
            chain.append(service.comment(member, open_article, f"level {number}", parent_id=chain[-1]["id"]))
        for comment in chain[:2]:
            member.delete(f"/v1/comments/{comment['id']}")
        moderator.post(f"/v1/comments/{chain[2]['id']}/cases")
        service.decide(moderator, chain[2], "reject", reason="abuse")
        stones = [(None, 0, "withdrawn"), (None, 1, "withdrawn"), (None, 2, "removed")]
        assert shape(thread(service, open_article)) == [*stones, ("level 3", 3, None)]
        moderator.post(f"/v1/comments/{chain[3]['id']}/cases")
        service.decide(moderator, chain[3], "reject", reason="abuse")
        for sort in SORTS:
            assert thread(service, open_article, sort) == []
        moderator.post(f"/v1/comments/{chain[3]['id']}/cases")
        service.decide(moderator, chain[3], "approve")
        for sort in SORTS:
            assert shape(thread(service, open_article, sort)) == [*stones, ("level 3", 3, None)]
        member.delete(f"/v1/comments/{chain[3]['id']}")
        assert thread(service, open_article) == []

    def test_reply_approved_under_words_that_went_meanwhile_brings_their_tombstone(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        above = service.approved(member, moderator, article, "سأسحبه")
        reply = service.comment(moderator, article, "رد", parent_id=above["id"])
        member.delete(f"/v1/comments/{above['id']}")
        assert thread(service, article) == []
        assert service.decide(service.person("editor"), reply).status_code == 201
        assert shape(thread(service, article)) == [(None, 0, "withdrawn"), ("رد", 1, None)]

    @pytest.mark.parametrize("withdrawn", [False, True], ids=["removed", "withdrawn"])
    def test_reply_approved_under_words_that_no_longer_count_as_public_brings_their_tombstone(
        self, service: Service, member: Person, moderator: Person, article: Any, withdrawn: bool
    ) -> None:
        above = service.comment(member, article, "عُلّقت من جديد")
        approval = service.decide(moderator, above).json()
        reply = service.comment(service.person(), article, "رد", parent_id=above["id"])
        reversal = f"/v1/moderation/decisions/{approval['id']}/reversal"
        assert moderator.post(reversal, {"reason": "other"}).status_code == 201
        path = f"/v1/comments/{above['id']}"
        if withdrawn:
            assert member.delete(path).status_code == 204
        assert service.decide(service.person("editor"), reply).status_code == 201
        tombstone = "withdrawn" if withdrawn else "removed"
        stone, shown = thread(service, article)
        assert shape([stone, shown]) == [(None, 0, tombstone), ("رد", 1, None)]
        assert [stone[name] for name in ("author", "body_html", "revision", "published_at")] == [None] * 4
        assert (stone["id"], shown["parent_id"], stone["reply_count"]) == (above["id"], above["id"], 1)
        for sort in SORTS:
            assert thread(service, article, sort) == [stone, shown]
            pages = [service.nobody.get(f"/v1/articles/{article['id']}/comments?limit=1&sort={sort}").json()]
            pages.append(
                service.nobody.get(
                    f"/v1/articles/{article['id']}/comments?limit=1&sort={sort}&cursor={pages[0]['next']}"
                ).json()
            )
            assert [page["items"] for page in pages] == [[stone], [shown]]
        changes = service.nobody.get(f"/v1/articles/{article['id']}/changes?after=0").json()["items"]
        assert {change["comment"]["id"]: change["comment"] for change in changes if change["type"] == "comment"} == {
            stone["id"]: stone,
            shown["id"]: shown,
        }
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]["comments"] == 1
        assert [service.nobody.get(path + more).status_code for more in ("", "/replies", "/revisions")] == [404] * 3
        assert member.get(path).json()["status"] == "pending"
        assert service.read(differences) == []

    def test_what_is_edited_under_a_tombstone_is_what_is_decided_about(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        above = service.comment(member, article, "النص الأول")
        approval = service.decide(moderator, above).json()
        service.approved(service.person(), moderator, article, "رد", parent_id=above["id"])
        path = f"/v1/comments/{above['id']}"
        moderator.post(f"/v1/moderation/decisions/{approval['id']}/reversal", {"reason": "other"})
        assert member.patch(path, {"body": "النص الثاني"}).status_code == 200
        assert service.decide(moderator, above, "reject", reason="abuse").status_code == 201
        assert shape(thread(service, article)) == [(None, 0, "removed"), ("رد", 1, None)]
        look = moderator.post(f"{path}/cases").json()
        assert (look["subject"]["revision"], look["subject"]["body"]) == (2, "النص الثاني")
        assert service.decide(moderator, above).status_code == 201
        assert shape(thread(service, article)) == [("النص الثاني", 0, None), ("رد", 1, None)]
        assert service.read(differences) == []


class TestDepth:
    def test_reply_to_the_deepest_stands_beside_it_and_names_it(
        self, service: Service, member: Person, open_article: Any
    ) -> None:
        chain = [service.comment(member, open_article, "level 0")]
        for number in range(1, 9):
            chain.append(service.comment(member, open_article, f"level {number}", parent_id=chain[-1]["id"]))
        assert [comment["depth"] for comment in chain] == list(range(9))
        beside = service.comment(member, open_article, "beside", parent_id=chain[8]["id"])
        answer = member.post(f"/v1/comments/{beside['id']}/replies", {"body": "again"}).json()
        for reply, named in ((beside, chain[8]), (answer, beside)):
            assert (reply["depth"], reply["parent_id"], reply["in_reply_to"], reply["root_id"]) == (
                8,
                chain[7]["id"],
                named["id"],
                chain[0]["id"],
            )
        assert all(comment["in_reply_to"] is None for comment in chain)
        items = thread(service, open_article)
        assert [item["body"] for item in items] == [*(f"level {number}" for number in range(9)), "beside", "again"]
        assert [item["reply_count"] for item in items] == [1] * 7 + [3, 0, 0, 0]
        shown = service.nobody.get(f"/v1/comments/{chain[7]['id']}/replies").json()["items"]
        assert [item["body"] for item in shown] == ["level 8", "beside", "again"]
