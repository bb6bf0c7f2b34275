"""Prove what holds for every answer, whatever the route: on a small application of its own."""

import asyncio
import gzip
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import brotli
import httpx2
import pytest
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.middleware import Middleware
from starlette.responses import Response, StreamingResponse
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from api import conditional, problems
from api.bodies import LIMIT, LONG_LIMIT
from api.codings import LONGEST_AT_ONCE, SMALLEST_TO_COMPRESS
from api.deps import ForumRoute
from api.gate import ANSWERS, CLIENT_LEFT, Gate
from api.limits import Limiter

PAGE = "https://paper.example"
JSON = {"Content-Type": "application/json"}
GETS = ("GET", "HEAD")
VARY = {"Authorization", "Accept-Encoding", "Accept-Language", "Origin"}


class Thing(BaseModel):
    """Hold one text."""

    model_config = ConfigDict(extra="forbid")
    text: str


router = APIRouter(prefix="/v1", route_class=ForumRoute)


@router.get("/things/{thing}")
async def read(thing: str) -> dict[str, str]:
    return {"thing": thing}


@router.put("/things/{thing}")
async def put(thing: str, body: Thing) -> int:
    return len(body.text)


@router.post("/articles")
async def post_article(body: Thing) -> int:
    return len(body.text)


@router.post("/things", status_code=201)
async def post(body: Thing, request: Request) -> int:
    await limiter.spend("registration", "somebody", request)
    return len(body.text)


@router.post("/acts", status_code=204)
async def act() -> None:
    return None


@router.post("/auth/token")
async def token(request: Request) -> int:
    return len(await request.body())


@router.get("/failures")
async def fail() -> None:
    raise RuntimeError("what somebody wrote")


@router.get("/cut")
async def cut() -> Response:
    async def pieces() -> Any:
        yield b"first"
        raise RuntimeError("what somebody wrote")

    return StreamingResponse(pieces(), media_type="text/plain")


@router.get("/own-headers")
async def own_headers() -> Response:
    headers = {"Cache-Control": "max-age=5", "Content-Security-Policy": "default-src 'self'", "Vary": "Accept, Origin"}
    return Response("x", headers=headers)


@router.get("/long/{length}")
async def read_long(request: Request, length: int) -> Response:
    return conditional.answer(request, b'"' + b"x" * (length - 2) + b'"', 7)


@router.get("/long-pieces")
async def read_pieces() -> Response:
    async def pieces() -> Any:
        for _ in range(3):
            yield b"x" * 1_000

    return StreamingResponse(pieces(), media_type="application/json")


@router.get("/failing-pieces")
async def fail_at_once() -> Response:
    async def pieces() -> Any:
        raise RuntimeError("what somebody wrote")
        yield b""

    return StreamingResponse(pieces(), media_type="application/json")


@router.get("/log")
async def log() -> None:
    structlog.get_logger("deep").info("logged below")


limiter = Limiter()


def build(**options: Any) -> FastAPI:
    application = FastAPI(
        openapi_url=None, redirect_slashes=False, middleware=[Middleware(Gate, origins=(PAGE,), **options)]
    )
    problems.install(application)
    application.include_router(router)
    return application


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(build()) as client:
        yield client


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert answer.json()["instance"] == answer.headers["x-request-id"]
    return answer.status_code, answer.json()["code"]


