"""Structured data: what schema.org readers are given, to whom, and that it says what JSON and Atom say."""

import re
from datetime import timedelta
from typing import Any

import pytest

from api.json_ld import prefers_json_ld
from tests.api.analyses import published, submitted
from tests.api.atom_rules import ATOM, links, parsed, text_of
from tests.service import Person, Service

LINKED = "application/ld+json"
FUNDED = {"interests": [{"kind": "funding", "party": "وزارة الري", "detail": "منحة"}], "none": False}
URL = "http://127.0.0.1:8000/v1"
OURS = "{urn:forum:atom}"
# For each type what it must say, then what else it may, each with what may stand there: things of some types, or text.
# From https://schema.org, as far as this service speaks it.
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
TEXT, NUMBER, ADDRESS = re.compile(r"(?s).+"), re.compile(r"\d+"), re.compile(r"https?://.+|doi:.+")
CREATIVE = {
    "identifier": re.compile(r"urn:uuid:[0-9a-f-]{36}"),
    "url": ADDRESS,
    "inLanguage": re.compile("ar|en"),
    "datePublished": INSTANT,
}
WRITTEN = CREATIVE | {"version": NUMBER, "dateCreated": INSTANT, "dateModified": INSTANT, "author": {"Person"}}
MORE = {"isBasedOn": {"Quotation"}, "citation": {"CreativeWork"}, "correction": {"CorrectionComment"}}
MORE |= {"hasPart": {"CreativeWork"}, "about": {"NewsArticle"}, "creativeWorkStatus": re.compile("Published|Retracted")}
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "NewsArticle": (
        {"headline": TEXT},
        CREATIVE
        | {
            "abstract": TEXT,
            "articleBody": TEXT,
            "articleSection": TEXT,
            "commentCount": NUMBER,
            "discussionUrl": ADDRESS,
        },
    ),
    "AnalysisNewsArticle": ({}, WRITTEN | MORE | {"headline": TEXT, "abstract": TEXT, "articleBody": TEXT}),
    "Comment": ({}, WRITTEN | MORE | {"text": TEXT, "parentItem": {"Comment", "NewsArticle", "AnalysisNewsArticle"}}),
    "Person": (
        {"name": TEXT},
        {"jobTitle": TEXT, "affiliation": {"Organization"}, "knowsAbout": TEXT, "sameAs": ADDRESS},
    ),
    "Organization": ({"name": TEXT}, {}),
    "Quotation": ({"text": TEXT}, {"isPartOf": {None}}),
    "CorrectionComment": ({"datePublished": INSTANT}, {"text": TEXT}),
    "PropertyValue": ({"propertyID": TEXT, "value": TEXT}, {"description": TEXT}),
    "CreativeWork": (
        {},
        {
            "name": TEXT,
            "url": ADDRESS,
            "creditText": TEXT,
            "publisher": {"Organization"},
            "datePublished": re.compile(r"\d{4}(-\d\d){0,2}"),
            "pagination": TEXT,
            "genre": TEXT,
            "dateCreated": INSTANT,
            "text": TEXT,
            "about": {"PropertyValue"},
        },
    ),
}
WHOLE = {
    "NewsArticle": {*CREATIVE, "commentCount", "discussionUrl"},
    "Comment": {*WRITTEN, "text", "parentItem"},
    "AnalysisNewsArticle": {*WRITTEN, "headline", "articleBody", "about"},
}


def check_shape(thing: dict[str, Any]) -> None:
    """Demand that a thing and all in it have properties of their type, each with what may stand there."""
    if "@type" not in thing:
        assert set(thing) == {"@id"}
        return
    needed, possible = SHAPES[thing["@type"]]
    said = {name: value for name, value in thing.items() if not name.startswith("@")}
    assert set(needed) <= set(said) <= {*needed, *possible}, thing["@type"]
    for name, value in said.items():
        expected = (needed | possible)[name]
        for each in value if isinstance(value, list) else [value]:
            if isinstance(expected, re.Pattern):
                assert expected.fullmatch(str(each)), (name, each)
            else:
                assert each.get("@type") in expected, name
                check_shape(each)


