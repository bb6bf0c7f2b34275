"""Prove what probes and scrapers are told."""

import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.routers import health
from models.database import Sizes
from tests.service import Person, Service, running_service

TOKEN = "scrape-" + "t" * 32


def refusal(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def close_database(service: Service) -> None:
    assert service.client.portal is not None
    service.client.portal.call(service.app.state.services.database.close)


class TestProcess:
    """/healthz"""

    def test_a_process_that_runs_says_so(self, service: Service) -> None:
        answer = service.nobody.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"

    def test_it_runs_whatever_the_database_does(self, service: Service) -> None:
        close_database(service)
        assert service.nobody.get("/healthz").status_code == 200

    def test_a_bad_token_is_refused_here_too(self, service: Service) -> None:
        for path in ("/healthz", "/readyz"):
            assert refusal(service.nobody.get(path, authorization="Bearer x")) == (401, "unauthenticated")


class TestReadiness:
    """/readyz"""

    def test_a_database_that_answers_at_the_newest_migration_is_ready(self, service: Service) -> None:
        answer = service.nobody.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"

    def test_an_older_migration_is_not(self, service: Service) -> None:
        def go_back(session: Session) -> None:
            session.execute(text("UPDATE alembic_version SET version_num = 'older'"))

        service.write(go_back)
        assert refusal(service.nobody.get("/readyz")) == (503, "unavailable")

    def test_a_database_without_migrations_is_not(self, service: Service) -> None:
        service.write(lambda session: session.execute(text("DELETE FROM alembic_version")) and None)
        assert refusal(service.nobody.get("/readyz")) == (503, "unavailable")

    def test_a_database_that_is_gone_is_not(self, service: Service) -> None:
        close_database(service)
        answer = service.nobody.get("/readyz")
        assert refusal(answer) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0

    def test_a_database_that_does_not_answer_in_time_is_not(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(health, "READY_WITHIN_SECONDS", 0.2)
        database, is_over = service.app.state.services.database, threading.Event()

        def wait(_: Session) -> None:
            is_over.wait(20)

        assert service.client.portal is not None
        stuck = [service.client.portal.start_task_soon(database.read, wait) for _ in range(Sizes().readers)]
        try:
            assert refusal(service.nobody.get("/readyz")) == (503, "unavailable")
        finally:
            is_over.set()
            for call in stuck:
                call.result(20)


class TestCounters:
    """/metrics"""

    @pytest.fixture
    def guarded(self, database_url: str, tmp_path: Any) -> Any:
        with running_service(database_url, tmp_path, metrics_token=TOKEN) as service:
            yield service

    def test_without_a_configured_token_anyone_reads_them(self, service: Service) -> None:
        service.nobody.get("/v1/articles")
        answer = service.nobody.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert answer.headers["cache-control"] == "no-store"
        assert 'forum_answers_total{method="GET",route="/v1/articles",status="200"}' in answer.text
        assert 'forum_answer_seconds_count{method="GET",route="/v1/articles"}' in answer.text

    def test_the_configured_token_reads_them(self, guarded: Service) -> None:
        for scheme in ("Bearer", "bearer"):
            assert guarded.nobody.get("/metrics", authorization=f"{scheme} {TOKEN}").status_code == 200

    @pytest.mark.parametrize(
        "header",
        [f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer ", "Bearer \xe9"],
    )
    def test_anything_else_does_not(self, guarded: Service, header: str) -> None:
        answer = guarded.client.get("/metrics", headers={"Authorization": header.encode("latin-1")})
        assert refusal(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_two_tokens_are_none(self, guarded: Service) -> None:
        lines = [("Authorization", f"Bearer {TOKEN}")] * 2
        assert refusal(guarded.client.get("/metrics", headers=lines)) == (401, "unauthenticated")

    def test_neither_nobody_nor_an_administrator_reads_them(self, guarded: Service) -> None:
        people: list[Person] = [guarded.nobody, guarded.person("admin")]
        for person in people:
            assert refusal(person.get("/metrics")) == (401, "unauthenticated")