class TestBodies:
    """413 before 415, both before anything else."""

    @pytest.mark.parametrize(
        ("path", "limit"), [("/v1/things", LIMIT), ("/v1/articles", LONG_LIMIT), ("/v1/nowhere", LIMIT)]
    )
    def test_a_body_past_the_limit_of_its_path_is_refused(self, client: TestClient, path: str, limit: int) -> None:
        answer = client.post(path, content=b" " * (limit + 1), headers={"Content-Type": "text/plain"})
        assert problem(answer) == (413, "body_too_large")
        assert answer.headers["connection"] == "close"

    @pytest.mark.parametrize(("path", "limit"), [("/v1/things", LIMIT), ("/v1/articles", LONG_LIMIT)])
    def test_a_body_at_the_limit_is_taken(self, client: TestClient, path: str, limit: int) -> None:
        content = b'{"text":"' + b"a" * (limit - 11) + b'"}'
        assert len(content) == limit
        assert client.post(path, content=content, headers=JSON).json() == limit - 11

    def test_a_body_that_does_not_say_its_length_is_not_read_past_the_limit(self) -> None:
        pieces = [{"type": "http.request", "body": b" " * 100_000, "more_body": True}] * 10
        status, read = asyncio.run(drive("POST", "/v1/things", pieces, {"content-type": "application/json"}))
        assert (status, read) == (413, 3)

    def test_a_body_that_says_it_is_too_long_is_not_read(self) -> None:
        status, read = asyncio.run(drive("POST", "/v1/things", [], {"content-length": "2000000"}))
        assert (status, read) == (413, 0)

    @pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 400])
    def test_a_length_that_is_no_small_number_is_refused(self, length: str) -> None:
        assert asyncio.run(drive("POST", "/v1/things", [], {"content-length": length})) == (413, 0)

    def test_half_a_body_is_not_acted_on(self) -> None:
        pieces = [
            {"type": "http.request", "body": b'{"text":"whole"}', "more_body": True},
            {"type": "http.disconnect"},
        ]
        before = counted("POST", "none", CLIENT_LEFT)
        status, _ = asyncio.run(drive("POST", "/v1/things", pieces, {"content-type": "application/json"}))
        assert status is None
        assert counted("POST", "none", CLIENT_LEFT) == before + 1

    @pytest.mark.parametrize(
        ("path", "content_type", "is_taken"),
        [
            ("/v1/things", "application/json", True),
            ("/v1/things", "application/json; charset=utf-8", True),
            ("/v1/things", 'Application/JSON;Charset="UTF-8"', True),
            ("/v1/things", "application/json; charset=windows-1256", False),
            ("/v1/things", "application/json; charset=utf-16", False),
            ("/v1/things", "application/merge-patch+json", False),
            ("/v1/things", "application/x-www-form-urlencoded", False),
            ("/v1/things", "text/plain", False),
            ("/v1/things", "", False),
            ("/v1/auth/token", "application/x-www-form-urlencoded", True),
            ("/v1/auth/token", "application/json", False),
        ],
    )
    def test_each_path_takes_one_type(self, client: TestClient, path: str, content_type: str, is_taken: bool) -> None:
        answer = client.post(path, content=b'{"text":"a"}', headers={"Content-Type": content_type})
        if is_taken:
            assert answer.status_code < 300
        else:
            assert problem(answer) == (415, "unsupported_media_type")

    def test_a_compressed_body_is_refused(self, client: TestClient) -> None:
        answer = client.post("/v1/things", content=b"xx", headers={**JSON, "Content-Encoding": "gzip"})
        assert problem(answer) == (415, "unsupported_media_type")

    def test_no_body_needs_no_type(self, client: TestClient) -> None:
        assert client.post("/v1/acts").status_code == 204

    def test_what_is_no_json_is_told_apart(self, client: TestClient) -> None:
        for content in (b"{", b"NaN", b'{"text":"\\ud800"}', b'{"text":"\xff"}', b"[" * 100_000):
            answer = client.post("/v1/things", content=content, headers=JSON)
            assert problem(answer) == (422, "validation_failed"), content
            assert [error["code"] for error in answer.json()["errors"]] == ["json_malformed"]


class TestRouting:
    """What stands at no path, and what a path does not take."""

    @pytest.mark.parametrize("path", ["/", "/v1/nowhere", "/v1/things/a/b", "/v1/things/", "/%00"])
    def test_an_unknown_path_is_not_found(self, client: TestClient, path: str) -> None:
        assert problem(client.get(path)) == (404, "not_found")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("DELETE", "/v1/things/a", "GET, HEAD, PUT"),
            ("OPTIONS", "/v1/things/a", "GET, HEAD, PUT"),
            ("GET", "/v1/things", "POST"),
        ],
    )
    def test_a_method_that_no_route_takes_is_told_all_that_are_taken(
        self, client: TestClient, method: str, path: str, allowed: str
    ) -> None:
        answer = client.request(method, path)
        assert problem(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == allowed

    def test_head_is_get_without_the_body(self, client: TestClient) -> None:
        got, head = client.get("/v1/things/a"), client.head("/v1/things/a")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"] == "13"

    def test_head_of_nothing_is_not_found(self, client: TestClient) -> None:
        answer = client.head("/v1/nowhere")
        assert (answer.status_code, answer.content) == (404, b"")

    def test_a_made_up_method_is_counted_as_other(self, client: TestClient) -> None:
        before = counted("other", "/v1/things/{thing}", 405)
        client.request("BREW", "/v1/things/a")
        assert counted("other", "/v1/things/{thing}", 405) == before + 1

    def test_an_answer_is_counted_under_the_template_of_its_route(self, client: TestClient) -> None:
        before = counted("GET", "/v1/things/{thing}", 200)
        client.get("/v1/things/some")
        assert counted("GET", "/v1/things/{thing}", 200) == before + 1


ANY_ANSWER = [
    ("GET", "/v1/things/a", {}, 200),
    ("POST", "/v1/acts", {}, 204),
    ("GET", "/v1/nowhere", {}, 404),
    ("DELETE", "/v1/things/a", {}, 405),
    ("POST", "/v1/things", {"Content-Length": "2000000"}, 413),
    ("POST", "/v1/things", {"Content-Type": "text/plain", "Content-Length": "2"}, 415),
    ("POST", "/v1/things", {**JSON, "Content-Length": "2"}, 422),
    ("GET", "/v1/failures", {}, 500),
    ("OPTIONS", "/v1/things", {"Access-Control-Request-Method": "POST"}, 204),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), ANY_ANSWER)
