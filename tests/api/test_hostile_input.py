"""Input that no well-behaved client sends: always refused as a problem, the same on both engines, nothing echoed."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.api.matrix import BODIES, FORMS, ROWS, Row
from tests.api.raw import Pairs, RawAnswer, RawRequest, at_once, credentials, json_request, raw
from tests.api.world import PEOPLE, World
from tests.service import Person, Service

MARK = "zq9zq9"
DEEP = 100_000
TWO_MEGABYTES = 2_000_000
JSON = (b"content-type", b"application/json")


@pytest.fixture
def service(world: World) -> Service:
    """Give one service to all, since what is refused leaves nothing behind."""
    return world.service


@pytest.fixture
def member(world: World) -> Person:
    """Give a member."""
    return world.people["member"]


@pytest.fixture
def moderator(world: World) -> Person:
    """Give a moderator."""
    return world.people["moderator"]


@pytest.fixture
def path(service: Service) -> str:
    """Give the path of an article's comments."""
    return f"/v1/articles/{service.article()['id']}/comments"


def refused(answer: RawAnswer, status: int, code: str) -> list[tuple[str, str]]:
    """Demand a problem that says nothing of what was sent; give its fields and their codes."""
    assert (answer.status, answer.code) == (status, code), answer.content
    assert MARK.encode() not in answer.content
    assert MARK not in str(answer.headers)
    return [(error["pointer"], error["code"]) for error in answer.json().get("errors", ())]


