"""What a CDN is told: how long it may keep a page, and by which keys to drop it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import Service, running_service


@pytest.fixture
def behind_cdn(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service as it is set up behind a CDN."""
    with running_service(database_url, tmp_path, cdn_seconds=30) as service:
        yield service


class TestKeys:
    @pytest.mark.parametrize(
        "path", ["", "/comments", "/comments?sort=top", "/analyses", "/changes?after=0", "/feed.atom"]
    )
    @pytest.mark.long_table
    def test_pages_of_an_article_bear_its_id_rendered_or_kept(self, behind_cdn: Service, path: str) -> None:
        article = behind_cdn.article()
        for answer in (behind_cdn.nobody.get(f"/v1/articles/{article['slug']}{path}") for _ in range(2)):
            assert (answer.status_code, answer.headers.get("surrogate-key")) == (200, article["id"])
            assert "s-maxage=30" in answer.headers["cache-control"]

    def test_counts_bear_the_ids_of_all_that_they_count(self, behind_cdn: Service) -> None:
        ids = [behind_cdn.article()["id"] for _ in range(3)]
        answer = behind_cdn.nobody.get("/v1/counts?" + "&".join(f"article={article_id}" for article_id in ids))
        assert sorted(answer.headers["surrogate-key"].split()) == sorted(ids)

    def test_a_page_found_unchanged_still_bears_its_key(self, behind_cdn: Service) -> None:
        path = f"/v1/articles/{behind_cdn.article()['id']}/comments"
        tag = behind_cdn.nobody.get(path).headers["etag"]
        answer = behind_cdn.nobody.get(path, if_none_match=tag)
        assert (answer.status_code, "surrogate-key" in answer.headers) == (304, True)

    def test_what_is_asked_for_with_credentials_bears_none_and_is_not_kept(self, behind_cdn: Service) -> None:
        path = f"/v1/articles/{behind_cdn.article()['id']}/comments"
        answer = behind_cdn.person().get(path)
        assert (answer.headers["cache-control"], "surrogate-key" in answer.headers) == ("private, no-store", False)

    def test_a_refusal_bears_none(self, behind_cdn: Service) -> None:
        answer = behind_cdn.nobody.get("/v1/articles/unknown/comments")
        assert (answer.headers["cache-control"], "surrogate-key" in answer.headers) == ("no-store", False)


class TestWithoutCdn:
    def test_no_key_leaves(self, database_url: str, tmp_path: Path) -> None:
        with running_service(database_url, tmp_path) as service:
            article = service.article()
            assert "surrogate-key" not in service.nobody.get(f"/v1/articles/{article['id']}/comments").headers
