"""Notifications: people hear of what concerns them, in the API and by mail, and of nothing that they may not see."""

import email
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from models.base import new_id
from models.cases import Case, CaseKind, SubjectType
from models.instants import format_instant
from models.notifications import Notification
from models.users import Credential, User
from tests.api.analyses import published
from tests.api.world import World, with_token
from tests.service import Person, Service, running_service

# What a relay looks for in its rounds.
RELAY = r"SELECT (outbox_jobs\.id|DISTINCT webhook_deliveries)"
INBOX, SETTINGS = "/v1/me/notifications", "/v1/me/notification-settings"


@pytest.fixture
def service(world: World) -> Service:
    """Give one service to all, since each test has people of its own."""
    return world.service


@pytest.fixture
def article(service: Service) -> Any:
    """Put an article up whose comments wait."""
    return service.article(source_url="https://example.org/rivers")


@pytest.fixture
def reader(service: Service) -> Person:
    """Give somebody to be told."""
    return service.person(display_name="نور الدين")


def told(person: Person, kind: str | None = None) -> list[Any]:
    """Read what somebody is told, of one kind or all."""
    items = person.get(INBOX).json()["items"]
    return [item for item in items if kind in (None, item["kind"])]


@contextmanager
def statements_about(*tables: str) -> Iterator[list[str]]:
    """Collect the statements that name one of these tables, but for those of the relay beside the test."""
    seen: list[str] = []

    def collect(_: Any, __: Any, statement: str, *___: Any) -> None:
        if any(table in statement for table in tables) and not re.match(RELAY, statement):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", collect)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", collect)


def work(service: Service, *names: str) -> None:
    """Let the relay do its rounds."""
    assert service.client.portal is not None
    for name in names or ("spread", "deliver"):
        service.client.portal.call(getattr(service.app.state.chores, name))


def mails(service: Service, person: Person) -> list[EmailMessage]:
    """Read the mails to somebody, once the relay has done its rounds."""
    for _ in range(3):
        work(service)
    address = person.get("/v1/me").json()["email"]
    folder: Path = service.settings.mail_folder
    written = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    # To read a mail takes long, and those of all other tests lie beside.
    found = [email.message_from_bytes(mail, policy=default) for mail in written if address.encode() in mail]
    return [mail for mail in found if mail["To"] == address]


