"""A replica serves anonymous pages only while it has caught up with the primary."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from tests.databases import TEMPLATE, empty
from tests.postgres import Server
from tests.service import Service, running_service


@pytest.fixture
def replica_url(postgresql_server: Server, worker_id: str) -> Iterator[str]:
    """Give a second database that a test brings to where a replica would be."""
    name = f"replica_{worker_id}"
    yield postgresql_server.create_database(name, template=TEMPLATE)
    postgresql_server.drop_database(name)


@pytest.fixture
def service(postgresql_url: str, replica_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service on PostgreSQL with a replica."""

    with running_service(postgresql_url, tmp_path, database_read_url=replica_url) as service:
        yield service
    empty(postgresql_url)


def copy_articles(source: str, target: str, *, title: str) -> None:
    """Bring the articles of the replica to those of the primary, under a title that tells them apart."""
    with psycopg.connect(source) as primary, psycopg.connect(target) as replica:
        rows = primary.execute("SELECT row_to_json(articles)::text FROM articles").fetchall()
        for (row,) in rows:
            replica.execute("INSERT INTO articles SELECT * FROM json_populate_record(NULL::articles, %s)", [row])
        replica.execute("UPDATE articles SET title = %s", [title])


class TestReplica:
    def test_page_comes_from_a_replica_that_has_caught_up(
        self, service: Service, postgresql_url: str, replica_url: str
    ) -> None:
        article = service.article(title="الأصل")
        copy_articles(postgresql_url, replica_url, title="النسخة")
        path = f"/v1/articles/{article['id']}"
        assert service.nobody.get(path).json()["title"] == "النسخة"
        assert service.person().get(path).json()["title"] == "الأصل"

    def test_page_comes_from_the_primary_while_the_replica_lags(
        self, service: Service, postgresql_url: str, replica_url: str
    ) -> None:
        editor = service.person("editor")
        article = service.article(editor, title="الأصل")
        copy_articles(postgresql_url, replica_url, title="النسخة")
        path = f"/v1/articles/{article['id']}"
        assert editor.patch(path, {"summary": "جديد"}).status_code == 200
        assert service.nobody.get(path).json()["title"] == "الأصل"

    def test_what_a_replica_says_makes_nothing_known_of_the_primary(
        self, service: Service, postgresql_url: str, replica_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        article = service.article(title="الأصل")
        copy_articles(postgresql_url, replica_url, title="النسخة")
        trusted: list[object] = []
        monkeypatch.setattr(service.app.state.versions, "trust", lambda versions, **_: trusted.append(versions))
        path = f"/v1/articles/{article['id']}"
        assert service.nobody.get(path).json()["title"] == "النسخة"
        assert trusted == []
        assert service.person().get(path).json()["title"] == "الأصل"
        assert len(trusted) == 1

    def test_what_has_not_arrived_is_read_from_the_primary(self, service: Service) -> None:
        article = service.article(title="الأصل")
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["title"] == "الأصل"
        assert service.nobody.get(f"/v1/articles/{article['id']}/comments").json()["items"] == []

    def test_replica_that_is_gone_costs_no_answer(
        self, postgresql_url: str, tmp_path: Path, postgresql_server: Server
    ) -> None:
        nowhere = "postgresql://127.0.0.1:1/none"
        with running_service(postgresql_url, tmp_path, database_read_url=nowhere) as service, capture_logs() as logs:
            articles = [service.article(title="الأصل") for _ in range(3)]
            for article in articles:
                assert service.nobody.get(f"/v1/articles/{article['id']}").json()["title"] == "الأصل"
        # Once it did not answer, it is left alone for a while.
        assert [line["event"] for line in logs].count("replica not read") == 1