NOT_JSON = [
    pytest.param(b'{"body": NaN}', id="NaN"),
    pytest.param(b'{"body": Infinity}', id="Infinity"),
    pytest.param(b'{"body": -Infinity}', id="minus Infinity"),
    pytest.param(b'{"body": 1e400}', id="a number beyond all numbers"),
    pytest.param(b'{"body": "\\ud800"}', id="half a character, escaped"),
    pytest.param(b'{"body": "\xed\xa0\x80"}', id="half a character in bytes"),
    pytest.param(b'{"body": "\xff"}', id="bytes that are no UTF-8"),
    pytest.param(b'{"body": "\x00"}', id="NUL in the open"),
    pytest.param('{"body": "x"}'.encode("utf-16"), id="UTF-16"),
    pytest.param(b'\xef\xbb\xbf{"body": "x"}', id="a byte order mark"),
    pytest.param(b"[" * DEEP, id="a hundred thousand open brackets"),
    pytest.param(b"[" * DEEP + b"]" * DEEP, id="a hundred thousand nested arrays"),
    pytest.param(b'{"a":' * 30_000 + b"1" + b"}" * 30_000, id="thirty thousand nested objects"),
    pytest.param(b"[" * 1_000 + b"]" * 1_000, id="a thousand nested arrays"),
    pytest.param(b'{"body": "one", "body": "two"}', id="a member twice"),
    pytest.param(b'{"body": "x", "quote": {"exact": "a", "exact": "b"}}', id="an inner member twice"),
    pytest.param(b'{"body": "x", "b\\u006fdy": "y"}', id="a member twice in two spellings"),
    pytest.param(orjson.dumps(dict.fromkeys(map(str, range(9_000)), MARK)), id="thousands of unknown fields"),
    pytest.param(b"[" + b"1," * 50_000 + b"1]", id="thousands of numbers"),
    pytest.param(b"{'body': 'x'}", id="single quotes"),
    pytest.param(b'{"body": "x",}', id="a comma too many"),
    pytest.param(b'{"body": "x"} x', id="more behind the end"),
    pytest.param(b'{"body": "x"', id="no end"),
    pytest.param(b'{"body": "a\nb"}', id="a line break in the open"),
    pytest.param(b"   ", id="nothing but spaces"),
]
NOT_A_COMMENT = [
    pytest.param("[]", [("", "wrong_type")], id="an array"),
    pytest.param("null", [("", "wrong_type")], id="null"),
    pytest.param(f'"{MARK}"', [("", "wrong_type")], id="a string"),
    pytest.param("1", [("", "wrong_type")], id="a number"),
    pytest.param("", [("", "required")], id="nothing at all"),
    pytest.param("{}", [("/body", "required")], id="an empty object"),
    pytest.param('{"body": null}', [("/body", "wrong_type")], id="null for a text"),
    pytest.param('{"body": true}', [("/body", "wrong_type")], id="a truth for a text"),
    pytest.param('{"body": 99999999999999999999999}', [("/body", "wrong_type")], id="a number past 64 bits"),
    pytest.param('{"body": ["x"]}', [("/body", "wrong_type")], id="a list for a text"),
    pytest.param('{"body": ""}', [("/body", "blank")], id="an empty text"),
    pytest.param(f'{{"body": "{MARK * 1_400}"}}', [("/body", "too_long")], id="a text that is too long"),
    pytest.param('{"body": "a\\u0000b"}', [("/body", "nul")], id="NUL"),
    pytest.param('{"body": "a\\u0007b"}', [("/body", "control_character")], id="a bell"),
    pytest.param('{"body": "a\\rb"}', [("/body", "control_character")], id="a carriage return"),
    pytest.param('{"body": "a\\u0085b"}', [("/body", "control_character")], id="a control character of C1"),
    pytest.param('{"body": " \\n\\t"}', [("/body", "blank")], id="spaces alone"),
    pytest.param('{"body": "\\u200b\\u202e\\u0640\\u064b"}', [("/body", "blank")], id="what nobody sees"),
    pytest.param('{"body": "\\u3164\\u2800"}', [("/body", "blank")], id="fillers"),
    pytest.param('{"body": "[](https://a.example)"}', [("/body", "blank")], id="a link that nobody sees"),
    pytest.param('{"body": "> \\n"}', [("/body", "blank")], id="Markdown without words"),
    pytest.param('{"body": "x", "parent_id": "1"}', [("/parent_id", "malformed")], id="an id that is none"),
    pytest.param('{"body": "x", "parent_id": 1}', [("/parent_id", "wrong_type")], id="a number for an id"),
    pytest.param('{"body": "x", "kind": "KIND"}', [("/kind", "not_allowed")], id="an unknown kind"),
    pytest.param('{"body": "x", "quote": []}', [("/quote", "wrong_type")], id="a list for an object"),
    pytest.param(
        '{"body": "x", "quote": {"exact": "e", "prefix": "\\u0000"}}', [("/quote/prefix", "nul")], id="NUL further in"
    ),
    pytest.param(f'{{"body": "x", "{MARK}": 1}}', [("", "unknown_field")], id="an unknown field of an odd name"),
    pytest.param(f'{{"body": "x", "status": "{MARK}"}}', [("/status", "unknown_field")], id="a field not the client's"),
    pytest.param('{"body": "x", "__proto__": {}}', [("", "unknown_field")], id="a name that other languages act on"),
]


