"""Who holds articles and comments does so in one order and no more than needed, so that none wait in a circle."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from forum.discussion.posting import withdraw_comment
from forum.discussion.reactions import fold_reactions
from forum.discussion.threads import find_comment
from models.comments import Comment, Reaction, ReactionKind
from models.notifications import Subscription
from models.upserts import insert_once
from models.versions import ANY
from tests.beside import runs_in_a_circle, within
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


class TestSharing:
    """Who writes below something shares it until the commit, and waits for it alone only where that could refuse it."""

    def test_an_article_is_corrected_while_words_are_on_their_way(self, service: Service, line: list[Any]) -> None:
        editor, path = service.person("editor"), f"/v1/articles/{line[0]['article_id']}"
        etag = editor.get(path).headers["etag"]
        assert _beside_a_reply(service, line[0], lambda: editor.patch(path, {"title": "عنوان"}, if_match=etag)) == 200

    @pytest.mark.parametrize(("act", "body"), [("reports", {"reason": "abuse"}), ("cases", {"reason": "abuse"})])
    def test_words_are_put_up_for_a_look_while_they_are_answered(
        self, service: Service, moderator: Person, line: list[Any], act: str, body: Any
    ) -> None:
        path = f"/v1/comments/{line[0]['id']}/{act}"
        assert _beside_a_reply(service, line[0], lambda: moderator.post(path, body)) == 201

    def test_words_are_edited_while_they_are_answered(self, service: Service, member: Person, line: list[Any]) -> None:
        path = f"/v1/comments/{line[0]['id']}"
        assert (
            _beside_a_reply(service, line[0], lambda: member.send("PATCH", path, {"body": "آخر"}, if_match="*")) == 200
        )


def _beside_a_reply(service: Service, parent: Any, act: Callable[[], Any]) -> int:
    """Do something while a transaction shares the keys of an article and a comment, and give the status."""

    def replying(session: Session) -> None:
        followed = {
            "article_id": UUID(parent["article_id"]),
            "user_id": UUID(parent["author"]["id"]),
            "created_at": START,
        }
        insert_once(session, Subscription, followed)
        reacted = {"comment_id": UUID(parent["id"]), "kind": ReactionKind.AGREE}
        insert_once(session, Reaction, {**reacted, "user_id": UUID(parent["author"]["id"]), "created_at": START})
        find_comment(session, None, UUID(parent["id"]), is_held=True)

    status: int = within(service, replying, act).status_code
    return status


def _withdraw_beside(service: Service, comment_id: UUID, other: Any) -> list[str]:
    def hold(session: Session) -> None:
        session.get_one(Comment, comment_id, with_for_update=True)

    withdrawal = partial(withdraw_comment, comment_id=comment_id, expected=ANY, now=START)
    return runs_in_a_circle(service, hold, withdrawal, other)
