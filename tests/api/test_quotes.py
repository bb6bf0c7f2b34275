"""Quotes carry the place of their passage: from when they are written, through every change of the article."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from forum.discussion.quotes import anchor, keep_anchored, move_anchors, quoted_text, quotes_from
from forum.publishing import ANCHORING
from models.errors import Stale
from models.publication import OutboxJob
from tests.api.analyses import published
from tests.beside import meeting
from tests.forum.discussion.public_view import thread
from tests.service import Person, Service

BODY = "# الماء\n\nقالت **الوزارة** إن منسوب السدود انخفض & لم يرتفع منذ سنوات.\n\nوقال المزارعون إن الأرقام قديمة."
SHOWN = "الماء\nقالت الوزارة إن منسوب السدود انخفض & لم يرتفع منذ سنوات.\nوقال المزارعون إن الأرقام قديمة.\n"
PASSAGE = "الوزارة إن منسوب السدود انخفض"
QUOTE = {"exact": PASSAGE, "prefix": "قالت ", "suffix": " & لم يرتفع منذ سنوات."}
MOST_LOOKS = 500
ORPHANED = {"start": None, "end": None, "orphaned": True}


def standing(passage: str, shown: str) -> dict[str, Any]:
    """Give the anchor of a passage that stands in a text."""
    start = shown.index(passage)
    return {"start": start, "end": start + len(passage), "orphaned": False}


def deliver(service: Service) -> None:
    """Let the work that follows changes be done, by whom it may have been begun."""
    assert service.client.portal is not None
    waiting = select(OutboxJob.id).where(OutboxJob.kind == ANCHORING)
    for _ in range(MOST_LOOKS):
        service.client.portal.call(service.app.state.chores.deliver)
        if service.read(lambda session: session.exec(waiting).first()) is None:
            return
        sleep(0.02)
    pytest.fail("quotes are still to be looked for")


def change(service: Service, article: Any, body: str) -> None:
    """Change an article's text, and let the work that follows be done."""
    path = f"/v1/articles/{article['id']}"
    assert service.person("editor").patch(path, {"body": body}).status_code == 200
    deliver(service)


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    return service.article(body=BODY, discussion={"moderation": "post"})


class TestWriting:
    def test_quote_comes_back_with_its_place_in_what_readers_see(
        self, service: Service, member: Person, article: Any
    ) -> None:
        own = service.comment(member, article, quote=QUOTE)
        assert own["anchor"] == standing(PASSAGE, SHOWN)
        [shown] = thread(service, article)
        assert (shown["quote"], shown["anchor"]) == (QUOTE, own["anchor"])
        assert service.nobody.get(f"/v1/comments/{own['id']}").json()["anchor"] == own["anchor"]
        reply = member.post(f"/v1/comments/{own['id']}/replies", {"body": "رد", "quote": {"exact": "الأرقام"}}).json()
        assert reply["anchor"] == standing("الأرقام", SHOWN)
        assert service.comment(member, article, "بلا اقتباس")["anchor"] is None

    def test_two_who_quote_one_article_at_once_do_not_wait_for_each_other_in_a_circle(self, service: Service) -> None:
        article = service.article(body=BODY)
        people = [service.person() for _ in range(2)]
        database = service.app.state.services.database
        with meeting(database, r"SELECT articles\.version ") as looks, ThreadPoolExecutor(2) as pool:
            posts = [pool.submit(service.comment, person, article, quote=QUOTE) for person in people]
            assert [post.result()["anchor"] for post in posts] == [standing(PASSAGE, SHOWN)] * 2
        assert len(looks) == 2

    def test_quote_of_an_older_copy_is_kept_and_said_to_be_orphaned(
        self, service: Service, member: Person, article: Any
    ) -> None:
        quote = {"exact": "جملة لم تعد في المقال", "prefix": "", "suffix": ""}
        comment = service.comment(member, article, quote=quote)
        assert (comment["quote"], comment["anchor"]) == (quote, ORPHANED)

    def test_edit_keeps_the_quote_or_brings_another_or_drops_it(
        self, service: Service, member: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, quote=QUOTE)
        path = f"/v1/comments/{comment['id']}"
        assert member.patch(path, {"body": "كلام آخر"}).json()["anchor"] == comment["anchor"]
        other = member.patch(path, {"body": "كلام ثالث", "quote": {"exact": "الأرقام قديمة"}}).json()
        assert other["anchor"] == standing("الأرقام قديمة", SHOWN)
        dropped = member.patch(path, {"body": "كلام رابع", "quote": None}).json()
        assert (dropped["quote"], dropped["anchor"]) == (None, None)

    def test_tombstone_shows_no_anchor(self, service: Service, member: Person, article: Any) -> None:
        comment = service.comment(member, article, quote=QUOTE)
        member.post(f"/v1/comments/{comment['id']}/replies", {"body": "رد"})
        member.delete(f"/v1/comments/{comment['id']}")
        assert [item["anchor"] for item in thread(service, article)] == [None, None]