def linked(service: Service, path: str) -> Any:
    """Read something as structured data and check its shape."""
    answer = service.nobody.get(path, accept=LINKED)
    assert (answer.status_code, answer.headers["content-type"]) == (200, LINKED)
    thing = answer.json()
    assert thing.pop("@context") == "https://schema.org"
    check_shape(thing)
    assert WHOLE[thing["@type"]] <= set(thing)
    return thing


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where comments are public at once."""
    values = {"body": "# عنوان\n\nنص المقال & بقيته.", "summary": "موجز", "discussion": {"moderation": "post"}}
    return service.article(source_url="https://example.org/water", section="ماء", **values)


@pytest.fixture
def expert(service: Service, article: Any) -> Person:
    """Give an expert who has declared an interest."""
    expert = service.person("expert", display_name="ريم", title="باحثة مياه", affiliation="مركز الأنهار")
    assert expert.put(f"/v1/articles/{article['id']}/disclosure", FUNDED).status_code == 201
    return expert


class TestNegotiation:
    @pytest.mark.parametrize(
        ("accept", "expected"),
        [
            ("", False),
            ("*/*", False),
            ("application/*", False),
            ("application/json", False),
            ("application/ld+json", True),
            ("APPLICATION/LD+JSON", True),
            ('application/ld+json; profile="https://schema.org"', True),
            ("application/ld+json, */*;q=0.1", True),
            ("application/json, application/ld+json", False),
            ("application/json;q=0.5, application/ld+json;q=0.9", True),
            ("application/json;q=0.9, application/ld+json;q=0.5", False),
            ("application/ld+json;q=0", False),
            ("text/html, application/ld+json;q=0.2, application/*;q=0.5", False),
            ("text/html, application/ld+json ; q=0.5, application/*;q=0.2", True),
            ("application/ld+json;q=x, application/json;q=0.5", True),
        ],
    )
    def test_client_that_names_structured_data_and_prefers_it_gets_it(self, accept: str, expected: bool) -> None:
        assert prefers_json_ld(accept) is expected

    def test_each_form_is_kept_for_those_who_ask_for_it(self, service: Service, member: Person, article: Any) -> None:
        comment = service.comment(member, article)
        for path in (f"/v1/articles/{article['id']}", f"/v1/comments/{comment['id']}"):
            for _ in range(2):
                plain, other = service.nobody.get(path), service.nobody.get(path, accept=LINKED)
                assert [answer.headers["content-type"] for answer in (plain, other)] == ["application/json", LINKED]
                assert plain.headers["etag"] != other.headers["etag"]
                assert "Accept" in plain.headers["vary"].split(", ")
                assert plain.headers["vary"] == other.headers["vary"]
                assert service.nobody.get(path, accept=LINKED, if_none_match=plain.headers["etag"]).status_code == 200
                assert service.nobody.get(path, accept=LINKED, if_none_match=other.headers["etag"]).status_code == 304

    def test_fresh_data_follow_each_change(self, service: Service, member: Person, article: Any) -> None:
        path = f"/v1/articles/{article['id']}"
        counts = [linked(service, path)["commentCount"]]
        for number in range(2):
            service.comment(member, article, f"رأي {number}")
            counts.append(linked(service, path)["commentCount"])
        assert counts == [0, 1, 2]


class TestArticle:
    def test_article_is_a_news_article_with_its_discussion(self, service: Service, article: Any) -> None:
        here = f"{URL}/articles/{article['id']}"
        assert linked(service, f"/v1/articles/{article['slug']}") == {
            "@type": "NewsArticle",
            "@id": here,
            "identifier": f"urn:uuid:{article['id']}",
            "url": "https://example.org/water",
            "headline": article["title"],
            "abstract": "موجز",
            "articleBody": "عنوان\nنص المقال & بقيته.\n",
            "articleSection": "ماء",
            "inLanguage": "ar",
            "datePublished": article["published_at"],
            "commentCount": 0,
            "discussionUrl": f"{here}/comments",
        }


class TestComment:
    def test_what_is_not_public_is_no_data(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.comment(member, service.article())
        path = f"/v1/comments/{comment['id']}"
        assert service.nobody.get(path, accept=LINKED).status_code == 404
        own = member.get(path, accept=LINKED)
        assert (own.headers["content-type"], own.json()["status"]) == ("application/json", "pending")
        service.decide(moderator, comment)
        assert linked(service, path)["text"] == "رأي في الموضوع\n"
        member.delete(path)
        assert service.nobody.get(path, accept=LINKED).status_code == 404

    def test_reply_names_what_it_answers_and_what_it_quotes(
        self, service: Service, member: Person, article: Any
    ) -> None:
        root = service.comment(member, article, quote={"exact": "نص المقال"})
        reply = member.post(f"/v1/comments/{root['id']}/replies", {"body": "رد"}).json()
        named = linked(service, f"/v1/comments/{root['id']}")
        assert named["parentItem"]["@id"] == named["about"]["@id"] == f"{URL}/articles/{article['id']}"
        quotation = {"@type": "Quotation", "text": "نص المقال", "isPartOf": {"@id": f"{URL}/articles/{article['id']}"}}
        assert named["isBasedOn"] == quotation
        parent = linked(service, f"/v1/comments/{reply['id']}")["parentItem"]
        assert parent == {"@type": "Comment", "@id": f"{URL}/comments/{root['id']}"}


class TestEmbedding:
    def test_no_words_end_the_script_element_that_holds_them(
        self, service: Service, member: Person, expert: Person, article: Any
    ) -> None:
        words = "قيل </script><script>alert(1)</script> هنا"
        comment = service.comment(member, article, words)
        analysis = published(service, expert, service.person("editor"), article, title=words)
        for path, name in ((f"/v1/comments/{comment['id']}", "text"), (f"/v1/analyses/{analysis['id']}", "headline")):
            answer = service.nobody.get(path, accept=LINKED)
            assert b"<" not in answer.content
            assert answer.json()[name].rstrip() == words


class TestAgreement:
    def test_json_atom_and_structured_data_agree_on_a_comment(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        comment = service.comment(expert, article, "نص أول")
        service.clock.advance(timedelta(minutes=3))
        expert.patch("/v1/me", {"display_name": "ريم الجديدة"})
        assert expert.patch(f"/v1/comments/{comment['id']}", {"body": "نص ثان"}).status_code == 200
        agree(service, article, f"/v1/comments/{comment['id']}")

    def test_json_atom_and_structured_data_agree_on_an_analysis_from_its_publication_to_its_retraction(
        self, service: Service, article: Any, expert: Person
    ) -> None:
        editor = service.person("editor")
        whole = {"author": "هيئة المياه", "publisher": "دار النهر", "date": "2024-11", "locator": "ص 7"}
        sources = [
            {"title": "سجل", "url": "doi:10.1000/182"},
            {"title": "كتاب", "url": "https://a.example/?b&c"} | whole,
        ]
        analysis = published(service, expert, editor, article, citations=sources)
        path = f"/v1/analyses/{analysis['id']}"
        agree(service, article, path)
        service.clock.advance(timedelta(minutes=1))
        assert expert.patch(path, {"title": "عنوان مصحح", "note": "صُحح العنوان"}).status_code == 200
        agree(service, article, path)
        service.decide(editor, analysis)
        assert [each["text"] for each in linked(service, path)["correction"]] == ["صُحح العنوان"]
        agree(service, article, path)
        assert expert.patch(path, {"summary": "تعديل بلا ملاحظة"}).status_code == 200
        service.decide(editor, analysis)
        agree(service, article, path)
        service.clock.advance(timedelta(minutes=1))
        assert expert.post(f"{path}/retractions", {"reason": "خطأ في المصدر"}).status_code in {200, 201}
        data = linked(service, path)
        assert (data["creativeWorkStatus"], data["headline"]) == ("Retracted", "عنوان مصحح")
        agree(service, article, path)

    def test_draft_and_waiting_analysis_are_no_data(self, service: Service, article: Any, expert: Person) -> None:
        path = f"/v1/analyses/{submitted(expert, article)['id']}"
        assert service.nobody.get(path, accept=LINKED).status_code == 404
        assert expert.get(path, accept=LINKED).headers["content-type"] == "application/json"


def agree(service: Service, article: Any, path: str) -> None:
    """Demand that the three forms of one text say the same of author, dates, revision, disclosure and citations."""
    plain, data = service.nobody.get(path).json(), linked(service, path)
    document = parsed(service.nobody.get(f"/v1/articles/{article['id']}/feed.atom").content)
    [entry] = [each for each in document.findall(f"{ATOM}entry") if text_of(each, "id") == f"urn:uuid:{plain['id']}"]
    assert of_data(data) == of_atom(entry) == of_json(plain)


def _stated(interest: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in interest.items() if value is not None}


def of_json(plain: Any) -> Any:
    """Read what must agree from the JSON."""
    author, disclosure, retraction = plain["author"], plain["disclosure"], plain.get("retraction")
    moments = [plain["published_at"], plain["edited_at"], retraction and retraction["at"]]
    return (
        (author["display_name"], author["credential"]["title"], author["credential"]["affiliation"], author["id"]),
        (plain["published_at"], max(filter(None, moments))),
        plain["revision"],
        (disclosure["declared_at"], [_stated(interest) for interest in disclosure["interests"]]),
        [_stated(citation) for citation in plain.get("citations", [])],
        [(correction["at"], correction["note"]) for correction in plain.get("corrections", [])],
        retraction and (retraction["at"], retraction["reason"]),
    )


def of_atom(entry: Any) -> Any:
    """Read what must agree from an entry."""
    author, disclosure = entry.find(f"{ATOM}author"), entry.find(f"{OURS}disclosure")
    retraction = entry.find(f"{OURS}retraction")
    titles = [author.findtext(f"{OURS}{name}") for name in ("title", "affiliation")]
    return (
        (text_of(author, "name"), *titles, text_of(author, "uri").rpartition("/")[2]),
        (text_of(entry, "published"), text_of(entry, "updated")),
        int(entry.findtext(f"{OURS}revision")),
        (disclosure.get("declared_at"), [dict(interest.attrib) for interest in disclosure]),
        _cited(entry),
        [(each.get("at"), each.text) for each in entry.findall(f"{OURS}correction")],
        None if retraction is None else (retraction.get("at"), retraction.text),
    )


def _source(citation: dict[str, Any]) -> dict[str, Any]:
    """Give a source of the structured data under the names of the JSON."""
    names = {"name": "title", "url": "url", "creditText": "author", "datePublished": "date", "pagination": "locator"}
    said = {ours: citation[theirs] for theirs, ours in names.items() if theirs in citation}
    return said | ({"publisher": citation["publisher"]["name"]} if "publisher" in citation else {})


def _cited(entry: Any) -> list[dict[str, Any]]:
    """Give the sources that an entry names, and demand that its links are the same ones."""
    cited = [dict(each.attrib) for each in entry.findall(f"{OURS}citation")]
    related = [(link.get("href"), link.get("title")) for link in links(entry, "related")]
    assert related == [(each["url"], each["title"]) for each in cited]
    return cited


def of_data(data: Any) -> Any:
    """Read what must agree from the structured data."""
    author, disclosure = data["author"], data["hasPart"]
    is_retracted = data["creativeWorkStatus"] == "Retracted"
    corrections = [(each["datePublished"], each.get("text")) for each in data.get("correction", [])]
    *noted, last = [*corrections, None] if not is_retracted else corrections
    return (
        (author["name"], author["jobTitle"], author["affiliation"]["name"], author["@id"].rpartition("/")[2]),
        (data["datePublished"], data["dateModified"]),
        data["version"],
        (
            disclosure["dateCreated"],
            [
                _stated({"kind": each["propertyID"], "party": each["value"], "detail": each.get("description")})
                for each in disclosure["about"]
            ],
        ),
        [_source(citation) for citation in data.get("citation", [])],
        noted,
        last and (last[0], last[1].partition(": ")[2]),
    )