class TestBodies:
    @pytest.mark.parametrize("body", NOT_JSON)
    @pytest.mark.long_table
    def test_what_is_not_json_as_every_reader_reads_it_is_refused(
        self, service: Service, member: Person, path: str, body: bytes
    ) -> None:
        answer = raw(service, json_request(member, "POST", path, body))
        assert refused(answer, 422, "validation_failed") == [("", "json_malformed")]

    @pytest.mark.parametrize(("body", "errors"), NOT_A_COMMENT)
    @pytest.mark.long_table
    def test_what_is_not_a_comment_is_refused_by_field(
        self, service: Service, member: Person, path: str, body: str, errors: list[tuple[str, str]]
    ) -> None:
        answer = raw(service, json_request(member, "POST", path, body.encode()))
        assert refused(answer, 422, "validation_failed") == errors

    @pytest.mark.parametrize(
        "revision", ["1.0", "1e0", "true", '"1"', "null", "0", "-1", "2147483648", "9223372036854775808", "9" * 400]
    )
    @pytest.mark.long_table
    def test_number_that_is_no_revision_is_refused(
        self, service: Service, member: Person, moderator: Person, revision: str
    ) -> None:
        case = service.case_of(moderator, service.comment(member, service.article()))
        body = f'{{"verdict": "approve", "revision": {revision}}}'.encode()
        answer = raw(service, json_request(moderator, "POST", f"/v1/moderation/cases/{case['id']}/decisions", body))
        refused(answer, 422, "validation_failed")

    @pytest.mark.parametrize(
        ("instant", "code"),
        [
            ("2026-01-01T00:00:00", "malformed"),
            ("2026-01-01", "malformed"),
            ("1767225600", "malformed"),
            ("1e3", "malformed"),
            ("٢٠٢٦-٠١-٠١T٠٠:٠٠:٠٠Z", "malformed"),
            ("2026-01-01T24:00:00Z", "malformed"),
            ("99999-01-01T00:00:00Z", "malformed"),
            ("0001-01-01T00:00:00+14:00", "out_of_range"),
            ("9999-12-31T23:59:59-14:00", "out_of_range"),
            (1767225600, "wrong_type"),
        ],
    )
    @pytest.mark.long_table
    def test_time_that_is_no_instant_is_refused(self, service: Service, instant: Any, code: str) -> None:
        answer = service.person("editor").post("/v1/articles", {"title": "x", "published_at": instant})
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/published_at", code)]

    @pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
    def test_first_and_last_instant_are_kept_and_listed(self, service: Service, instant: str) -> None:
        editor = service.person("editor")
        for title in ("x", "y"):
            assert editor.post("/v1/articles", {"title": title, "published_at": instant}).status_code == 201
        page = service.nobody.get("/v1/articles?limit=1").json()
        assert service.nobody.get(f"/v1/articles?cursor={page['next']}").json()["items"]


class TestEveryWrite:
    def writes(self, world: World) -> Iterator[tuple[Row, RawRequest, dict[str, Any]]]:
        """Give each kind of write once, by somebody who may do it, with the body that it would take."""
        seen: set[str] = set()
        for row in ROWS:
            key = row.body_key
            allowed = [who for who in PEOPLE if row.expected[who] < 300]
            if key in BODIES and allowed and key not in seen and not row.path.startswith(FORMS):
                seen.add(key)
                who = world.people[allowed[-1]]
                target = row.path.format_map(world)
                yield row, json_request(who, row.method, target, b"", (b"if-match", b"*")), row.body(world)

    @pytest.mark.long_table
    def test_no_route_takes_what_is_not_json(self, world: World) -> None:
        bodies = [b'{"x": NaN}', b"[" * DEEP, b'{"a": 1, "a": 2}', b'"\xff"', b'{"x": "\\udfff"}', b"{"]
        sent = 0
        for row, request, _ in self.writes(world):
            requests = [RawRequest(request.method, request.target, request.headers, [body]) for body in bodies]
            for answer in at_once(world.service, requests):
                assert refused(answer, 422, "validation_failed") == [("", "json_malformed")], row.name
                sent += 1
        assert sent > 60

    @pytest.mark.long_table
    def test_no_route_takes_a_field_that_it_does_not_name(self, world: World) -> None:
        for row, request, body in self.writes(world):
            for name in ("author_id", "created_at", "is_listed"):
                content = orjson.dumps(body | {name: MARK})
                answer = raw(world.service, RawRequest(request.method, request.target, request.headers, [content]))
                errors = refused(answer, 422, "validation_failed")
                assert errors == [(f"/{name}", "unknown_field")], row.name

    @pytest.mark.long_table
    def test_no_route_takes_what_is_not_an_object(self, world: World) -> None:
        for row, request, _ in self.writes(world):
            for content in (b"[]", b"7", b'"x"', b"[{}]"):
                answer = raw(world.service, RawRequest(request.method, request.target, request.headers, [content]))
                assert refused(answer, 422, "validation_failed") == [("", "wrong_type")], row.name