class TestReplies:
    def test_author_hears_of_a_reply_once_it_is_public_and_worded_from_what_stands(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        reply = service.comment(member, article, "رد", parent_id=comment["id"])
        assert told(reader, "reply") == []
        service.decide(moderator, reply)
        [one] = told(reader, "reply")
        assert one["subject"] == {"type": "comment", "id": reply["id"]}
        assert one["actor"] == {"id": str(member.id), "display_name": "سلمى"}
        assert one["text"] == "ردّ على تعليقك من سلمى في «مياه الأنهار»."
        assert (one["article_id"], one["read_at"]) == (article["id"], None)
        assert told(member, "reply") == []

    def test_own_reply_and_a_second_appearance_are_no_news(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        service.approved(reader, moderator, article, "تتمة", parent_id=comment["id"])
        assert told(reader, "reply") == []
        reply = service.approved(member, moderator, article, "رد", parent_id=comment["id"])
        decision = moderator.get("/v1/moderation/decisions").json()["items"][0]
        assert moderator.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"}).is_success
        assert told(reader, "reply") == []
        service.decide(moderator, reply)
        assert len(told(reader, "reply")) == 1

    def test_reply_that_is_not_public_any_more_is_neither_listed_nor_counted_nor_mailed(
        self, service: Service, member: Person, moderator: Person, reader: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(reader, article, "رأي")
        reply = service.comment(member, article, "رد", parent_id=comment["id"])
        assert reader.get(INBOX).json()["unread"] == 1
        assert moderator.post(f"/v1/comments/{reply['id']}/cases").status_code == 201
        assert service.decide(moderator, reply, "reject", reason="abuse").status_code == 201
        page = reader.get(INBOX).json()
        assert (page["items"], page["unread"]) == ([], 0)


class TestMail:
    def test_comment_rejected_between_approval_and_mailing_is_not_mailed(
        self, service: Service, member: Person, moderator: Person, reader: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(reader, article, "رأي")
        chores = service.app.state.chores
        chores._errands["notification"], mail = _later, chores._errands["notification"]
        reply = service.comment(member, article, "رد", parent_id=comment["id"])
        work(service)
        moderator.post(f"/v1/comments/{reply['id']}/cases")
        assert service.decide(moderator, reply, "reject", reason="abuse").status_code == 201
        chores._errands["notification"] = mail
        service.clock.advance(timedelta(minutes=5))
        assert mails(service, with_token(service, reader, at=service.clock())) == []

    def test_letter_is_in_the_readers_language_with_a_way_out_of_one_click(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        reader.post(f"{INBOX}/read", {"ids": [one["id"] for one in told(reader)]})
        service.approved(member, moderator, article, "رد <b>سر</b>", parent_id=comment["id"])
        [letter] = [mail for mail in mails(service, reader) if "ردّ" in mail["Subject"]]
        assert letter["Content-Language"] == "ar"
        text, html = (part.get_content() for part in letter.iter_parts())
        assert "ردّ على تعليقك من سلمى في «مياه الأنهار»." in text
        assert "https://example.org/rivers" in text
        assert '<html lang="ar" dir="rtl">' in html
        assert "سر" not in text + html
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = letter["List-Unsubscribe"].strip("<>").removeprefix(service.settings.public_url)
        page = service.nobody.get(address)
        assert page.status_code == 200
        for fits_a_phone in (page.text, html):
            assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in fits_a_phone
            assert re.search(r'<title>([^<]+)</title></head><body><p dir="auto">\1</p>', fits_a_phone)
        assert reader.get(SETTINGS).json()["reply"] == "at_once"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        parts = {"Content-Type": "multipart/form-data; boundary=x"}
        part = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
        for content, headers in (("List-Unsubscribe=One-Click", form), (part, parts)):
            stopped = service.client.post(address, content=content, headers=headers)
            assert (stopped.status_code, stopped.headers["content-type"]) == (200, "text/html; charset=utf-8")
        settings = reader.get(SETTINGS).json()
        assert (settings["reply"], settings["mention"]) == ("off", "at_once")
        for forged in (address[:-1] + ("A" if address[-1] != "A" else "B"), address.replace(".reply.", ".mention.")):
            assert service.client.post(forged, content="", headers=form).status_code == 404
        service.approved(member, moderator, article, "رد آخر", parent_id=comment["id"])
        assert len([mail for mail in mails(service, reader) if "ردّ" in mail["Subject"]]) == 1
        assert len(told(reader, "reply")) == 2

    def test_english_reader_is_written_to_in_english(
        self, service: Service, moderator: Person, reader: Person, article: Any
    ) -> None:
        reader.patch("/v1/me", {"locale": "en"})
        service.approved(reader, moderator, article, "رأي")
        [letter] = mails(service, reader)
        assert letter["Subject"] == "Your comment on “مياه الأنهار” was published"
        assert '<html lang="en" dir="ltr">' in letter.get_body(("html",)).get_content()

    def test_a_name_that_looks_like_an_address_leads_nowhere(
        self, service: Service, moderator: Person, reader: Person, article: Any
    ) -> None:
        reader.patch("/v1/me", {"locale": "en"})
        comment = service.approved(reader, moderator, article, "رأي")
        named = service.person(display_name="https://example.net/sign-in")
        service.approved(named, moderator, article, "رد", parent_id=comment["id"])
        [letter] = [mail for mail in mails(service, reader) if "replied" in mail["Subject"]]
        html = letter.get_body(("html",)).get_content()
        assert "https://example.net/sign-in replied" in html
        assert re.findall(r'href="([^"?]+)', html) == [
            "https://example.org/rivers",
            f"{service.settings.public_url}/v1/notifications/stop",
        ]

    def test_what_was_read_meanwhile_and_who_has_no_verified_address_is_not_written_to(
        self, service: Service, moderator: Person, reader: Person, article: Any
    ) -> None:
        def unverify(session: Session) -> None:
            session.get_one(User, UUID(str(reader.id))).email_verified_at = None

        service.write(unverify)
        service.approved(reader, moderator, article, "رأي")
        assert told(reader)
        assert mails(service, reader) == []


async def _later(_: Any) -> None:
    raise OSError


class TestDecisions:
    def test_author_hears_what_became_of_their_words_and_not_by_whom(
        self, service: Service, moderator: Person, reader: Person, article: Any
    ) -> None:
        for verdict in ("approve", "reject", "spam", "request_changes"):
            comment = service.comment(reader, article, f"رأي {verdict}")
            reason = {} if verdict == "approve" else {"reason": "other"}
            assert service.decide(moderator, comment, verdict, **reason).status_code == 201
        assert [one["text"] for one in told(reader)] == [
            "طُلب منك تعديل تعليقك في «مياه الأنهار».",
            "صُنّف تعليقك في «مياه الأنهار» إزعاجًا.",
            "رُفض تعليقك في «مياه الأنهار».",
            "نُشر تعليقك في «مياه الأنهار».",
        ]
        assert {one["kind"] for one in told(reader)} == {"decision", "changes_requested"}
        assert {one["actor"] for one in told(reader)} == {None}

    def test_author_hears_that_an_edit_was_decided_about_and_not_what_stays_public(
        self, service: Service, article: Any, reader: Person, moderator: Person
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي منشور")
        for verdict, reason in (("reject", "abuse"), ("spam", "spam"), ("approve", None)):
            reader.patch(f"/v1/comments/{comment['id']}", {"body": f"صيغة أخرى {verdict}"})
            assert service.decide(moderator, comment, verdict, reason=reason).status_code == 201
        assert reader.get(f"/v1/comments/{comment['id']}").json()["status"] == "approved"
        assert [news["text"] for news in told(reader)] == [
            "نُشر تعديل تعليقك في «مياه الأنهار».",
            "صُنّف تعديل تعليقك في «مياه الأنهار» إزعاجًا.",
            "رُفض تعديل تعليقك في «مياه الأنهار».",
            "نُشر تعليقك في «مياه الأنهار».",
        ]

    def test_author_hears_that_a_correction_was_decided_about_and_not_the_analysis(
        self, service: Service, article: Any
    ) -> None:
        expert, editor = service.person("expert"), service.person("editor")
        expert.patch("/v1/me", {"locale": "en"})
        analysis = published(service, expert, editor, article)
        for verdict, reason in (("reject", "unsupported"), ("approve", None)):
            answer = expert.patch(f"/v1/analyses/{analysis['id']}", {"body": f"نص آخر {verdict}", "note": "تصويب"})
            assert answer.status_code == 200, answer.text
            assert service.decide(editor, analysis, verdict, reason=reason).status_code == 201
        assert [news["text"] for news in told(expert)] == [
            "The edit of your analysis of “مياه الأنهار” was published.",
            "The edit of your analysis of “مياه الأنهار” was rejected.",
            "Your analysis of “مياه الأنهار” was published.",
        ]

    def test_words_that_were_never_public_are_no_edit_when_a_later_version_is_rejected(
        self, service: Service, article: Any, reader: Person, moderator: Person
    ) -> None:
        comment = service.comment(reader, article)
        assert service.decide(moderator, comment, "request_changes", reason="unsupported").status_code == 201
        reader.patch(f"/v1/comments/{comment['id']}", {"body": "صيغة ثانية"})
        assert service.decide(moderator, comment, "reject", reason="abuse").status_code == 201
        assert told(reader)[0]["text"] == "رُفض تعليقك في «مياه الأنهار»."

    def test_what_the_answer_said_already_is_no_news(self, service: Service, reader: Person) -> None:
        service.comment(reader, service.article(discussion={"moderation": "post"}), "رأي")
        assert told(reader) == []

    def test_appeal_and_report_end_with_word_to_who_brought_them(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        report = member.post(f"/v1/comments/{comment['id']}/reports", {"reason": "abuse"}).json()
        assert service.decide(moderator, comment, "uphold").status_code == 201
        [outcome] = told(member)
        assert (outcome["kind"], outcome["subject"]) == ("report_outcome", {"type": "report", "id": report["id"]})
        assert outcome["text"] == "أُخذ ببلاغك في «مياه الأنهار»."
        assert told(reader)[0]["text"] == "رُفض تعليقك في «مياه الأنهار»."
        assert reader.post(f"/v1/comments/{comment['id']}/appeals", {"statement": "نص منشور"}).status_code == 201
        assert service.decide(service.person("moderator"), comment, "overturn").status_code == 201
        assert told(reader)[0]["text"] == "قُبل تظلّمك ونُشر تعليقك في «مياه الأنهار»."
        assert told(reader)[0]["kind"] == "appeal_outcome"
        again = member.post(f"/v1/comments/{comment['id']}/reports", {"reason": "abuse"})
        assert again.status_code == 201
        assert service.decide(moderator, comment, "dismiss").status_code == 201
        assert told(member)[0]["text"] == "لم يؤخذ ببلاغك في «مياه الأنهار»."
        assert told(reader)[0]["kind"] == "appeal_outcome"

    @pytest.mark.parametrize("verdict", ["uphold", "dismiss"])
    def test_reporter_hears_that_their_report_waits_again(
        self, service: Service, member: Person, moderator: Person, article: Any, verdict: str
    ) -> None:
        comment = service.approved(service.person(), moderator, article, "رأي")
        member.post(f"/v1/comments/{comment['id']}/reports", {"reason": "abuse"})
        decision = service.decide(moderator, comment, verdict).json()
        moderator.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert told(member)[0]["text"] == "يُنظر في بلاغك في «مياه الأنهار» من جديد."


class TestMentions:
    def test_who_takes_part_is_found_by_the_longest_name_and_nobody_by_a_name_of_two(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        shorter, twin, twins = (service.person(display_name=name) for name in ("نور", "هدى", "هُدى"))
        stranger, expert = service.person(display_name="غريب"), service.person("expert", display_name="د. ريم العلي")
        for number, person in enumerate((reader, shorter, twin, twins)):
            service.approved(person, moderator, article, f"رأي {number}")
        body = "رأي @نورُ الدّين، ثم @هدى و @غريب وأيضًا @د. ريم العلي (a@نور) @سلمى"
        comment = service.comment(member, article, body)
        assert told(reader, "mention") == []
        service.decide(moderator, comment)
        [one] = told(reader, "mention")
        assert one["text"] == "ذِكرٌ لك من سلمى في «مياه الأنهار»."
        assert len(told(expert, "mention")) == 1
        for other in (shorter, twin, twins, stranger, member):
            assert told(other, "mention") == []
        member.patch(f"/v1/comments/{comment['id']}", {"body": body + " @نور"})
        service.decide(moderator, comment)
        assert len(told(shorter, "mention")) == 1
        assert len(told(reader, "mention")) == 1

    def test_who_is_answered_is_not_told_of_the_mention_too(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        service.approved(member, moderator, article, "@نور الدين نعم", parent_id=comment["id"])
        assert [one["kind"] for one in told(reader)] == ["reply", "decision"]


class TestFollowing:
    def test_discussion_is_followed_and_left_and_both_may_be_said_twice(
        self, service: Service, reader: Person, article: Any
    ) -> None:
        path = f"/v1/articles/{article['slug']}/subscription"
        assert reader.get(path).json() == {"subscribed": False, "since": None}
        for _ in range(2):
            assert reader.put(path).status_code == 204
        assert reader.get(path).json() == {"subscribed": True, "since": format_instant(service.clock())}
        for _ in range(2):
            assert reader.send("DELETE", path).status_code == 204
        assert reader.get(path).json()["subscribed"] is False

    def test_followers_hear_of_comments_of_others_and_by_mail_only_if_they_said_so(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        mailed, left = service.person(), service.person()
        for person in (reader, mailed, left, member):
            assert person.put(f"/v1/articles/{article['id']}/subscription").status_code == 204
        left.send("DELETE", f"/v1/articles/{article['id']}/subscription")
        assert mailed.put(SETTINGS, {"new_comment": "at_once"}).status_code == 201
        comment = service.approved(member, moderator, article, "رأي")
        assert len(mails(service, mailed)) == 1
        assert mails(service, reader) == []
        for person in (reader, mailed):
            [one] = told(person, "new_comment")
            assert (one["subject"]["id"], one["text"]) == (comment["id"], "تعليق جديد من سلمى في «مياه الأنهار».")
        assert told(left) == []
        assert told(member, "new_comment") == []

    def test_who_was_told_of_a_reply_is_not_told_as_a_follower_too(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        reader.put(f"/v1/articles/{article['id']}/subscription")
        service.approved(member, moderator, article, "رد", parent_id=comment["id"])
        mails(service, reader)
        assert [one["kind"] for one in told(reader)] == ["reply", "decision"]

    def test_followers_hear_of_a_new_analysis(
        self, service: Service, moderator: Person, reader: Person, article: Any
    ) -> None:
        expert, editor = service.person("expert", display_name="ريم"), service.person("editor")
        for person in (reader, expert):
            person.put(f"/v1/articles/{article['id']}/subscription")
        analysis = published(service, expert, editor, article)
        [letter] = mails(service, reader)
        [one] = told(reader)
        assert one["subject"] == {"type": "analysis", "id": analysis["id"]}
        assert one["text"] == "تحليل جديد من ريم في «مياه الأنهار»."
        assert letter["Subject"] == one["text"].rstrip(".")
        assert [one["text"] for one in told(expert)] == ["نُشر تحليلك في «مياه الأنهار»."]


def fewest(act: Callable[[int], Any]) -> int:
    """Count the statements of an act; other work of the process may fall between, so the fewest of three count."""
    counts = []
    for attempt in range(3):
        with statements_about("webhooks", "subscriptions", "notifications", "outbox_jobs") as seen:
            act(attempt)
        counts.append(len(seen))
    return min(counts)


class TestCost:
    def test_comment_pays_one_look_for_all_who_might_hear_of_it(
        self, service: Service, member: Person, article: Any
    ) -> None:
        public = service.article(discussion={"moderation": "post"})
        for place in (article, public):
            assert fewest(lambda attempt, place=place: service.comment(member, place, f"{attempt} {place['id']}")) == 1

    def test_number_of_queries_of_a_page_does_not_grow_with_it(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        counts = []
        for number in range(2):
            service.approved(reader, moderator, article, f"رأي {number}")
            assert len(told(reader)) == number + 1
            counts.append(fewest(lambda _: told(reader)))
        assert counts == [2, 2]


class TestReading:
    def test_named_ones_and_all_up_to_one_are_marked_and_nobody_elses(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        for number in range(4):
            service.approved(reader, moderator, article, f"رأي {number}")
        newest, third, second, first = (one["id"] for one in told(reader))
        assert member.post(f"{INBOX}/read", {"ids": [newest]}).json() == {"unread": 0}
        assert reader.get(INBOX).json()["unread"] == 4
        assert reader.post(f"{INBOX}/read", {"ids": [third, str(uuid4())]}).json() == {"unread": 3}
        assert reader.post(f"{INBOX}/read", {"up_to": second}).json() == {"unread": 1}
        assert [one["id"] for one in told(reader) if one["read_at"] is None] == [newest]
        for body in ({}, {"ids": [first], "up_to": first}, {"ids": []}, {"up_to": "x"}):
            assert reader.post(f"{INBOX}/read", body).status_code == 422

    def test_list_goes_on_where_the_page_before_ended(self, service: Service, reader: Person) -> None:
        def fill(session: Session) -> None:
            for _ in range(5):
                cause = new_id()
                about = {"kind": "report_outcome", "subject_type": "report", "subject_id": cause, "cause_id": cause}
                session.add(Notification(user_id=reader.id, created_at=service.clock(), **about))

        service.write(fill)
        seen, path = [], f"{INBOX}?limit=2"
        while path:
            page = reader.get(path).json()
            assert page["unread"] == 5
            seen += [one["id"] for one in page["items"]]
            path = f"{INBOX}?limit=2&cursor={page['next']}" if page["next"] else ""
        assert len(seen) == len(set(seen)) == 5
        assert seen == sorted(seen, reverse=True)


class TestSettings:
    def test_choice_needs_the_version_once_there_is_one(self, reader: Person) -> None:
        usual = reader.get(SETTINGS)
        assert usual.json()["reply"] == "at_once"
        assert usual.json()["new_comment"] == "off"
        assert reader.put(SETTINGS, {"reply": "off"}, if_match='"3.a"').status_code == 412
        first = reader.put(SETTINGS, {"reply": "off"})
        assert (first.status_code, first.json()) == (201, usual.json() | {"reply": "off"})
        assert reader.put(SETTINGS, {"mention": "off"}).status_code == 428
        assert reader.put(SETTINGS, {"mention": "off"}, if_match=usual.headers["etag"]).status_code == 412
        second = reader.put(SETTINGS, {"mention": "off"}, if_match=first.headers["etag"])
        assert (second.status_code, second.json()) == (200, usual.json() | {"mention": "off"})
        for body in ({"reply": "weekly"}, {"likes": "off"}):
            assert reader.put(SETTINGS, body, if_match="*").status_code == 422


class TestCredentials:
    def test_expert_hears_that_their_credential_ends_soon(self, service: Service) -> None:
        expert = service.person("expert")

        def shorten(session: Session) -> UUID:
            [credential] = session.exec(select(Credential).where(Credential.user_id == expert.id)).all()
            credential.expires_at = service.clock() + timedelta(days=2)
            return credential.id

        credential_id = service.write(shorten)
        work(service, "tend_credentials")
        [one] = told(expert)
        assert (one["kind"], one["text"]) == ("credential_expiring", "ينتهي اعتمادك خبيرًا قريبًا.")
        assert one["subject"] == {"type": "credential", "id": str(credential_id)}
        assert len(mails(service, expert)) == 1


class TestDigest:
    @pytest.fixture
    def service(self, database_url: str, tmp_path: Path) -> Iterator[Service]:
        """Run a service without other people's cases."""
        with running_service(database_url, tmp_path) as service:
            yield service

    def test_moderators_hear_of_overdue_cases_once_a_day(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        service.comment(member, article, "رأي")
        work(service, "remind_moderators")
        assert mails(service, moderator) == []
        service.clock.advance(timedelta(days=3))
        moderator = with_token(service, moderator, at=service.clock())
        for _ in range(2):
            work(service, "remind_moderators")
        [letter] = mails(service, moderator)
        assert letter["Subject"] == "حالات تجاوزت موعدها"
        assert re.search(r": \d+\.", letter.get_body(("plain",)).get_content())
        assert mails(service, with_token(service, member, at=service.clock())) == []
        service.clock.advance(timedelta(days=1))
        moderator = with_token(service, moderator, at=service.clock())
        work(service, "remind_moderators")
        assert len(mails(service, moderator)) == 2

    def test_what_does_not_exist_for_a_moderator_is_no_reason_to_write(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        assert member.id is not None
        about = {"subject_type": SubjectType.APPLICATION, "subject_id": new_id(), "author_id": member.id, "revision": 1}
        at = service.clock()
        application = Case(kind=CaseKind.APPLICATION, opened_at=at, due_at=at, **about)
        service.write(lambda session: session.add(application))
        service.clock.advance(timedelta(hours=2))
        work(service, "remind_moderators")
        assert mails(service, with_token(service, moderator, at=service.clock())) == []


class TestRows:
    def test_no_words_are_copied_into_rows_that_could_outlive_them(
        self, service: Service, member: Person, moderator: Person, reader: Person, article: Any
    ) -> None:
        comment = service.approved(reader, moderator, article, "رأي")
        service.approved(member, moderator, article, "كلمات لا تبقى", parent_id=comment["id"])
        rows = service.read(lambda session: [row.model_dump_json() for row in session.exec(select(Notification)).all()])
        assert rows
        assert all("كلمات" not in row and "مياه" not in row for row in rows)
