"""Prove that the reference needs nothing from elsewhere and that the document tells the truth."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from api.routers.documentation import FOLDER
from tests.databases import copy_sqlite
from tests.service import Service, running_service


@pytest.fixture(scope="module")
def service(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run the service once and on one engine, since no route here asks the database."""
    folder = tmp_path_factory.mktemp("documentation")
    with running_service(copy_sqlite(sqlite_template, folder / "forum.db"), folder) as service:
        yield service


@pytest.fixture
def document(service: Service) -> Any:
    return service.nobody.get("/openapi.json").json()


class Page(HTMLParser):
    """Collect what a page loads and what stands in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def addresses(self) -> list[str]:
        loaded = [given.get("src") or given.get("href") or "" for tag, given in self.tags if tag in {"script", "link"}]
        return [address for address in loaded if address != "data:,"]


@pytest.fixture
def page(service: Service) -> Page:
    return Page(service.nobody.get("/docs").text)


class TestPage:
    """/docs"""

    def test_runs_under_a_policy_that_lets_in_its_own_files_only(self, service: Service) -> None:
        answer = service.nobody.get("/docs")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
        assert policy["img-src"] == "'self' data:"
        assert "unsafe" not in str(policy)

    def test_says_its_language_and_direction(self, page: Page) -> None:
        assert ("html", {"lang": "en", "dir": "ltr"}) in page.tags

    def test_holds_no_script_or_style_of_its_own(self, page: Page) -> None:
        assert [given for tag, given in page.tags if tag == "script" and not given.get("src")] == []
        assert [tag for tag, given in page.tags if tag == "style" or "style" in given] == []
        assert [name for _, given in page.tags for name in given if name.startswith("on")] == []

    def test_loads_four_files_from_below_itself_which_caches_keep(self, service: Service, page: Page) -> None:
        assert len(page.addresses()) == 4
        for address in page.addresses():
            answer = service.nobody.get(f"/{address}")
            kind = "text/javascript" if address.endswith(".js") else "text/css"
            assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            again = service.nobody.get(f"/{address}", if_none_match=answer.headers["etag"])
            assert (again.status_code, again.content) == (304, b"")
            lines = [("If-None-Match", '"x"'), ("If-None-Match", answer.headers["etag"])]
            assert service.client.get(f"/{address}", headers=lines).status_code == 304

    def test_its_styles_load_nothing_from_elsewhere(self) -> None:
        for path in FOLDER.glob("*.css"):
            styles = path.read_text()
            assert "@import" not in styles
            assert set(re.findall(r"url\(\s*[\"']?(.{5})", styles)) <= {"data:"}, path.name

    @pytest.mark.parametrize(
        "name", ["README.md", "LICENSE", "..%2f..%2froutes.py", "%2e%2e/documentation.py", "swagger-ui.css/"]
    )
    def test_other_files_are_not_served(self, service: Service, page: Page, name: str) -> None:
        folder = page.addresses()[0].rpartition("/")[0]
        assert service.nobody.get(f"/{folder}/{name}").status_code == 404

    def test_files_of_another_version_are_not_served(self, service: Service) -> None:
        assert service.nobody.get("/docs/0123456789abcdef/swagger-ui.css").status_code == 404

    def test_a_bad_token_is_refused_here_too(self, service: Service, page: Page) -> None:
        for path in ("/docs", "/openapi.json", f"/{page.addresses()[0]}"):
            assert service.nobody.get(path, authorization="Bearer x").status_code == 401


class TestDocument:
    """/openapi.json"""

    def test_has_an_etag(self, service: Service) -> None:
        answer = service.nobody.get("/openapi.json")
        assert answer.headers["content-type"] == "application/json"
        assert service.nobody.get("/openapi.json", if_none_match=answer.headers["etag"]).status_code == 304

    def test_every_reference_leads_somewhere(self, document: Any) -> None:
        for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
            place = document
            for step in reference.split("/"):
                place = place[step]

    def test_every_operation_tells_of_refusals_as_they_are(self, document: Any) -> None:
        for path, operation in operations(document):
            [(media_type, shape)] = operation["responses"]["default"]["content"].items()
            assert media_type == "application/problem+json", path
            assert shape["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert "422" not in operation["responses"], path
        assert "HTTPValidationError" not in str(document)

    def test_a_refusal_looks_as_described(self, service: Service, document: Any) -> None:
        described = document["components"]["schemas"]["Problem"]
        refused = service.nobody.post("/v1/users", {}).json()
        assert set(refused) == set(described["properties"])
        assert set(refused) - {"errors"} == set(described["required"])
        assert refused["code"] in described["properties"]["code"]["enum"]

    def test_a_refused_parameter_is_pointed_at_as_described(self, service: Service, document: Any) -> None:
        [error] = service.nobody.get("/v1/articles?limit=0").json()["errors"]
        described = document["components"]["schemas"]["Problem"]["properties"]["errors"]["items"]["properties"]
        assert error["pointer"] == "/query/limit"
        assert "`/query/` and the parameter" in described["pointer"]["description"]

    def test_operations_have_names_of_their_own(self, document: Any) -> None:
        names = [operation["operationId"] for _, operation in operations(document)]
        assert len(set(names)) == len(names)

    def test_parts_stand_in_the_order_in_which_a_newcomer_reads(self, document: Any) -> None:
        listed = [tag["name"] for tag in document["tags"]]
        assert listed.index("authentication") < listed.index("comments") < listed.index("moderation")
        assert sorted(listed) == sorted({tag for _, operation in operations(document) for tag in operation["tags"]})

    def test_says_where_one_must_be_signed_in(self, document: Any) -> None:
        assert document["paths"]["/v1/me"]["get"]["security"] == [{"bearer": []}]
        assert document["paths"]["/v1/articles"]["get"]["security"] == [{}, {"bearer": []}]
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"

    def test_names_the_headers_that_writes_take(self, document: Any) -> None:
        assert "If-Match" in headers(document["paths"]["/v1/me"]["patch"])
        assert "Idempotency-Key" in headers(document["paths"]["/v1/articles"]["post"])
        assert headers(document["paths"]["/v1/articles"]["get"]) == ["If-None-Match"]

    def test_says_how_far_numbers_in_addresses_go(self, document: Any) -> None:
        numbers = {
            (parameter["name"], schema.get("minimum"), schema.get("maximum"))
            for _, operation in operations(document)
            for parameter in operation.get("parameters", [])
            for schema in parameter["schema"].get("anyOf", [parameter["schema"]])
            if schema.get("type") == "integer"
        }
        assert numbers == {("limit", 1, 100), ("after", 0, None), ("months", 1, 36)}


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, found in document["paths"].items():
        for operation in found.values():
            yield path, operation


def headers(operation: Any) -> list[str]:
    return [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"]