class TestSizesAndTypes:
    @pytest.mark.parametrize("target", ["comments", "/v1/articles", "/v1/users", "/v1/auth/token", "/nowhere"])
    @pytest.mark.parametrize(
        "chunks",
        [
            pytest.param([b" " * TWO_MEGABYTES], id="declared"),
            pytest.param([b" " * 10_000] * (TWO_MEGABYTES // 10_000), id="in chunks"),
        ],
    )
    @pytest.mark.long_table
    def test_two_megabytes_are_refused(
        self, service: Service, member: Person, path: str, target: str, chunks: list[bytes]
    ) -> None:
        target = path if target == "comments" else target
        request = RawRequest("POST", target.encode(), [JSON, *credentials(member)], chunks)
        refused(raw(service, request), 413, "body_too_large")

    @pytest.mark.parametrize("declared", [b"abc", b"-1", b"1e3", b"9" * 100, b"0x10", "٣".encode()])
    def test_length_that_is_none_is_refused(self, service: Service, member: Person, path: str, declared: bytes) -> None:
        headers = [JSON, *credentials(member), (b"content-length", declared)]
        refused(raw(service, RawRequest("POST", path.encode(), headers, [b'{"body": "x"}'])), 413, "body_too_large")

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param([], id="none"),
            pytest.param([(b"content-type", b"")], id="an empty one"),
            pytest.param([(b"content-type", b"text/plain")], id="plain text"),
            pytest.param([(b"content-type", b"application/x-www-form-urlencoded")], id="a form"),
            pytest.param([(b"content-type", b"multipart/form-data; boundary=x")], id="a form of parts"),
            pytest.param([(b"content-type", b"application/merge-patch+json")], id="another kind of JSON"),
            pytest.param([(b"content-type", b"application/json; charset=latin-1")], id="another charset"),
            pytest.param([(b"content-type", b"application/jsonx")], id="a longer name"),
            pytest.param([(b"content-type", b"\xff")], id="a byte that means nothing"),
            pytest.param([JSON, (b"content-encoding", b"gzip")], id="compressed"),
        ],
    )
    @pytest.mark.long_table
    def test_body_of_another_type_is_refused(self, service: Service, member: Person, path: str, headers: Pairs) -> None:
        request = RawRequest("POST", path.encode(), [*headers, *credentials(member)], [b'{"body": "x"}'])
        refused(raw(service, request), 415, "unsupported_media_type")

    @pytest.mark.parametrize("name", [b"application/json", b"Application/JSON", b'application/json; charset="UTF-8"'])
    def test_json_by_every_name_is_taken(self, service: Service, member: Person, path: str, name: bytes) -> None:
        headers = [(b"content-type", name), *credentials(member)]
        assert raw(service, RawRequest("POST", path.encode(), headers, [b'{"body": "x y"}'])).status == 201


