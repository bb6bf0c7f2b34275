"""Closing: by hand and by time, which refuses at once and is written when due."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from auth.identity import Identity
from forum.analyses.retracting import retract_analysis
from forum.articles import change_article, has_due, hold_discussion
from forum.discussion.posting import withdraw_comment
from forum.discussion.threads import find_comment
from forum.moderation.decisions import Ruling, decide
from forum.moderation.reversals import Retraction, reverse
from models.articles import DiscussionState
from models.cases import Reason, Verdict
from models.users import Role
from models.versions import ANY
from tests.api.analyses import published
from tests.beside import A_WHILE, PATIENCE, Verb, beside, runs_in_a_circle
from tests.plans import plans
from tests.service import START, Person, Service


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="هيئة التحرير")


def test_discussions_to_close_are_looked_for_among_the_open_ones(service: Service, engine: str) -> None:
    def look(session: Session) -> None:
        has_due(session, now=START)

    (plan,) = service.read(plans, look)
    assert (
        "INDEX ix_articles_open_closes_at (closes_at<?)" if engine == "sqlite" else "ix_articles_open_closes_at"
    ) in plan
    assert "SCAN articles" not in plan


class TestClosing:
    def close_due(self, service: Service) -> None:
        assert service.client.portal is not None
        service.client.portal.call(service.app.state.chores.close_discussions)

    def test_time_to_close_refuses_at_once_and_is_written_when_due(self, service: Service, member: Person) -> None:
        closes_at = (START + timedelta(minutes=5)).isoformat()
        article = service.article(discussion={"closes_at": closes_at, "moderation": "post"})
        path, thread = f"/v1/articles/{article['id']}", f"/v1/articles/{article['id']}/comments"
        comment = service.comment(member, article)
        service.clock.advance(timedelta(minutes=4, seconds=59))
        service.comment(member, article, "قبل الإغلاق بثانية")
        self.close_due(service)
        before = service.nobody.get(path).json()
        assert before["discussion"]["state"] == "open"
        service.clock.advance(timedelta(seconds=1))
        for answer in (
            member.post(thread, {"body": "بعده"}),
            member.post(f"/v1/comments/{comment['id']}/replies", {"body": "بعده"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "discussion_closed")
        self.close_due(service)
        after = service.nobody.get(path).json()
        assert after == before | {"discussion": before["discussion"] | {"state": "closed"}, "seq": before["seq"] + 1}
        self.close_due(service)
        assert service.nobody.get(path).json() == after

    def test_closed_discussion_takes_nothing_until_it_is_opened_again(
        self, service: Service, editor: Person, member: Person
    ) -> None:
        article = service.article(editor, discussion={"state": "closed"})
        path = f"/v1/articles/{article['id']}"
        assert member.post(f"{path}/comments", {"body": "رأي"}).json()["code"] == "discussion_closed"
        editor.patch(path, {"discussion": {"state": "open"}})
        assert member.post(f"{path}/comments", {"body": "رأي"}).status_code == 201


def answer_of_a_late_comer(service: Service, passing: Verb, waiting: Verb, come: Callable[[], Any]) -> Any:
    """Let somebody come while another waits for who has passed, and give the answer."""
    with ThreadPoolExecutor(1) as pool:
        late: list[Future[Any]] = []

        def let_another_come(_: Session) -> None:
            sleep(A_WHILE)
            late.append(pool.submit(come))
            sleep(A_WHILE)

        runs_in_a_circle(service, passing, let_another_come, waiting)
        return late[0].result(PATIENCE)


class TestBeside:
    """Writing while the place for it is being closed."""

    def test_nothing_goes_past_the_closing_of_a_discussion(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})

        def closing(session: Session) -> None:
            values = {"discussion_state": DiscussionState.CLOSED}
            change_article(session, UUID(article["id"]), values, slug=None, expected=ANY, now=service.clock())

        path = f"/v1/articles/{article['id']}/comments"
        answer = beside(service, closing, lambda: member.post(path, {"body": "رأي"}))
        assert (answer.status_code, answer.json()["code"]) == (409, "discussion_closed")

    def test_words_that_come_while_somebody_waits_to_close_do_not_hold_that_up(
        self, service: Service, member: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        article_id, path = UUID(article["id"]), f"/v1/articles/{article['id']}/comments"
        values = {"discussion_state": DiscussionState.CLOSED}
        closing = partial(
            change_article, article_id=article_id, values=values, slug=None, expected=ANY, now=service.clock()
        )
        passing = partial(hold_discussion, article_id=article_id)
        answer = answer_of_a_late_comer(service, passing, closing, lambda: member.post(path, {"body": "رأي"}))
        assert answer.json()["code"] == "discussion_closed"

    def test_nothing_goes_past_the_retraction_of_an_analysis(
        self, service: Service, member: Person, editor: Person
    ) -> None:
        analysis = published(service, service.person("expert"), editor, service.article(editor))
        identity = Identity(uuid4(), uuid4(), frozenset(), "", "ar")

        def retracting(session: Session) -> None:
            retract_analysis(session, UUID(analysis["id"]), "خطأ", identity=identity, now=service.clock())

        path, body = f"/v1/articles/{analysis['article_id']}/comments", {"body": "رأي", "analysis_id": analysis["id"]}
        answer = beside(service, retracting, lambda: member.post(path, body))
        assert (answer.status_code, answer.json()["code"]) == (409, "discussion_closed")

    def test_no_reply_goes_past_the_withdrawal_of_what_it_answers(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(service.person(), article)

        def withdrawing(session: Session) -> None:
            withdraw_comment(session, UUID(comment["id"]), expected=ANY, now=service.clock())

        path = f"/v1/comments/{comment['id']}/replies"
        assert beside(service, withdrawing, lambda: member.post(path, {"body": "رد"})).status_code == 404
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]["comments"] == 0

    def test_replies_that_come_while_a_withdrawal_waits_do_not_hold_it_up(
        self, service: Service, member: Person
    ) -> None:
        comment = service.comment(service.person(), service.article(discussion={"moderation": "post"}))
        comment_id, path = UUID(comment["id"]), f"/v1/comments/{comment['id']}/replies"
        withdrawal = partial(withdraw_comment, comment_id=comment_id, expected=ANY, now=service.clock())
        answering = partial(find_comment, viewer=None, comment_id=comment_id, is_held=True)
        answer = answer_of_a_late_comer(service, answering, withdrawal, lambda: member.post(path, {"body": "رد"}))
        assert answer.status_code == 404

    @pytest.mark.parametrize("is_reversal", [False, True])
    def test_no_reply_goes_past_the_removal_of_what_it_answers(
        self, service: Service, member: Person, moderator: Person, is_reversal: bool
    ) -> None:
        comment = service.comment(service.person(), service.article())
        decision_id = UUID(service.decide(moderator, comment).json()["id"])
        case_id = UUID(moderator.post(f"/v1/comments/{comment['id']}/cases").json()["id"])
        assert moderator.id is not None
        by: Any = {
            "identity": Identity(moderator.id, uuid4(), frozenset({Role.EDITOR}), "", "ar"),
            "now": service.clock(),
        }

        def removing(session: Session) -> None:
            if is_reversal:
                reverse(session, decision_id, Retraction(Reason.OTHER), **by)
            else:
                decide(session, case_id, Ruling(Verdict.REJECT, 1, Reason.OTHER), **by)

        path = f"/v1/comments/{comment['id']}/replies"
        assert beside(service, removing, lambda: member.post(path, {"body": "رد"})).status_code == 404
