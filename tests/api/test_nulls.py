"""Nulls in changes: one that clears nothing is refused where it stands, and the schema says so."""

from typing import Any

import pytest

from tests.service import Person, Service

NULLS = {
    "a title": ("/v1/articles/{article}", {"title": None}, "/title"),
    "a language": ("/v1/articles/{article}", {"language": None, "section": None}, "/language"),
    "a discussion": ("/v1/articles/{article}", {"discussion": None}, "/discussion"),
    "a setting of a discussion": ("/v1/articles/{article}", {"discussion": {"state": None}}, "/discussion/state"),
    "a name": ("/v1/me", {"display_name": None}, "/display_name"),
    "a locale": ("/v1/me", {"locale": None}, "/locale"),
    "the state of a rule": ("/v1/moderation/rules/{rule}", {"state": None}, "/state"),
    "a threshold": ("/v1/moderation/screening", {"most_links": None}, "/most_links"),
    "the events of a webhook": ("/v1/webhooks/{webhook}", {"events": None}, "/events"),
}


class TestNulls:
    @pytest.mark.parametrize(("path", "body", "pointer"), NULLS.values(), ids=NULLS)
    @pytest.mark.long_table
    def test_what_cannot_be_empty_is_not_cleared(self, service: Service, path: str, body: Any, pointer: str) -> None:
        editor = service.person("editor")
        there = path.format(**made(service, editor))
        before = editor.get(there).json()
        answer = editor.patch(there, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert editor.get(there).json() == before

    def test_new_article_may_name_what_it_does_not_have(self, service: Service) -> None:
        nothing = dict.fromkeys(("body", "summary", "source_url", "slug", "language", "published_at", "discussion"))
        answer = service.person("editor").post("/v1/articles", {"title": "مياه", **nothing})
        assert (answer.status_code, answer.json()["language"]) == (201, "ar")

    def test_schema_names_as_nullable_what_null_clears(self, service: Service) -> None:
        shapes = service.nobody.get("/openapi.json").json()["components"]["schemas"]
        article = shapes["ArticleUpdate"]["properties"]
        assert [name for name in article if "anyOf" in article[name]] == ["body", "summary", "source_url", "section"]
        assert article["title"]["type"] == "string"


def made(service: Service, editor: Person) -> dict[str, str]:
    """Make one of each thing that is changed here, and give their ids."""
    rule = editor.post("/v1/moderation/rules", {"phrase": "كلب", "action": "hold"})
    webhook = editor.post("/v1/webhooks", {"url": "https://example.org/hook", "events": ["comment.created"]})
    things = {"article": service.article(editor), "rule": rule.json(), "webhook": webhook.json()}
    return {name: thing["id"] for name, thing in things.items()}