class TestAddresses:
    @pytest.mark.parametrize(
        "target",
        [
            "/v1/articles/%00",
            "/v1/articles/%FF",
            "/v1/articles/%ED%A0%80",
            "/v1/articles/%",
            "/v1/articles/%zz",
            "/v1/articles/%2F",
            "/v1/articles/..%2F..%2Fetc",
            "/v1/articles/%E2%80%8B",
            "/v1/articles/%D9%80%D9%80",
            "/v1/articles/%0A",
            f"/v1/articles/{MARK * 2_000}",
            "/v1/articles/%00/comments",
            "/v1/articles/'%20OR%20''='",
            "/v1/comments/%00",
            "/v1/comments/1",
            "/v1/comments/{plain}",
            "/v1/comments/%7B{id}%7D",
            "/v1/comments/urn:uuid:{id}",
            "/v1/comments/{id}%00",
            "/v1/comments/%20{id}",
            "/v1/comments/{id}%0A",
            "/v1/comments/{id}/reactions",
            "/v1/users/%00",
            "/v1/users/-1",
            "/v1//articles",
            "//v1/articles",
            "/v1/articles/",
            "/v1/Articles",
            "/%00",
            "/",
            "*",
        ],
    )
    @pytest.mark.long_table
    def test_odd_address_leads_nowhere(self, service: Service, member: Person, moderator: Person, target: str) -> None:
        filled = target
        if "{" in target:
            comment = service.approved(member, moderator, service.article(), "رأي")["id"]
            filled = target.format(id=comment, plain=comment.replace("-", ""))
        refused(raw(service, RawRequest("GET", filled.encode())), 404, "not_found")

    def test_id_in_capitals_is_the_same_id(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.approved(member, moderator, service.article(), "رأي")["id"]
        assert raw(service, RawRequest("GET", f"/v1/comments/{comment.upper()}".encode())).status == 200

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("articles?q=%00", "/query/q"),
            ("articles?q=%07", "/query/q"),
            ("articles?q=%E2%80%8B", "/query/q"),
            (f"articles?q={MARK * 10_000}", "/query/q"),
            ("articles?section=%00", "/query/section"),
            ("articles?language=%01", "/query/language"),
            ("articles/lookup?url=%00", "/query/url"),
            (f"articles/lookup?url=http://{MARK * 400}", "/query/url"),
            ("articles/lookup", "/query/url"),
            ("counts", "/query/article"),
            ("counts?article=%00", "/query/article/0"),
            ("articles/{article}/comments?sort=oldest", "/query/sort"),
            ("articles/{article}/comments?sort=", "/query/sort"),
            ("me/reactions?article=%00", "/query/article"),
            ("moderation/cases?kind=" + MARK, "/query/kind"),
            ("moderation/cases?state=%00", "/query/state"),
            ("articles/{article}/disclosure?expert=" + MARK, "/query/expert"),
        ],
    )
    @pytest.mark.long_table
    def test_odd_parameter_is_refused_by_name(self, service: Service, query: str, pointer: str) -> None:
        editor = service.person("editor")
        target = f"/v1/{query.format(article=service.article(editor)['id'])}"
        [error] = refused(
            raw(service, RawRequest("GET", target.encode(), credentials(editor))), 422, "validation_failed"
        )
        assert error[0] == pointer

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            pytest.param("articles?q=%FF", 200, id="bytes that are no UTF-8"),
            pytest.param("articles?q=%25%5C_%27", 200, id="signs that SQL knows"),
            pytest.param("articles?" + "x=1&" * 20_000, 200, id="twenty thousand parameters"),
            pytest.param("articles?%00=%00", 200, id="NUL for a name"),
            pytest.param("articles/lookup?url=http://[", 404, id="an address that is none"),
            pytest.param("articles/lookup?url=http://a:b/", 404, id="a port that is none"),
            pytest.param("articles/lookup?url=http://a:99999/", 404, id="a port past all ports"),
            pytest.param("moderation/cases?article=%00", 404, id="NUL for an article"),
            pytest.param("moderation/cases?article=", 404, id="no name for an article"),
        ],
    )
    @pytest.mark.long_table
    def test_parameter_that_means_nothing_does_nothing(self, service: Service, query: str, status: int) -> None:
        moderator = service.person("moderator")
        answer = raw(service, RawRequest("GET", f"/v1/{query}".encode(), credentials(moderator)))
        assert answer.status == status


