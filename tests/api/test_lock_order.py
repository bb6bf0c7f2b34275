"""Whoever holds several comments holds them in one order, so that no two wait for each other in a circle."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from forum.discussion.posting import withdraw_comment
from forum.discussion.reactions import fold_reactions
from models.comments import Comment
from models.versions import ANY
from tests.beside import runs_in_a_circle
from tests.recount import differences
from tests.service import START, Person, Service


@pytest.fixture
def line(service: Service, member: Person) -> list[Any]:
    """Give a root, a reply to it and a reply to that, all public; the first reply was edited after all were written."""
    article = service.article(discussion={"moderation": "post"})
    comments: list[Any] = []
    for body in ("أصل", "رد", "رد على الرد"):
        above = {"parent_id": comments[-1]["id"]} if comments else {}
        comments.append(service.comment(member, article, body, **above))
    assert member.patch(f"/v1/comments/{comments[1]['id']}", {"body": "رد آخر"}).status_code == 200
    return comments


class TestOrder:
    def test_words_are_withdrawn_while_those_that_they_answer_are(self, service: Service, line: list[Any]) -> None:
        _, middle, last = (UUID(comment["id"]) for comment in line)
        withdrawal = partial(withdraw_comment, comment_id=last, expected=ANY, now=START)
        assert _withdraw_beside(service, middle, withdrawal) == ["first", "second"]
        assert service.read(differences) == []

    def test_reactions_are_folded_while_words_are_withdrawn(
        self, service: Service, member: Person, line: list[Any]
    ) -> None:
        root, middle, _ = (UUID(comment["id"]) for comment in line)
        for comment_id in (root, middle):
            assert member.put(f"/v1/comments/{comment_id}/reactions/agree").status_code == 200
        folding = partial(fold_reactions, article_id=UUID(line[0]["article_id"]), now=START)
        assert _withdraw_beside(service, middle, folding) == ["first", "second"]
        assert service.nobody.get(f"/v1/comments/{root}").json()["reactions"]["agree"] == 1


def _withdraw_beside(service: Service, comment_id: UUID, other: Any) -> list[str]:
    def hold(session: Session) -> None:
        session.get_one(Comment, comment_id, with_for_update=True)

    withdrawal = partial(withdraw_comment, comment_id=comment_id, expected=ANY, now=START)
    return runs_in_a_circle(service, hold, withdrawal, other)
