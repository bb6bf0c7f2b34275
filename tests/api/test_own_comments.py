"""One's own comments in every state, and the author line that stays that of the day."""

from datetime import timedelta
from typing import Any

import pytest

from tests.forum.discussion.public_view import thread
from tests.service import Person, Service

NOTHING_DECLARED = {"interests": [], "none": True}


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def open_article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    return service.article(discussion={"moderation": "post"})


class TestOwn:
    def test_own_comments_are_listed_in_every_state_with_their_decision(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        verdicts = {"approve": None, "reject": "abuse", "spam": "advertising", "request_changes": "unsupported"}
        for verdict, reason in verdicts.items():
            comment = service.comment(member, article, f"تعليق {verdict}")
            service.decide(moderator, comment, verdict, reason=reason, note=None if reason is None else "السبب")
        service.comment(member, article, "ينتظر")
        member.delete(f"/v1/comments/{service.comment(member, article, 'مسحوب')['id']}")
        service.comment(service.person(), article, "لغيري")
        items = member.get("/v1/me/comments").json()["items"]
        assert [(item["body"], item["status"], item["tombstone"]) for item in items] == [
            ("مسحوب", "pending", "withdrawn"),
            ("ينتظر", "pending", None),
            ("تعليق request_changes", "changes_requested", None),
            ("تعليق spam", "spam", None),
            ("تعليق reject", "rejected", None),
            ("تعليق approve", "approved", None),
        ]
        decisions = [item["decision"] for item in items]
        assert decisions[:2] == [None, None]
        told = [(one["verdict"], one["reason"], one["note"], one["revision"]) for one in decisions[2:]]
        assert told == [
            ("request_changes", "unsupported", "السبب", 1),
            ("spam", "advertising", "السبب", 1),
            ("reject", "abuse", "السبب", 1),
            ("approve", None, None, 1),
        ]
        assert "by" not in decisions[2]
        assert [item["hold"] is not None for item in items] == [False, True, False, False, False, False]

    def test_list_pages_and_needs_a_name(self, service: Service, member: Person, article: Any) -> None:
        ids = [service.comment(member, article, f"تعليق {number}")["id"] for number in range(3)]
        first = member.get("/v1/me/comments?limit=2")
        second = member.get(first.links["next"]["url"])
        assert [item["id"] for item in first.json()["items"] + second.json()["items"]] == ids[::-1]
        stranger = service.person()
        assert stranger.get(first.links["next"]["url"]).json()["code"] == "cursor_invalid"
        assert service.nobody.get("/v1/me/comments").status_code == 401


class TestAuthorLine:
    def test_line_is_that_of_the_day_whatever_becomes_of_its_author(
        self, service: Service, moderator: Person, open_article: Any
    ) -> None:
        author = service.person("expert", display_name="ريم", title="باحثة", affiliation="مركز المياه")
        author.put(f"/v1/articles/{open_article['id']}/disclosure", NOTHING_DECLARED)
        comment = service.comment(author, open_article, "رأي الخبيرة")
        before = service.nobody.get(f"/v1/comments/{comment['id']}").json()
        assert before["author"] == {
            "id": str(author.id),
            "display_name": "ريم",
            "badges": ["expert"],
            "credential": {
                "title": "باحثة",
                "affiliation": "مركز المياه",
                "fields": [],
                "orcid": None,
                "verified_at": "2026-03-01T09:00:00.000000Z",
                "expires_at": None,
            },
        }
        service.clock.advance(timedelta(minutes=1))
        assert author.patch("/v1/me", {"display_name": "ريم الجديدة"}).status_code == 200
        admin, path = service.person("admin"), f"/v1/users/{author.id}"
        put = admin.put(f"{path}/roles", {"roles": ["moderator"]}, if_match=admin.get(path).headers["etag"])
        assert put.status_code == 200
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json() == before
        assert thread(service, open_article) == [before]
        later = service.comment(author, open_article, "رأي لاحق")["author"]
        assert (later["display_name"], later["badges"], later["credential"]) == ("ريم الجديدة", ["moderator"], None)