class TestChangedArticle:
    def test_anchor_follows_the_text_and_each_move_is_a_change_that_readers_learn_of(
        self, service: Service, member: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, quote=QUOTE)
        untouched = service.comment(member, article, "آخر", quote={"exact": "الماء"})
        before = service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"]
        change(service, article, BODY.replace("منذ سنوات", "منذ ثلاثة مواسم").replace("قالت", "ثم قالت"))
        later = SHOWN.replace("قالت", "ثم قالت")
        places = {item["id"]: item["anchor"] for item in thread(service, article)}
        assert places == {comment["id"]: standing(PASSAGE, later), untouched["id"]: untouched["anchor"]}
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"] == before + 2
        change(service, article, "لم يبق من النص شيء غير الماء.")
        assert [item["anchor"]["orphaned"] for item in thread(service, article)] == [True, False]
        change(service, article, BODY)
        assert [item["anchor"] for item in thread(service, article)] == [comment["anchor"], untouched["anchor"]]

    def test_anchor_below_an_analysis_follows_the_revision_that_is_public(
        self, service: Service, member: Person, article: Any
    ) -> None:
        expert, editor = service.person("expert"), service.person("editor")
        analysis = published(service, expert, editor, article, body=BODY)
        values = {"quote": QUOTE, "analysis_id": analysis["id"]}
        comment = service.comment(member, article, **values)
        assert comment["anchor"] == standing(PASSAGE, SHOWN)
        path, thread_path = f"/v1/analyses/{analysis['id']}", f"/v1/analyses/{analysis['id']}/comments"
        assert expert.patch(path, {"body": f"سطر جديد.\n\n{BODY}"}).status_code == 200
        deliver(service)
        assert service.nobody.get(thread_path).json()["items"][0]["anchor"] == comment["anchor"]
        service.decide(editor, analysis)
        deliver(service)
        assert service.nobody.get(thread_path).json()["items"][0]["anchor"] == standing(PASSAGE, f"سطر جديد.\n{SHOWN}")

    def test_waiting_comment_is_anchored_again_without_a_change_for_the_public(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article(body=BODY)
        comment = service.comment(member, article, quote=QUOTE)
        path = f"/v1/articles/{article['id']}"
        before = service.nobody.get(path).json()["seq"]
        change(service, article, f"سطر جديد.\n\n{BODY}")
        assert service.nobody.get(path).json()["seq"] == before + 1
        service.decide(moderator, comment)
        [shown] = thread(service, article)
        assert shown["anchor"] == standing(PASSAGE, f"سطر جديد.\n{SHOWN}")

    def test_quote_of_an_edit_that_waits_moves_without_a_change_for_the_public(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article(body=BODY)
        comment = service.approved(member, moderator, article, "بلا اقتباس")
        edited = member.patch(f"/v1/comments/{comment['id']}", {"body": "مع اقتباس", "quote": QUOTE})
        assert edited.json()["waiting"]
        before = service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"]
        change(service, article, f"سطر جديد.\n\n{BODY}")
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"] == before + 1
        service.decide(moderator, comment)
        assert [item["anchor"] for item in thread(service, article)] == [standing(PASSAGE, f"سطر جديد.\n{SHOWN}")]

    def test_change_that_leaves_the_text_alone_orders_nothing(
        self, service: Service, member: Person, article: Any
    ) -> None:
        service.comment(member, article, quote=QUOTE)
        seq = service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"]
        service.person("editor").patch(f"/v1/articles/{article['id']}", {"title": "عنوان آخر"})
        deliver(service)
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["seq"] == seq + 1


class TestRaces:
    def test_quote_written_while_its_text_changed_is_looked_for_again(
        self, service: Service, member: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, quote=QUOTE)
        article_id = UUID(article["id"])
        standing_text = service.read(quoted_text, article_id)
        for text, jobs in ((standing_text, 0), (standing_text._replace(version=standing_text.version - 1), 1)):
            service.write(keep_anchored, anchor(text, QUOTE), now=service.clock())
            orders = service.read(lambda session: session.exec(select(OutboxJob.payload)).all())
            assert orders == [{"text_id": article["id"]}] * jobs
        assert comment["anchor"] == anchor(standing_text, QUOTE).place

    def test_places_found_in_a_text_that_changed_meanwhile_are_not_written(
        self, service: Service, member: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, quote=QUOTE)
        text = service.read(quoted_text, UUID(article["id"]))
        [quote] = service.read(quotes_from, text.text_id)
        with pytest.raises(Stale):
            service.write(
                move_anchors,
                text._replace(version=text.version - 1),
                [quote._replace(place=ORPHANED)],
                now=service.clock(),
            )
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["anchor"] == comment["anchor"]
