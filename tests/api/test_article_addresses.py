"""Addresses of articles: slugs in any spelling, and the article behind a page's address."""

from urllib.parse import quote
from uuid import UUID

import pytest
from sqlmodel import Session

from forum.articles import change_article
from models.versions import ANY
from tests.beside import beside
from tests.service import Person, Service


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="هيئة التحرير")


class TestSlugs:
    def test_slug_is_made_from_the_title_and_told_apart_by_number(self, service: Service, editor: Person) -> None:
        slugs = [service.article(editor, title="الماءُ، والريف!")["slug"] for _ in range(3)]
        assert slugs == ["الماء-والريف", "الماء-والريف-2", "الماء-والريف-3"]

    def test_many_articles_of_one_title_all_find_a_slug(self, service: Service, editor: Person) -> None:
        assert len({service.article(editor, title="خبر")["slug"] for _ in range(8)}) == 8

    def test_slug_asked_for_by_name_is_unique_in_every_spelling(self, service: Service, editor: Person) -> None:
        service.article(editor, slug="إدارة-المياه")
        for spelling in ("إدارة-المياه", "ادارة-المياه", "إداره-المياه"):
            answer = editor.post("/v1/articles", {"title": "عنوان", "slug": spelling})
            assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken"), spelling

    def test_article_is_found_by_another_spelling_of_its_slug(self, service: Service, editor: Person) -> None:
        article = service.article(editor, slug="إدارة-المياه")
        for spelling in ("إدارة-المياه", "ادارة-المياه", "إِدَارَة-المياه", "إدارة-الميـاه"):
            found = service.nobody.get(f"/v1/articles/{quote(spelling)}")
            assert found.json()["id"] == article["id"], spelling

    def test_slug_can_be_changed_but_not_to_anothers(self, service: Service, editor: Person) -> None:
        service.article(editor, slug="أول")
        second = service.article(editor, slug="ثان")
        path = f"/v1/articles/{second['id']}"
        assert editor.patch(path, {"slug": "اول"}).json()["code"] == "slug_taken"
        assert editor.patch(path, {"slug": "ثان-جديد"}).status_code == 200
        assert service.nobody.get(f"/v1/articles/{quote('ثان')}").status_code == 404
        assert service.nobody.get(f"/v1/articles/{quote('ثان-جديد')}").json()["id"] == second["id"]

    def test_of_two_articles_that_take_a_slug_at_once_one_is_refused(self, service: Service, editor: Person) -> None:
        first, second = (UUID(service.article(editor)["id"]) for _ in range(2))

        def changing(session: Session) -> None:
            change_article(session, first, {}, slug="إدارة", expected=ANY, now=service.clock())

        answer = beside(service, changing, lambda: editor.patch(f"/v1/articles/{second}", {"slug": "ادارة"}))
        assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")
        assert service.nobody.get(f"/v1/articles/{quote('إدارة')}").json()["id"] == str(first)

    def test_a_name_that_folds_to_nothing_names_no_article(self, service: Service, editor: Person) -> None:
        article_id = service.article(editor)["id"]
        service.write(change_article, UUID(article_id), {}, slug="ۥ", expected=ANY, now=service.clock())
        for name in ("%20", quote("ۥ")):
            for path in ("", "/comments", "/analyses", "/changes?after=0", "/feed.atom"):
                assert service.nobody.get(f"/v1/articles/{name}{path}").status_code == 404, path
            counts = service.nobody.get(f"/v1/counts?article={name}&article={article_id}")
            # The schema takes no name of white space alone.
            found = [item["article"] for item in counts.json().get("items", ())]
            assert found == ([article_id] if counts.status_code == 200 else []), name
        assert service.nobody.get(f"/v1/articles/{article_id}").json()["slug"] == "ۥ"

    def test_slug_can_take_another_spelling_of_itself(self, service: Service, editor: Person) -> None:
        article = service.article(editor, slug="ادارة")
        assert editor.patch(f"/v1/articles/{article['id']}", {"slug": "إدارة"}).json()["slug"] == "إدارة"


class TestLookup:
    @pytest.mark.parametrize(
        "url",
        [
            pytest.param("https://example.org/مقال/الماء", id="as it was given"),
            pytest.param("https://example.org/%D9%85%D9%82%D8%A7%D9%84/%D8%A7%D9%84%D9%85%D8%A7%D8%A1", id="encoded"),
            pytest.param("http://example.org/مقال/الماء", id="over http"),
            pytest.param("https://www.example.org/مقال/الماء/", id="with www and a closing slash"),
            pytest.param("https://EXAMPLE.org:443/مقال/الماء#تعليقات", id="with port and fragment"),
            pytest.param("https://example.org/مقال/الماء?utm_source=x&fbclid=y", id="with tracking parameters"),
        ],
    )
    @pytest.mark.long_table
    def test_page_is_recognised_behind_the_forms_of_its_address(
        self, service: Service, editor: Person, url: str
    ) -> None:
        article = service.article(editor, source_url="https://example.org/مقال/الماء")
        assert service.nobody.get(f"/v1/articles/lookup?url={quote(url)}").json() == article

    def test_newest_article_of_a_page_is_the_one_found(self, service: Service, editor: Person) -> None:
        urls = [service.article(editor, source_url="https://example.org/x")["id"] for _ in range(2)]
        assert service.nobody.get("/v1/articles/lookup?url=https://example.org/x").json()["id"] == urls[-1]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            pytest.param("?url=https://example.org/none", 404, id="an unknown page is not found"),
            pytest.param("?url=https://[", 404, id="half an address is no page"),
            pytest.param("?url=https://example.org:99999999/", 404, id="nor is one with an impossible port"),
            pytest.param("?url=", 422, id="an empty address is refused"),
            pytest.param("?url=%00", 422, id="NUL is refused"),
            pytest.param("", 422, id="an address is needed"),
        ],
    )
    def test_what_names_no_page_finds_none(self, service: Service, query: str, status: int) -> None:
        assert service.nobody.get(f"/v1/articles/lookup{query}").status_code == status
