"""Articles: editors put them up, everybody finds them by id, slug or address, and counts them together."""

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from tests.service import Person, Service

FIELDS = {
    "id",
    "slug",
    "title",
    "source_url",
    "language",
    "summary",
    "body_html",
    "published_at",
    "section",
    "discussion",
    "counts",
    "seq",
}
NOON = "2026-02-01T12:00:00Z"


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="هيئة التحرير")


class TestCreating:
    def test_only_editors_put_articles_up(self, service: Service) -> None:
        body = {"title": "عنوان"}
        answers = {role: service.person(role).post("/v1/articles", body) for role in ("expert", "moderator")}
        answers["member"] = service.person().post("/v1/articles", body)
        assert {role: (answer.status_code, answer.json()["code"]) for role, answer in answers.items()} == dict.fromkeys(
            answers, (403, "forbidden")
        )
        assert service.nobody.post("/v1/articles", body).status_code == 401
        assert service.person("admin").post("/v1/articles", body).status_code == 201

    def test_title_alone_makes_an_open_premoderated_discussion_for_members(self, editor: Person) -> None:
        answer = editor.post("/v1/articles", {"title": "مياه الأنهار"})
        article = answer.json()
        assert answer.status_code == 201
        assert set(article) == FIELDS
        assert article["discussion"] == {
            "state": "open",
            "moderation": "pre",
            "participants": "members",
            "closes_at": None,
        }
        assert article["counts"] == {"comments": 0, "analyses": 0}
        assert (article["summary"], article["body_html"], article["source_url"], article["section"]) == (
            "",
            "",
            None,
            None,
        )
        assert article["language"] == "ar"
        assert article["published_at"] == "2026-03-01T09:00:00.000000Z"
        assert UUID(article["id"]).version == 7
        assert answer.headers["location"] == f"/v1/articles/{article['id']}"

    def test_everything_given_is_shown_as_given(self, service: Service, editor: Person) -> None:
        given = {
            "title": "Water  in the city",
            "summary": "سطر\nوسطر\tآخر",
            "source_url": "https://example.org/a?b=1#c",
            "slug": "مياه-المدينة_2",
            "language": "en-GB",
            "section": "سياسة",
        }
        discussion = {"moderation": "trusted", "participants": "experts", "closes_at": "2026-05-01T00:00:00+03:00"}
        body = given | {"body": "**نص**", "published_at": NOON, "discussion": discussion}
        article = editor.post("/v1/articles", body).json()
        assert {name: article[name] for name in given} == given
        assert article["body_html"] == '<p dir="auto"><strong>نص</strong></p>\n'
        assert article["published_at"] == "2026-02-01T12:00:00.000000Z"
        assert article["discussion"] == discussion | {"state": "open", "closes_at": "2026-04-30T21:00:00.000000Z"}
        assert service.nobody.get(f"/v1/articles/{article['id']}").json() == article

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            pytest.param({}, "/title", id="a title is needed"),
            pytest.param({"title": "\u0640\u200f \u3164"}, "/title", id="a title that nobody could see is none"),
            pytest.param({"title": "x" * 301}, "/title", id="a title has at most 300 code points"),
            pytest.param({"summary": "x" * 2_001}, "/summary", id="a summary has at most 2000"),
            pytest.param({"body": "x" * 100_001}, "/body", id="a body has at most 100000"),
            pytest.param({"slug": "lookup"}, "/slug", id="the word of the lookup route is no slug"),
            pytest.param({"slug": "LookUp"}, "/slug", id="nor is it in other letters"),
            pytest.param({"slug": "0199c9e0-0000-7000-8000-000000000000"}, "/slug", id="nothing that is a UUID"),
            pytest.param({"slug": "0199C9E000007000800000000000000A"}, "/slug", id="nothing shaped like a UUID"),
            pytest.param({"slug": "ｌｏｏｋｕｐ"}, "/slug", id="nor what folds to the word"),
            pytest.param({"slug": "0199c9ｅ0-0000-7000-8000-000000000000"}, "/slug", id="nor what folds to a UUID"),
            pytest.param({"slug": "ۥ"}, "/slug", id="nor what folds to nothing"),
            pytest.param({"slug": "ﷺ" * 120}, "/slug", id="nor what folds to more than is kept"),
            pytest.param({"slug": "a b"}, "/slug", id="a slug has no spaces"),
            pytest.param({"slug": "a/b"}, "/slug", id="a slug is one step of a path"),
            pytest.param({"slug": ""}, "/slug", id="a slug is not empty"),
            pytest.param({"source_url": "javascript:alert(1)"}, "/source_url", id="an address is http or https"),
            pytest.param({"source_url": "https://"}, "/source_url", id="an address names a host"),
            pytest.param({"published_at": 1_700_000_000}, "/published_at", id="an instant is text"),
            pytest.param({"published_at": "0001-01-01T00:00:00+14:00"}, "/published_at", id="an instant exists in UTC"),
            pytest.param({"language": "عربي"}, "/language", id="a language is a tag"),
            pytest.param({"discussion": {"state": "paused"}}, "/discussion/state", id="a state is open or closed"),
            pytest.param({"discussion": {"open": True}}, "/discussion/open", id="settings are closed too"),
            pytest.param({"seq": 7}, "/seq", id="nobody sets the number"),
            pytest.param({"counts": {"comments": 9}}, "/counts", id="nobody sets the counts"),
            pytest.param({"body_html": "<b>"}, "/body_html", id="nobody sends HTML"),
        ],
    )
    @pytest.mark.long_table
    def test_what_no_article_may_be_is_refused_by_field(self, editor: Person, body: Any, pointer: str) -> None:
        answer = editor.post("/v1/articles", ({"title": "عنوان"} if body else {}) | body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    @pytest.mark.parametrize(
        ("slug", "code"), [("ｌｏｏｋｕｐ", "slug_reserved"), ("0" * 32, "slug_reserved"), ("ۥ", "slug_malformed")]
    )
    def test_refusal_of_a_slug_says_whether_its_form_or_its_meaning_is_wrong(
        self, editor: Person, slug: str, code: str
    ) -> None:
        answer = editor.post("/v1/articles", {"title": "عنوان", "slug": slug})
        assert [error["code"] for error in answer.json()["errors"]] == [code]

    def test_longest_texts_are_taken_by_code_points(self, editor: Person) -> None:
        body = {"title": "ع" * 300, "summary": "🌊" * 2_000, "body": "ماء " * 25_000, "slug": "ع" * 120}
        assert editor.post("/v1/articles", body).status_code == 201

    def test_address_of_the_greatest_length_is_kept_and_found(self, service: Service, editor: Person) -> None:
        letters = "".join(chr(0x0621 + (number * 7919) % 26) for number in range(960))
        url = f"https://example.org/{letters}?q={letters}"
        article = editor.post("/v1/articles", {"title": "عنوان", "source_url": url})
        assert article.status_code == 201
        found = service.nobody.get(f"/v1/articles/lookup?url={quote(url)}")
        assert found.json()["id"] == article.json()["id"]


class TestReading:
    def test_id_and_slug_name_the_same_article_with_the_same_bytes(self, service: Service, editor: Person) -> None:
        article = service.article(editor)
        by_id, by_slug = (service.nobody.get(f"/v1/articles/{name}") for name in (article["id"], article["slug"]))
        assert (by_id.content, by_id.headers["etag"]) == (by_slug.content, by_slug.headers["etag"])
        assert by_id.headers["cache-control"] == "public, max-age=0, must-revalidate"
        again = service.nobody.get(f"/v1/articles/{article['id']}", if_none_match=by_id.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("name", [str(uuid4()), "لا-شيء", "0199C9E0", "%00"], ids=["id", "slug", "half", "nul"])
    def test_unknown_name_is_not_found(self, service: Service, name: str) -> None:
        assert service.nobody.get(f"/v1/articles/{name}").status_code == 404

    def test_list_runs_from_the_newest_and_pages_without_gap_or_repeat(self, service: Service, editor: Person) -> None:
        days = ["2026-01-02", "2026-01-03", "2026-01-01", "2026-01-03", "2026-01-02"]
        made = [service.article(editor, title=f"خبر {day}", published_at=f"{day}T00:00:00Z") for day in days]
        expected = sorted(made, key=lambda article: (article["published_at"], article["id"]), reverse=True)
        assert service.nobody.get("/v1/articles").json()["items"] == expected
        paged, path = [], "/v1/articles?limit=2"
        while path:
            page = service.nobody.get(path)
            paged += page.json()["items"]
            path = page.links["next"]["url"] if page.json()["next"] else ""
        assert paged == expected

    def test_list_is_narrowed_by_section_language_and_words(self, service: Service, editor: Person) -> None:
        first = service.article(editor, title="إدارةُ الميـاه", section="سياسة", language="ar")
        second = service.article(editor, title="Water", summary="في السياسة المائية", section="علم", language="EN-gb")
        service.article(editor, title="100% قطن", language="ar")
        wanted = {
            "section=" + quote("سياسة"): [first],
            "section=" + quote("علم"): [second],
            "language=en": [second],
            "language=en-GB": [second],
            "language=e": [],
            "language=en-": [],
            "q=" + quote("اداره المياه"): [first],
            "q=" + quote("المياه اداره"): [first],
            "q=" + quote("المياه السياسة"): [],
            "q=WATER": [second],
            "q=" + quote("المائية water"): [second],
            "q=" + quote("السياسه"): [second],
            "q=%25": ["100%"],
            "q=_": [],
            "language=en&q=" + quote("المياه"): [],
        }
        for query, articles in wanted.items():
            titles = [found["title"] for found in service.nobody.get(f"/v1/articles?{query}").json()["items"]]
            expected = [article["title"] if isinstance(article, dict) else "100% قطن" for article in articles]
            assert titles == expected, query

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "q=%00", "cursor=" + "A" * 44, "q=" + "a" * 201]
    )
    def test_parameters_that_mean_nothing_are_refused(self, service: Service, query: str) -> None:
        assert service.nobody.get(f"/v1/articles?{query}").status_code == 422

    def test_cursor_of_one_list_opens_no_other(self, service: Service, editor: Person) -> None:
        for _ in range(2):
            service.article(editor, section="علم")
        cursor = service.nobody.get("/v1/articles?limit=1").json()["next"]
        answer = service.nobody.get(f"/v1/articles?limit=1&section={quote('علم')}&cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


class TestChanging:
    def test_only_editors_change_articles(self, service: Service, editor: Person) -> None:
        path = f"/v1/articles/{service.article(editor)['id']}"
        etag = service.nobody.get(path).headers["etag"]
        for who in (service.person(), service.person("expert"), service.person("moderator")):
            assert who.patch(path, {"title": "آخر"}, if_match=etag).status_code == 403
        assert service.nobody.patch(path, {"title": "آخر"}, if_match=etag).status_code == 401
        assert editor.patch(f"/v1/articles/{uuid4()}", {"title": "آخر"}).status_code == 404

    def test_fields_left_out_stay_and_null_clears(self, service: Service, editor: Person) -> None:
        article = service.article(editor, summary="ملخص", section="علم", source_url="https://example.org/", body="نص")
        path = f"/v1/articles/{article['id']}"
        changed = editor.patch(path, {"title": "آخر", "section": None, "source_url": None, "body": None}).json()
        expected = {"title": "آخر", "section": None, "source_url": None, "body_html": "", "seq": article["seq"] + 1}
        assert changed == article | expected
        assert service.nobody.get("/v1/articles/lookup?url=https://example.org/").status_code == 404

    def test_discussion_settings_change_one_by_one(self, service: Service, editor: Person) -> None:
        path = f"/v1/articles/{service.article(editor)['id']}"
        settings = {"moderation": "post", "participants": "experts", "closes_at": NOON, "state": "closed"}
        seen = editor.get(path).json()["discussion"]
        for name, value in settings.items():
            seen |= {name: "2026-02-01T12:00:00.000000Z" if name == "closes_at" else value}
            assert editor.patch(path, {"discussion": {name: value}}).json()["discussion"] == seen
        assert editor.patch(path, {"discussion": {"closes_at": None}}).json()["discussion"]["closes_at"] is None

    def test_change_needs_the_version_that_was_read(self, service: Service, editor: Person) -> None:
        path = f"/v1/articles/{service.article(editor)['id']}"
        first = editor.get(path).headers["etag"]
        assert editor.send("PATCH", path, {"title": "ب"}).json()["code"] == "precondition_required"
        assert editor.patch(path, {"title": "ب"}, if_match=first).status_code == 200
        assert editor.patch(path, {"title": "ج"}, if_match=first).json()["code"] == "stale"
        assert editor.patch(path, {"title": "ج"}, if_match=f"W/{editor.get(path).headers['etag']}").status_code == 412
        assert editor.get(path).json()["title"] == "ب"

    def test_comments_and_closing_in_between_do_not_make_the_version_stale(
        self, service: Service, editor: Person, member: Person
    ) -> None:
        article = service.article(editor, discussion={"moderation": "post"})
        path = f"/v1/articles/{article['id']}"
        etag = editor.get(path).headers["etag"]
        service.comment(member, article)
        assert editor.get(path).headers["etag"] != etag
        assert editor.patch(path, {"title": "ب"}, if_match=etag).status_code == 200

    def test_same_values_again_change_nothing(self, service: Service, editor: Person) -> None:
        article = service.article(editor, summary="ملخص", published_at=NOON)
        path = f"/v1/articles/{article['id']}"
        before = service.nobody.get(path)
        same = {"title": article["title"], "summary": "ملخص", "published_at": "2026-02-01T15:00:00+03:00"}
        assert editor.patch(path, same | {"discussion": {}, "slug": article["slug"]}).status_code == 200
        after = service.nobody.get(path)
        assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


class TestCounts:
    def test_hundred_articles_are_counted_in_the_order_asked(
        self, service: Service, editor: Person, member: Person
    ) -> None:
        articles = [service.article(editor, discussion={"moderation": "post"}) for _ in range(3)]
        for number in range(2):
            service.comment(member, articles[1], f"تعليق {number}")
        names = [articles[2]["slug"], articles[1]["id"], str(uuid4()), "لا-شيء", articles[0]["id"]]
        names += [str(uuid4()) for _ in range(95)]
        answer = service.nobody.get("/v1/counts?" + "&".join(f"article={quote(name)}" for name in names))
        assert answer.json() == {
            "items": [
                {"article": articles[2]["slug"], "comments": 0, "analyses": 0},
                {"article": articles[1]["id"], "comments": 2, "analyses": 0},
                {"article": articles[0]["id"], "comments": 0, "analyses": 0},
            ]
        }

    def test_article_is_counted_under_each_name_asked_with(self, service: Service, editor: Person) -> None:
        article = service.article(editor, slug="إدارة")
        names = [article["id"], "إدارة", "ادارة", article["id"].upper()]
        items = service.nobody.get("/v1/counts?" + "&".join(f"article={quote(name)}" for name in names)).json()["items"]
        assert [item["article"] for item in items] == names

    @pytest.mark.parametrize(
        "query",
        [
            pytest.param("", id="at least one article is named"),
            pytest.param("&".join(["article=a"] * 101), id="at most a hundred are"),
            pytest.param("article=%00", id="NUL names none"),
        ],
    )
    def test_other_numbers_of_articles_are_refused(self, service: Service, query: str) -> None:
        assert service.nobody.get(f"/v1/counts?{query}").status_code == 422
