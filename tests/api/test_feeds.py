"""Atom feeds and an expert's page: what is public and nothing else, in the forms that RFC 4287 asks for."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from api.cached_answers import CACHED
from tests.api.analyses import published
from tests.api.atom_rules import ATOM, LANG, links, parsed, text_of
from tests.service import Person, Service

FUNDED = {"interests": [{"kind": "funding", "party": "وزارة الري", "detail": "منحة <2024>"}], "none": False}
OURS = "{urn:forum:atom}"


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    values = {"source_url": "https://example.org/water?a=1&b=2", "discussion": {"moderation": "post"}}
    return service.article(title='سدود & "أنهار"', body="نص المقال عن السدود.", **values)


@pytest.fixture
def expert(service: Service, article: Any) -> Person:
    """Give an expert who has declared an interest."""
    expert = service.person("expert", display_name="ريم", title="باحثة مياه", affiliation="مركز الأنهار")
    assert expert.put(f"/v1/articles/{article['id']}/disclosure", FUNDED).status_code == 201
    return expert


def addresses(article: Any, expert: Person) -> list[str]:
    """Give the three feeds."""
    return [f"/v1/articles/{article['id']}/feed.atom", f"/v1/experts/{expert.id}/feed.atom", "/v1/feed.atom"]


def feed(service: Service, path: str) -> Xml.Element:
    """Read a feed and check it."""
    answer = service.nobody.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml"
    return parsed(answer.content)


def entries(service: Service, path: str) -> list[str]:
    """Give the ids of a feed's entries, in order."""
    found = feed(service, path).findall(f"{ATOM}entry")
    return [text_of(entry, "id").removeprefix("urn:uuid:") for entry in found]