class TestEveryAnswer:
    """What is on each answer, good or bad."""

    def send(self, client: TestClient, method: str, path: str, headers: dict[str, str], **more: str) -> Any:
        content = b"{}" if "Content-Length" in headers else None
        return client.request(method, path, content=content, headers={"Origin": PAGE, **headers, **more})

    def test_has_the_headers_that_all_have(
        self, client: TestClient, method: str, path: str, headers: dict[str, str], status: int
    ) -> None:
        answer = self.send(client, method, path, headers, **{"X-Request-ID": "mine.1"})
        assert answer.status_code == status
        assert answer.headers["x-request-id"] == "mine.1"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "access-control-allow-credentials" not in answer.headers
        assert set(answer.headers["vary"].split(", ")) == VARY
        assert "server" not in answer.headers

    def test_exposes_our_headers_to_pages(
        self, client: TestClient, method: str, path: str, headers: dict[str, str], status: int
    ) -> None:
        exposed = self.send(client, method, path, headers).headers["access-control-expose-headers"]
        names = "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed, X-Request-ID"
        assert set(names.split(", ")) <= set(exposed.split(", "))

    def test_is_kept_from_caches_when_asked_for_with_credentials(
        self, client: TestClient, method: str, path: str, headers: dict[str, str], status: int
    ) -> None:
        answer = self.send(client, method, path, headers, Authorization="Bearer x")
        assert answer.headers["cache-control"] == "private, no-store"

    def test_is_public_only_where_anybody_may_read_it(
        self, client: TestClient, method: str, path: str, headers: dict[str, str], status: int
    ) -> None:
        answer = self.send(client, method, path, headers)
        expected = "public, max-age=0, must-revalidate" if (method, status) == ("GET", 200) else "no-store"
        assert answer.headers["cache-control"] == expected


