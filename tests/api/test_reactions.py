"""Reactions: one of each kind, counted at once for who reacts and in steps for everybody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from forum.discussion.reactions import FOLD_INTERVAL, fold_reactions, take_back_reaction
from models.comments import ReactionKind
from tests.beside import beside
from tests.forum.discussion.public_view import public_view, thread
from tests.service import Person, Service

NONE = {"insightful": 0, "agree": 0, "disagree": 0}


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    return service.article(discussion={"moderation": "post"})


@pytest.fixture
def comment(service: Service, member: Person, article: Any) -> Any:
    """Give a public comment, after a fold, so that the next one is a whole interval away."""
    comment = service.comment(member, article, "رأي أول")
    react(member, comment)
    fold(service)
    react(member, comment, method="DELETE")
    service.clock.advance(FOLD_INTERVAL)
    fold(service)
    assert thread(service, article)[0]["reactions"] == NONE
    return comment


def react(who: Person, comment: Any, kind: str = "agree", method: str = "PUT") -> Any:
    """React, or take it back, and give the counts that the answer shows."""
    answer = who.send(method, f"/v1/comments/{comment['id']}/reactions/{kind}")
    assert answer.status_code == 200, answer.text
    return answer.json()["reactions"]


def fold(service: Service) -> None:
    """Let the work that comes round fold what is due."""
    assert service.client.portal is not None
    service.client.portal.call(service.app.state.chores.fold_reactions)


def seq_of(service: Service, article: Any) -> Any:
    """Give the number that an article stands at."""
    return service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"]


class TestReacting:
    def test_who_reacts_sees_the_count_at_once(self, service: Service, member: Person, comment: Any) -> None:
        other = service.person()
        assert react(member, comment, "agree") == NONE | {"agree": 1}
        assert react(other, comment, "agree") == NONE | {"agree": 2}
        assert react(other, comment, "insightful") == {"insightful": 1, "agree": 2, "disagree": 0}
        assert react(other, comment, "disagree") == {"insightful": 1, "agree": 2, "disagree": 1}
        assert react(member, comment, "agree", "DELETE") == {"insightful": 1, "agree": 1, "disagree": 1}

    def test_same_reaction_again_changes_nothing_and_neither_does_taking_back_none(
        self, service: Service, member: Person, comment: Any
    ) -> None:
        for _ in range(2):
            assert react(member, comment, "insightful") == NONE | {"insightful": 1}
        for _ in range(2):
            assert react(member, comment, "insightful", "DELETE") == NONE

    def test_answer_is_the_public_comment(self, service: Service, member: Person, comment: Any) -> None:
        answer = member.put(f"/v1/comments/{comment['id']}/reactions/agree")
        public = service.nobody.get(f"/v1/comments/{comment['id']}").json()
        assert answer.json() == public | {"reactions": NONE | {"agree": 1}}
        assert answer.headers["cache-control"] == "private, no-store"

    def test_reactions_are_for_members_and_for_public_comments(
        self, service: Service, member: Person, moderator: Person, comment: Any
    ) -> None:
        waiting = service.comment(member, service.article())
        for method in ("PUT", "DELETE"):
            assert service.nobody.send(method, f"/v1/comments/{comment['id']}/reactions/agree").status_code == 401
            assert member.send(method, f"/v1/comments/{uuid4()}/reactions/agree").status_code == 404
            assert member.send(method, f"/v1/comments/{comment['id']}/reactions/love").status_code == 422
            for who in (member, moderator):
                answer = who.send(method, f"/v1/comments/{waiting['id']}/reactions/agree")
                assert (answer.status_code, answer.json()["code"]) == (409, "parent_not_public")

    def test_reactions_make_no_version_stale(self, service: Service, member: Person, comment: Any) -> None:
        etag = member.get(f"/v1/comments/{comment['id']}").headers["etag"]
        react(service.person(), comment)
        service.clock.advance(FOLD_INTERVAL)
        fold(service)
        assert member.patch(f"/v1/comments/{comment['id']}", {"body": "رأي آخر"}, if_match=etag).status_code == 200


class TestFolding:
    def test_wave_of_reactions_shows_to_the_public_as_one_step(
        self, service: Service, member: Person, article: Any, comment: Any
    ) -> None:
        bystander = service.person()
        other = service.comment(member, article, "رأي ثان")
        before, seq = public_view(service, bystander, article, [comment, other]), seq_of(service, article)
        for who in (member, bystander, service.person()):
            react(who, comment, "agree")
        react(bystander, other, "insightful")
        react(bystander, other, "disagree")
        fold(service)
        assert public_view(service, bystander, article, [comment, other]) == before
        service.clock.advance(FOLD_INTERVAL)
        fold(service)
        assert seq_of(service, article) == seq + 1
        counts = {item["id"]: item["reactions"] for item in thread(service, article)}
        assert counts == {
            comment["id"]: NONE | {"agree": 3},
            other["id"]: {"insightful": 1, "agree": 0, "disagree": 1},
        }
        after = public_view(service, bystander, article, [comment, other])
        service.clock.advance(FOLD_INTERVAL)
        fold(service)
        assert public_view(service, bystander, article, [comment, other]) == after

    def test_article_is_folded_once_in_five_seconds_and_others_when_they_are_due(
        self, service: Service, member: Person, article: Any, comment: Any
    ) -> None:
        assert timedelta(seconds=5) == FOLD_INTERVAL
        react(member, comment)
        service.clock.advance(FOLD_INTERVAL - timedelta(milliseconds=1))
        elsewhere = service.article(discussion={"moderation": "post"})
        react(member, service.comment(member, elsewhere, "في مقال آخر"))
        seq = seq_of(service, article)
        fold(service)
        assert seq_of(service, article) == seq
        assert thread(service, elsewhere)[0]["reactions"] == NONE | {"agree": 1}
        service.clock.advance(timedelta(milliseconds=1))
        fold(service)
        assert seq_of(service, article) == seq + 1

    def test_reaction_taken_back_before_it_showed_is_no_change(
        self, service: Service, member: Person, article: Any, comment: Any
    ) -> None:
        bystander = service.person()
        before = public_view(service, bystander, article, [comment])
        react(bystander, comment)
        react(bystander, comment, method="DELETE")
        service.clock.advance(FOLD_INTERVAL)
        fold(service)
        assert public_view(service, bystander, article, [comment]) == before

    def test_reaction_to_what_went_meanwhile_is_no_change(
        self, service: Service, member: Person, article: Any, comment: Any
    ) -> None:
        react(service.person(), comment)
        member.delete(f"/v1/comments/{comment['id']}")
        seq = seq_of(service, article)
        service.clock.advance(FOLD_INTERVAL)
        fold(service)
        assert (seq_of(service, article), thread(service, article)) == (seq, [])

    def test_fold_beside_a_reaction_waits_for_it(
        self, service: Service, member: Person, article: Any, comment: Any
    ) -> None:
        react(member, comment)
        article_id, comment_id = UUID(article["id"]), UUID(comment["id"])

        def take_back(session: Session) -> None:
            kind, now = ReactionKind.AGREE, service.clock()
            take_back_reaction(session, comment_id, kind, user_id=UUID(str(member.id)), now=now)

        beside(service, take_back, lambda: service.write(fold_reactions, article_id, now=service.clock()))
        service.write(fold_reactions, article_id, now=service.clock())
        assert thread(service, article)[0]["reactions"] == NONE


class TestOwn:
    def test_own_reactions_below_an_article_are_listed_in_pages(
        self, service: Service, member: Person, article: Any, comment: Any
    ) -> None:
        other = service.comment(member, article, "رأي ثان")
        react(member, service.comment(member, service.article(discussion={"moderation": "post"}), "مقال آخر"))
        react(service.person(), comment, "disagree")
        for kind, where in (("insightful", comment), ("agree", comment), ("agree", other)):
            react(member, where, kind)
        first = member.get(f"/v1/me/reactions?article={article['id']}&limit=2")
        second = member.get(first.links["next"]["url"])
        assert first.json()["items"] + second.json()["items"] == [
            {"comment_id": comment["id"], "kind": "agree"},
            {"comment_id": comment["id"], "kind": "insightful"},
            {"comment_id": other["id"], "kind": "agree"},
        ]
        assert service.nobody.get(f"/v1/me/reactions?article={article['id']}").status_code == 401
        assert member.get(f"/v1/me/reactions?article={uuid4()}").status_code == 404
        assert member.get("/v1/me/reactions").status_code == 422
