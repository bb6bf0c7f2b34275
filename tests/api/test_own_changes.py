"""What changed of one's own: each thing once, as it is now, never missed and never twice."""

import random
from typing import Any

import brotli
import psycopg
import pytest
from sqlalchemy import update
from sqlmodel import Session

from forum.demo_texts import ARTICLE
from models.following import PositionOrigin
from models.positions import keep_positions_rising
from tests.service import Person, Service, let_older_transactions_end

WORDS = sorted({word for text in (ARTICLE["body"], ARTICLE["title"]) for word in text.split()})


def words(number: int) -> str:
    """Write about 400 characters in an order of their own, which a compressor finds nowhere else."""
    chance, text = random.Random(number), ""
    while len(text) < 400:
        text += chance.choice(WORDS) + " "
    return text.strip()


def own_changes(person: Person, after: int = 0, *, is_at_once: bool = False, **query: int) -> Any:
    """Read a page of what changed of somebody's own, at once or once all that was written before is told."""
    named = "".join(f"&{name}={value}" for name, value in query.items())
    if not is_at_once:
        let_older_transactions_end(person)
    answer = person.get(f"/v1/me/changes?after={after}{named}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def comments(page: Any) -> list[Any]:
    """Give the comments of a page."""
    return [item["comment"] for item in page["items"] if item["type"] == "comment"]


def statuses(page: Any) -> dict[str, tuple[str, Any]]:
    """Give where the comments of a page stand, and what was decided about each."""
    return {
        comment["id"]: (comment["status"], (comment["decision"] or {}).get("verdict")) for comment in comments(page)
    }


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article."""
    return service.article()


class TestPage:
    def test_post_edit_decision_and_withdrawal_are_told_each_in_its_turn(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        first, second = (service.comment(member, article, f"رأي {number}") for number in range(2))
        page = own_changes(member)
        assert statuses(page) == {first["id"]: ("pending", None), second["id"]: ("pending", None)}
        assert comments(page) == member.get("/v1/me/comments").json()["items"][::-1]
        service.decide(moderator, first)
        page = own_changes(member, page["seq"])
        assert statuses(page) == {first["id"]: ("approved", "approve")}
        member.patch(f"/v1/comments/{first['id']}", {"body": "صيغة ثانية"})
        page = own_changes(member, page["seq"])
        assert comments(page)[0]["waiting"]["body"] == "صيغة ثانية"
        service.decide(moderator, first, "reject", reason="other")
        page = own_changes(member, page["seq"])
        assert statuses(page) == {first["id"]: ("approved", "reject")}
        member.delete(f"/v1/comments/{second['id']}")
        page = own_changes(member, page["seq"])
        assert comments(page)[0]["tombstone"] == "withdrawn"
        assert own_changes(member, page["seq"])["items"] == []
        assert len(comments(own_changes(member))) == 2

    def test_words_of_others_and_their_reports_are_not_told(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "رأي")
        seq = own_changes(member)["seq"]
        other = service.person()
        assert other.post(f"/v1/comments/{comment['id']}/reports", {"reason": "abuse"}).status_code == 201
        service.approved(other, moderator, article, "رد", parent_id=comment["id"])
        assert comments(own_changes(member, seq)) == []
        assert len(comments(own_changes(other))) == 1

    def test_declaration_that_lets_words_go_on_is_told(self, service: Service, article: Any) -> None:
        expert = service.person("expert")
        service.comment(expert, article)
        page = own_changes(expert)
        assert "disclosure_missing" in comments(page)[0]["hold"]["codes"]
        expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True})
        page = own_changes(expert, page["seq"])
        assert comments(page)[0]["hold"]["codes"] == ["pre_moderation"]

    def test_notification_is_told_when_it_comes_and_when_it_was_read(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        service.approved(member, moderator, article, "رأي")
        told = member.get("/v1/me/notifications").json()["items"]
        page = own_changes(member)
        assert [item["notification"] for item in page["items"] if item["type"] == "notification"] == told
        assert told
        member.post("/v1/me/notifications/read", {"ids": [told[0]["id"]]})
        [item] = own_changes(member, page["seq"])["items"]
        assert (item["notification"]["id"], item["notification"]["read_at"] is None) == (told[0]["id"], False)

    def test_notification_about_words_that_went_away_is_told_as_gone(
        self, service: Service, member: Person, article: Any
    ) -> None:
        editor, other = service.person("editor"), service.person()
        editor.patch(f"/v1/articles/{article['id']}", {"discussion": {"moderation": "post"}})
        comment = service.comment(member, article, "رأي")
        reply = service.comment(other, article, "رد", parent_id=comment["id"])
        [item] = [item for item in own_changes(member)["items"] if item["type"] == "notification"]
        other.delete(f"/v1/comments/{reply['id']}")
        [gone] = [item for item in own_changes(member)["items"] if item["type"] == "notification"]
        assert gone["notification"] == {"id": item["notification"]["id"], "tombstone": "removed"}

    def test_pages_hold_everything_once(self, service: Service, member: Person, article: Any) -> None:
        posted = [service.comment(member, article, f"رأي {number}")["id"] for number in range(5)]
        found, after, more = [], 0, True
        while more:
            page = own_changes(member, after, limit=2)
            found += [item["comment"]["id"] for item in page["items"]]
            after, more = page["seq"], page["more"]
        assert found == posted

    @pytest.mark.parametrize("after", ["x", "-1", ""])
    def test_malformed_number_is_refused(self, member: Person, after: str) -> None:
        assert member.get(f"/v1/me/changes?after={after}").status_code == 422

    def test_number_that_was_never_given_resets_the_client(self, member: Person) -> None:
        assert own_changes(member, 2**63 - 1) == {"reset": True}

    def test_twenty_comments_fit_a_phone_on_a_bad_network(self, service: Service, member: Person, article: Any) -> None:
        for number in range(20):
            service.comment(member, article, words(number))
        let_older_transactions_end(member)
        with service.client.stream(
            "GET", "/v1/me/changes?after=0&limit=20", headers={**member.headers, "Accept-Encoding": "br"}
        ) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "br"
        assert len(brotli.decompress(raw)) > 20 * 400 * 2
        assert len(raw) < 15_000

    def test_codings_in_two_lines_are_one_list(self, service: Service, member: Person, article: Any) -> None:
        service.comment(member, article, words(1))
        let_older_transactions_end(member)
        lines = [("Accept-Encoding", "identity;q=0.5"), ("Accept-Encoding", "br"), *member.headers.items()]
        answer = member.client.get("/v1/me/changes?after=0", headers=lines)
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "br")


class TestOrder:
    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_change_that_commits_late_is_told_after_all(self, service: Service, member: Person, article: Any) -> None:
        slow, fast = (service.comment(member, article, f"رأي {number}") for number in range(2))
        seq = own_changes(member)["seq"]
        with psycopg.connect(service.settings.database_url) as late:
            late.execute("UPDATE comments SET status = 'spam' WHERE id = %s", [slow["id"]])
            member.delete(f"/v1/comments/{fast['id']}")
            meanwhile = own_changes(member, seq, is_at_once=True)
            assert meanwhile["items"] == []
        page = own_changes(member, meanwhile["seq"])
        assert [item["comment"]["id"] for item in page["items"]] == [slow["id"], fast["id"]]
        assert own_changes(member, page["seq"])["items"] == []

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_positions_rise_after_a_move_to_a_server_with_lower_numbers(
        self, service: Service, member: Person, article: Any
    ) -> None:
        comment = service.comment(member, article)

        def move(session: Session) -> None:
            session.execute(update(PositionOrigin).values(origin=10**9))

        service.write(move)
        service.comment(member, article, "قبل النقل")
        service.write(lambda session: session.execute(update(PositionOrigin).values(origin=0)) and None)
        service.write(keep_positions_rising)
        seq = own_changes(member)["seq"]
        member.delete(f"/v1/comments/{comment['id']}")
        assert [item["comment"]["id"] for item in own_changes(member, seq)["items"]] == [comment["id"]]
        assert len(own_changes(member)["items"]) == 2