class TestHeaders:
    """What is not on every answer."""

    @pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "ä", 'a"b'])
    def test_a_request_id_that_is_not_sane_is_replaced(self, client: TestClient, given: str) -> None:
        answer = client.get("/v1/things/a", headers={"X-Request-ID": given.encode("latin-1")})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])

    def test_a_cdn_may_keep_what_is_public_as_long_as_configured(self) -> None:
        with TestClient(build(cdn_seconds=30)) as client:
            caching = client.get("/v1/things/a").headers["cache-control"]
        assert caching == "public, max-age=0, must-revalidate, s-maxage=30"

    def test_a_route_may_set_headers_of_its_own(self, client: TestClient) -> None:
        headers = client.get("/v1/own-headers").headers
        assert headers["cache-control"] == "max-age=5"
        assert headers["content-security-policy"] == "default-src 'self'"
        assert headers["vary"] == "Accept, Origin, Authorization, Accept-Encoding, Accept-Language"

    def test_refusals_follow_the_language_that_is_asked_for(self, client: TestClient) -> None:
        for path, method in (("/v1/nowhere", "GET"), ("/v1/things", "POST")):
            for language in ("ar", "en"):
                headers = {"Accept-Language": language, "Content-Type": "text/plain"}
                answer = client.request(method, path, content=b"x", headers=headers)
                assert answer.headers["content-language"] == language

    def test_without_a_language_it_is_arabic(self, client: TestClient) -> None:
        assert client.get("/v1/nowhere").json()["title"] == "غير موجود"

    def test_limits_are_told_on_success_on_mistakes_and_on_refusal(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(globals(), "limiter", Limiter(workers=30))
        first, second = (client.post("/v1/things", json={"text": "a"}) for _ in range(2))
        assert (first.status_code, first.headers["ratelimit"]) == (201, '"registration";r=0;t=60')
        assert problem(second) == (429, "rate_limited")
        assert second.headers["ratelimit-policy"] == '"registration";q=1;w=60'
        assert second.headers["ratelimit"] == '"registration";r=0;t=60'
        assert second.headers["retry-after"] == "60"

    def test_what_spends_nothing_tells_no_limits(self, client: TestClient) -> None:
        assert "ratelimit" not in client.get("/v1/things/a").headers


class TestCors:
    """Pages of other origins."""

    def ask(self, client: TestClient, origin: str = PAGE) -> Any:
        return client.options(
            "/v1/things/a",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "authorization,if-match",
            },
        )

    def test_an_allowed_page_may_send_what_clients_send(self, client: TestClient) -> None:
        answer = self.ask(client)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["access-control-max-age"] == "7200"
        assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
            answer.headers["access-control-allow-methods"].split(", ")
        )
        assert {"Authorization", "Content-Type", "If-Match", "Idempotency-Key"} <= set(
            answer.headers["access-control-allow-headers"].split(", ")
        )

    @pytest.mark.parametrize(
        "origin", ["https://other.example", "null", PAGE + ".evil.example", "http://paper.example"]
    )
    def test_another_page_is_told_nothing(self, client: TestClient, origin: str) -> None:
        for answer in (self.ask(client, origin), client.get("/v1/things/a", headers={"Origin": origin})):
            assert answer.status_code in {200, 204}
            assert not [name for name in answer.headers if name.startswith("access-control-")]

    def test_a_star_lets_every_page_read(self) -> None:
        application = FastAPI(middleware=[Middleware(Gate, origins=("*",))])
        with TestClient(application) as client:
            answer = client.get("/", headers={"Origin": "https://any.example"})
        assert answer.headers["access-control-allow-origin"] == "*"