class TestHeaders:
    @pytest.mark.parametrize(
        "value",
        [b"", b"Bearer", b"Bearer ", b"Bearer \xff\xfe", b"Bearer " + b"a" * 100_000, b"Basic eDp5", b"\xff", b"a.b.c"],
    )
    def test_credentials_that_are_none_are_refused(self, service: Service, value: bytes) -> None:
        answer = raw(service, RawRequest("GET", b"/v1/articles", [(b"authorization", value)]))
        refused(answer, 401, "unauthenticated")

    @pytest.mark.parametrize("other", [None, b"Bearer forged", b""], ids=["the same again", "a forged one", "nothing"])
    @pytest.mark.parametrize("path", ["/v1/me", "/v1/articles", "/v1/articles/{id}", "/v1/articles/{id}/comments"])
    def test_two_credentials_are_none(self, service: Service, member: Person, path: str, other: bytes | None) -> None:
        target = path.format(id=service.article()["id"]).encode()
        [(name, good)] = credentials(member)
        assert raw(service, RawRequest("GET", target, [(name, good)])).status == 200
        two = [(name, good), (name, good if other is None else other)]
        for lines in (two, two[::-1]):
            refused(raw(service, RawRequest("GET", target, lines)), 401, "unauthenticated")

    @pytest.mark.parametrize(
        "name",
        [
            *("accept", "accept-encoding", "accept-language", "cookie", "expect", "forwarded", "host", "if-match"),
            *("if-modified-since", "if-none-match", "origin", "range", "referer", "te", "transfer-encoding"),
            *("upgrade", "user-agent", "x-forwarded-for", "x-forwarded-proto", "x-request-id", "content-type"),
        ],
    )
    @pytest.mark.long_table
    def test_odd_bytes_in_a_header_do_nothing(self, service: Service, name: str) -> None:
        values = (b"", b"\xff\xfe", b"a\x00b", "نص".encode(), b'"', b'"' * 10_000, b"[::", b",;=,;=", b"q=1e999")
        requests = [RawRequest("GET", b"/v1/articles", [(name.encode(), value)]) for value in values]
        assert {answer.status for answer in at_once(service, requests)} == {200}

    @pytest.mark.parametrize("value", [b"\xff", '"١.a"'.encode(), b'"' + b"9" * 400 + b'.a"', b"," * 9_000])
    def test_odd_if_match_is_stale(self, service: Service, member: Person, value: bytes) -> None:
        comment = service.comment(member, service.article())["id"]
        request = json_request(member, "PATCH", f"/v1/comments/{comment}", b'{"body": "x y"}', (b"if-match", value))
        refused(raw(service, request), 412, "stale")

    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "OPTIONS", "get", "\u0661", "DELETE"])
    def test_method_that_the_path_lacks_is_refused(self, service: Service, method: str) -> None:
        answer = raw(service, RawRequest(method, b"/v1/articles"))
        refused(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST"


SUBJECTS = {"article": "article", "analysis_id": "analysis", "comment_id": "public", "case_id": "case", "user": "user"}
EXAMPLES = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class TestGenerated:
    # Mail that is written beside this draws from the same source of chance as what is generated here.
    @pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
    @pytest.mark.parametrize(
        ("share", "examples"),
        [pytest.param(2, 1, id="a half"), pytest.param(1, 4, id="all", marks=pytest.mark.drill)],
    )
    def test_no_generated_request_makes_the_service_fail(self, world: World, share: int, examples: int) -> None:
        """Each engine takes its half; in the drill each takes all."""
        schema = schemathesis.openapi.from_dict(world.service.nobody.get("/openapi.json").json())
        found: list[tuple[Any, GenerationMode]] = []
        for result in schema.get_all_operations():
            operation: Any = result.ok()  # type: ignore[union-attr]
            found.append((operation, GenerationMode.POSITIVE))
            if operation.body or operation.query:
                found.append((operation, GenerationMode.NEGATIVE))
        first = ("sqlite", "postgresql").index(world.service.app.state.services.database.dialect) % share
        sent = sum(self.explore(world, operation, mode, examples) for operation, mode in found[first::share])
        assert sent > 120 * examples / share

    def explore(self, world: World, operation: Any, mode: GenerationMode, examples: int) -> int:
        # Real things in the path, so that more than their absence is met.
        named = {name: world[subject] for name, subject in SUBJECTS.items() if f"{{{name}}}" in operation.path}
        statuses: list[int] = []

        @settings(EXAMPLES, max_examples=examples)
        @given(operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            case.path_parameters = {**case.path_parameters, **named}
            request = case.as_transport_kwargs(base_url="http://testserver")
            del request["cookies"]
            if isinstance(request.get("data"), bytes | str):
                request["content"] = request.pop("data")
            content_type = {name: value for name, value in request.pop("headers").items() if name == "Content-Type"}
            headers = content_type | {"If-Match": "*"} | world.people["admin"].headers
            answer = world.service.client.request(**request, headers=headers)
            assert answer.status_code < 500, (operation.label, request)
            statuses.append(answer.status_code)

        try:
            send()
        except Unsatisfiable:  # There is no wrong value for what takes anything.
            return 0
        return len(statuses)