class TestEntries:
    def test_entry_says_who_wrote_what_when_with_which_interests(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        quote = {"exact": "عن السدود", "prefix": "", "suffix": ""}
        comment = service.comment(expert, article, "رأي **مهم** <ليس وسمًا> \ufffe", kind="answer", quote=quote)
        for path in addresses(article, expert):
            found = feed(service, path)
            assert [link.get("href") for link in links(found, "self")] == [f"http://127.0.0.1:8000{path}"]
            [entry] = found.findall(f"{ATOM}entry")
            assert text_of(entry, "id") == f"urn:uuid:{comment['id']}"
            assert entry.get(LANG) == "ar"
            assert text_of(entry, "title") == f"ريم · {article['title']}"
            assert text_of(entry, "published") == text_of(entry, "updated") == comment["published_at"]
            author = entry.find(f"{ATOM}author")
            assert author is not None
            assert [child.text for child in author] == [
                "ريم",
                f"http://127.0.0.1:8000/v1/users/{expert.id}",
                "باحثة مياه",
                "مركز الأنهار",
            ]
            assert {link.get("href") for link in links(entry, "alternate")} == {
                f"http://127.0.0.1:8000/v1/comments/{comment['id']}",
                article["source_url"],
            }
            content = text_of(entry, "content")
            assert content.startswith('<div dir="rtl"><blockquote>عن السدود</blockquote><p dir="auto">رأي <strong>')
            assert "&lt;ليس وسمًا&gt; \ufffd" in content
            assert content.endswith("<p>إفصاح: تمويل (وزارة الري): منحة &lt;2024&gt;</p></div>")
            disclosure = entry.find(f"{OURS}disclosure")
            assert disclosure is not None
            assert [interest.attrib for interest in disclosure] == FUNDED["interests"]
            assert entry.findtext(f"{OURS}revision") == "1"

    def test_reply_names_what_it_answers(self, service: Service, member: Person, article: Any) -> None:
        root = service.comment(member, article)
        reply = member.post(f"/v1/comments/{root['id']}/replies", {"body": "رد"}).json()
        found = feed(service, f"/v1/articles/{article['id']}/feed.atom").findall(f"{ATOM}entry")
        refs = {
            text_of(entry, "id"): entry.find("{http://purl.org/syndication/thread/1.0}in-reply-to").get("ref")  # type: ignore[union-attr]
            for entry in found
        }
        assert refs == {
            f"urn:uuid:{reply['id']}": f"urn:uuid:{root['id']}",
            f"urn:uuid:{root['id']}": f"urn:uuid:{article['id']}",
        }

    def test_edit_keeps_the_entry_and_moves_its_date(self, service: Service, article: Any, expert: Person) -> None:
        comment = service.comment(expert, article)
        service.clock.advance(timedelta(minutes=1))
        edited = expert.patch(f"/v1/comments/{comment['id']}", {"body": "نص ثان"}).json()
        for path in addresses(article, expert):
            found = feed(service, path)
            [entry] = found.findall(f"{ATOM}entry")
            assert (text_of(entry, "published"), text_of(entry, "updated")) == (
                comment["published_at"],
                edited["edited_at"],
            )
            assert text_of(found, "updated") == edited["edited_at"]
            assert "نص ثان" in text_of(entry, "content")

    def test_feed_without_entries_is_a_feed(self, service: Service, article: Any, expert: Person) -> None:
        for path in addresses(article, expert):
            assert entries(service, path) == []


class TestWhatIsPublic:
    def test_waiting_words_come_once_approved_and_leave_when_withdrawn_or_removed(
        self, service: Service, expert: Person, moderator: Person
    ) -> None:
        article = service.article()
        expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True})
        paths = addresses(article, expert)
        comments = [service.comment(expert, article, f"رأي {number}") for number in range(2)]
        assert [entries(service, path) for path in paths] == [[], [], []]
        for comment in comments:
            service.clock.advance(timedelta(seconds=1))
            service.decide(moderator, comment)
        newest_first = [comment["id"] for comment in comments[::-1]]
        assert [entries(service, path) for path in paths] == [newest_first] * 3
        reply = service.comment(service.person(), article, "رد", parent_id=comments[0]["id"])
        service.decide(moderator, reply)
        expert.delete(f"/v1/comments/{comments[0]['id']}")
        moderator.post(f"/v1/comments/{comments[1]['id']}/cases", {})
        service.decide(moderator, comments[1], "reject", reason="other")
        assert [entries(service, path) for path in paths] == [[reply["id"]], [], [reply["id"]]]

    def test_page_of_an_expert_shows_what_routes_show_and_names_of_the_day(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        first = service.comment(expert, article, "أول")
        service.clock.advance(timedelta(seconds=1))
        assert expert.patch("/v1/me", {"display_name": "ريم الأخرى"}).status_code == 200
        second = service.comment(expert, article, "ثان")
        service.comment(service.person(), article, "لغيرها")
        path = f"/v1/experts/{expert.id}/publications"
        shown = [service.nobody.get(f"/v1/comments/{comment['id']}").json() for comment in (second, first)]
        listed = service.nobody.get(path).json()
        assert listed == {"items": [{"type": "comment", "comment": comment} for comment in shown], "next": None}
        names = [item["comment"]["author"]["display_name"] for item in listed["items"]]
        assert names == ["ريم الأخرى", "ريم"]
        assert text_of(feed(service, f"/v1/experts/{expert.id}/feed.atom"), "title") == "ريم الأخرى · باحثة مياه"

    def test_analysis_comes_with_its_sources_and_says_when_it_was_retracted(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        comment = service.comment(expert, article)
        service.clock.advance(timedelta(minutes=1))
        analysis = published(service, expert, service.person("editor"), article)
        paths = addresses(article, expert)
        assert [entries(service, path) for path in paths] == [[analysis["id"], comment["id"]]] * 3
        listed = service.nobody.get(f"/v1/experts/{expert.id}/publications").json()["items"]
        assert listed[0] == {"type": "analysis", "analysis": analysis}
        service.clock.advance(timedelta(minutes=1))
        retracted = expert.post(f"/v1/analyses/{analysis['id']}/retractions", {"reason": "خطأ & سهو"})
        assert retracted.status_code == 201, retracted.text
        for path in paths:
            entry = feed(service, path).find(f"{ATOM}entry")
            assert entry is not None
            assert (text_of(entry, "title"), text_of(entry, "summary")) == (analysis["title"], analysis["summary"])
            [source] = links(entry, "related")
            assert (source.get("href"), source.get("title")) == ("https://doi.org/10.1000/182", "سجل المناسيب")
            assert text_of(entry, "content").startswith('<div dir="rtl"><p>سُحب هذا التحليل: خطأ &amp; سهو</p>')
            assert text_of(entry, "updated") > text_of(entry, "published") == analysis["published_at"]

    @pytest.mark.parametrize("what", ["feed.atom", "publications"])
    def test_who_is_no_expert_has_no_page(self, service: Service, article: Any, expert: Person, what: str) -> None:
        path = f"/v1/experts/{expert.id}/{what}"
        assert service.nobody.get(path).status_code == 200
        admin, user = service.person("admin"), f"/v1/users/{expert.id}"
        assert admin.put(f"{user}/roles", {"roles": []}, if_match=admin.get(user).headers["etag"]).status_code == 200
        assert service.nobody.get(path).status_code == 404
        assert service.nobody.get(f"/v1/experts/{service.person().id}/{what}").status_code == 404


class TestPages:
    def test_pages_lead_through_everything_once(self, service: Service, article: Any, expert: Person) -> None:
        made = [service.comment(expert, article, f"رأي {number}")["id"] for number in range(5)]
        for path in addresses(article, expert):
            seen, following = [], f"{path}?limit=2"
            for _ in range(3):
                found = feed(service, following)
                seen += [text_of(entry, "id").removeprefix("urn:uuid:") for entry in found.findall(f"{ATOM}entry")]
                following = next((str(link.get("href")) for link in links(found, "next")), "")
                following = following.removeprefix("http://127.0.0.1:8000")
            assert (seen, following) == (made[::-1], "")
        assert service.nobody.get(f"{addresses(article, expert)[2]}?cursor=x").json()["code"] == "cursor_invalid"

    def test_cursor_of_one_feed_opens_no_other(self, service: Service, article: Any, expert: Person) -> None:
        for number in range(2):
            service.comment(expert, article, f"رأي {number}")
        other = service.article()
        found = feed(service, f"/v1/articles/{article['id']}/feed.atom?limit=1")
        [following] = links(found, "next")
        cursor = str(following.get("href")).partition("cursor=")[2]
        answer = service.nobody.get(f"/v1/articles/{other['id']}/feed.atom?cursor={cursor}")
        assert answer.json()["code"] == "cursor_invalid"


class TestBytes:
    def test_feed_is_sent_again_as_it_is_until_something_in_it_changes(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        service.comment(expert, article)
        elsewhere = service.article(title="آخر", discussion={"moderation": "post"})
        for path in addresses(article, expert):
            template = path.replace(article["id"], "{article}").replace(str(expert.id), "{expert}")
            first = service.nobody.get(path)
            before = CACHED.tally(template, 304).number, CACHED.tally(template, 200).number
            assert service.nobody.get(path).content == first.content
            again = service.nobody.get(path, if_none_match=first.headers["etag"])
            assert (again.status_code, again.content) == (304, b"")
            assert (CACHED.tally(template, 304).number, CACHED.tally(template, 200).number) == (
                before[0] + 1,
                before[1] + 1,
            )
        tags = [service.nobody.get(path).headers["etag"] for path in addresses(article, expert)]
        service.comment(service.person(), elsewhere)
        after = [service.nobody.get(path).headers["etag"] for path in addresses(article, expert)]
        assert [old == new for old, new in zip(tags, after, strict=True)] == [True, True, False]

    def test_new_words_below_an_article_that_was_not_in_the_feed_show_at_once(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        service.comment(expert, article)
        paths = addresses(article, expert)[1:]
        for number in range(3):
            before = [len(entries(service, path)) for path in paths]
            other = service.article(title=f"مقال {number}", discussion={"moderation": "post"})
            expert.put(f"/v1/articles/{other['id']}/disclosure", {"none": True})
            service.comment(expert, other, f"رأي {number}")
            assert [len(entries(service, path)) for path in paths] == [count + 1 for count in before]

    def test_renamed_article_renames_its_entries(self, service: Service, article: Any, expert: Person) -> None:
        service.comment(expert, article)
        for path in addresses(article, expert):
            entries(service, path)
        service.person("editor").patch(f"/v1/articles/{article['id']}", {"title": "عنوان جديد"})
        for path in addresses(article, expert):
            [entry] = feed(service, path).findall(f"{ATOM}entry")
            assert text_of(entry, "title") == "ريم · عنوان جديد"

    def test_feed_asked_for_with_credentials_is_the_same_and_not_stored(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        service.comment(expert, article)
        for path in addresses(article, expert):
            own = expert.get(path)
            assert own.content == service.nobody.get(path).content
            assert own.headers["cache-control"] == "private, no-store"