class TestCodings:
    """Texts leave compressed where that makes them shorter and the client takes it."""

    @pytest.mark.parametrize(("accepted", "coding"), [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip", "gzip")])
    @pytest.mark.parametrize("length", [SMALLEST_TO_COMPRESS, LONGEST_AT_ONCE + 1])
    def test_a_long_text_leaves_in_the_coding_asked_for(
        self, client: TestClient, accepted: str, coding: str, length: int
    ) -> None:
        plain = client.get(f"/v1/long/{length}", headers={"Accept-Encoding": "identity"})
        with client.stream("GET", f"/v1/long/{length}", headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == coding
        assert int(answer.headers["content-length"]) == len(raw) < length
        assert (gzip.decompress if coding == "gzip" else brotli.decompress)(raw) == plain.content
        assert answer.headers["etag"] == f'{plain.headers["etag"][:-1]}-{coding}"'

    @pytest.mark.parametrize("path", [f"/v1/long/{SMALLEST_TO_COMPRESS - 1}", "/v1/long-pieces", "/v1/nowhere"])
    def test_what_is_short_or_comes_in_pieces_or_is_no_success_leaves_as_it_is(
        self, client: TestClient, path: str
    ) -> None:
        coded, plain = (client.get(path, headers={"Accept-Encoding": accepted}) for accepted in ("br", "identity"))
        assert "content-encoding" not in coded.headers
        assert coded.headers.get("etag") == plain.headers.get("etag")
        assert len(coded.content) == len(plain.content)

    def test_each_coding_is_a_representation_of_its_own_to_a_client_that_has_it(self, client: TestClient) -> None:
        path = "/v1/long/2000"
        for accepted, other in (("br", "gzip"), ("gzip", "identity"), ("identity", "br")):
            tag = client.get(path, headers={"Accept-Encoding": accepted}).headers["etag"]
            asked = {"If-None-Match": tag}
            same = client.get(path, headers={**asked, "Accept-Encoding": accepted})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
            assert client.get(path, headers={**asked, "Accept-Encoding": other}).status_code == 200

    def test_head_has_the_headers_of_the_get(self, client: TestClient) -> None:
        got, head = (client.request(method, "/v1/long/2000", headers={"Accept-Encoding": "br"}) for method in GETS)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-encoding", "etag", "content-type", "vary"):
            assert head.headers[name] == got.headers[name]

    def test_a_failure_before_the_first_byte_is_answered(self, client: TestClient) -> None:
        answer = client.get("/v1/failing-pieces", headers={"Accept-Encoding": "br"})
        assert problem(answer) == (500, "internal_error")


class TestFailures:
    """What nobody foresaw."""

    def test_is_answered_and_logged_without_its_message(self, client: TestClient) -> None:
        with capture_logs() as lines:
            answer = client.get("/v1/failures")
        assert problem(answer) == (500, "internal_error")
        [failure] = [line for line in lines if line["event"] == "request failed"]
        assert failure["kind"] == "RuntimeError"
        assert failure["frames"][-1].startswith("tests.api.test_gate.fail:")
        assert "what somebody wrote" not in str(lines) + answer.text

    def test_in_the_middle_of_an_answer_is_logged_and_cuts_it(self, client: TestClient) -> None:
        with capture_logs() as lines:
            answer = client.get("/v1/cut")
        assert (answer.status_code, answer.text) == (200, "first")
        assert [line["kind"] for line in lines if line["event"] == "request failed"] == ["RuntimeError"]


class TestLogLine:
    """What is logged of each request."""

    def test_has_the_template_and_nothing_of_what_was_sent(self, client: TestClient) -> None:
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
            client.get(
                "/v1/things/secret-thing?q=secret", headers={"X-Request-ID": "mine", "Authorization": "Bearer secret"}
            )
        [line] = lines
        assert line.pop("milliseconds") >= 0
        assert line == {
            "event": "answered",
            "log_level": "info",
            "method": "GET",
            "route": "/v1/things/{thing}",
            "status": 200,
            "request_id": "mine",
        }

    def test_lines_logged_on_the_way_carry_the_request_id(self, client: TestClient) -> None:
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
            client.get("/v1/log", headers={"X-Request-ID": "mine"})
        assert [(line["event"], line["request_id"]) for line in lines] == [
            ("logged below", "mine"),
            ("answered", "mine"),
        ]
        assert "request_id" not in structlog.contextvars.get_contextvars()

    def test_probes_are_not_logged(self, client: TestClient) -> None:
        with capture_logs() as lines:
            client.get("/healthz")
        assert lines == []


def counted(method: str, route: str, status: int) -> float:
    return float(ANSWERS.labels(method, route, status)._value.get())


async def drive(
    method: str, path: str, messages: list[dict[str, Any]], headers: dict[str, str]
) -> tuple[int | None, int]:
    """Send one request by hand; give the status and how many messages were read."""
    waiting, sent = iter(messages), []
    read = 0

    async def receive() -> Any:
        nonlocal read
        read += 1
        return next(waiting)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await build()(scope, receive, send)
    return (sent[0]["status"] if sent else None), read


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Serve the application on a real socket; at the end it waits for no request."""
    grace = {"timeout_graceful_shutdown": 0}
    config = uvicorn.Config(build(), log_config=None, access_log=False, ws="none", lifespan="off", **grace)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Name where it is served for the length of a test."""
    with served() as place:
        yield place


class TestOverASocket:
    """What only a real server shows."""

    def test_what_still_comes_in_when_the_service_stops_is_to_be_sent_again(self) -> None:
        head = "POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n"
        with ExitStack() as stack:
            place = stack.enter_context(served())
            with socket.create_connection(place, timeout=10) as connection:
                connection.sendall(head.encode() + b'{"text": ')
                # What came after it is answered, so it was begun.
                assert httpx2.get(f"http://{place[0]}:{place[1]}/v1/things/1").status_code == 200
                stack.close()
                answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
        assert answer.startswith("HTTP/1.1 503 ")
        for part in ("retry-after: 2\r\n", "application/problem+json\r\n", "x-request-id: ", '"code":"unavailable"'):
            assert part in answer

    def test_a_long_body_is_refused_before_it_is_sent(self, address: tuple[str, int]) -> None:
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(b"POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"code":"body_too_large"' in answer

    @pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "in chunks"])
    def test_a_client_that_sends_two_megabytes_gets_its_answer(
        self, address: tuple[str, int], is_chunked: bool
    ) -> None:
        content = b'{"text":"' + b"a" * 2_000_000 + b'"}'
        url = f"http://{address[0]}:{address[1]}/v1/things"
        answer = httpx2.post(url, content=iter([content]) if is_chunked else content, headers=JSON)
        assert problem(answer) == (413, "body_too_large")

    def test_a_connection_lives_on_after_head_and_refusals(self, address: tuple[str, int]) -> None:
        url = f"http://{address[0]}:{address[1]}/v1/things/a"
        with httpx2.Client(limits=httpx2.Limits(max_connections=1)) as client:
            assert client.head(url).headers["content-length"] == "13"
            assert client.put(url, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
            assert client.get(url).json() == {"thing": "a"}
