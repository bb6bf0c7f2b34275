"""What is no HTTP is refused as all else is: over a socket, since no client would write it."""

import asyncio
import select
import socket
import threading
from collections.abc import Iterator
from email.parser import BytesParser
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs
from uvicorn.server import ServerState

from api.gate import ANSWERS
from api.protocol import MOST_UNREAD, ForumProtocol
from api.texts import PROBLEMS

GOOD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BAD = b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PATIENCE = 10
PIECE = 32 * 1024
LINES = b"A: b\r\n" * (PIECE // 6)
ENDLESS = {
    "a path": (b"GET /", b"a" * PIECE),
    "a header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: ", b"a" * PIECE),
    "headers": (b"GET / HTTP/1.1\r\nHost: x\r\n", LINES),
    "headers behind a body": (CHUNKED + b"3\r\nabc\r\n0\r\n", LINES),
    "what is said of a chunk": (CHUNKED + b"3;a=", b"a" * PIECE),
}


def lined(*headers: str) -> bytes:
    return "\r\n".join(["POST / HTTP/1.1", "Host: x", *headers, "", ""]).encode()


UNREADABLE = {
    "letters in the path as they are": "GET /v1/articles/مياه HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "an address that is none": b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that nobody knows": b"FETCH / HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in a header": BAD,
    "two lengths": lined("Content-Length: 2", "Content-Length: 2"),
    "a length beside chunks": lined("Content-Length: 2", "Transfer-Encoding: chunked"),
    "a length that is none": lined("Content-Length: two"),
    "a chunk without a size": CHUNKED + b"zz\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00",
    "another version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
}
TOO_LONG = {
    "a length past all numbers": lined("Content-Length: " + "9" * 40),
    "a chunk past all numbers": CHUNKED + b"f" * 40 + b"\r\n",
}


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body() or b"read")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[tuple[str, int], threading.Event]]:
    """Serve on a socket: an echo, and a stream that tells when it has begun and ends once something was refused."""
    has_refused, has_begun = asyncio.Event(), threading.Event()

    class Protocol(ForumProtocol):
        def send_400_response(self, msg: str) -> None:
            super().send_400_response(msg)
            has_refused.set()

    async def stream(_: Request) -> StreamingResponse:
        async def pieces() -> Any:
            has_refused.clear()
            yield "one "
            has_begun.set()
            await asyncio.wait_for(has_refused.wait(), PATIENCE)
            yield "two"

        return StreamingResponse(pieces())

    async def early(_: Request) -> PlainTextResponse:
        return PlainTextResponse("unread")

    both = ["GET", "POST"]
    routes = {"/": echo, "/stream": stream, "/early": early}
    application = Starlette(routes=[Route(path, answer, methods=both) for path, answer in routes.items()])
    config = uvicorn.Config(application, http=Protocol, log_config=None, access_log=False, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname(), has_begun
        server.should_exit = True
        thread.join()


@pytest.fixture
def address(running: Any) -> Any:
    """Name where it is served."""
    return running[0]


def sent(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Send bytes and give all that comes back until the other side closes."""
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return rest(connection)


def rest(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def parsed(answer: bytes) -> tuple[int, Any, bytes]:
    """Take an answer apart into status, headers and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, _, lines = head.partition(b"\r\n")
    return int(line.split()[1]), BytesParser().parsebytes(lines), body


class TestRefusal:
    @pytest.mark.parametrize(
        ("request_bytes", "code"),
        [pytest.param(sent, "bad_request", id=name) for name, sent in UNREADABLE.items()]
        + [pytest.param(sent, "body_too_large", id=name) for name, sent in TOO_LONG.items()],
    )
    def test_what_cannot_be_read_is_a_problem_as_any_other(
        self, address: tuple[str, int], request_bytes: bytes, code: str
    ) -> None:
        status, headers, body = parsed(sent(address, request_bytes))
        problem = orjson.loads(body)
        assert (status, problem["status"], problem["code"]) == (PROBLEMS[code].status, PROBLEMS[code].status, code)
        assert (problem["title"], problem["detail"]) == (PROBLEMS[code].title_ar, PROBLEMS[code].detail_ar)
        assert headers["content-type"] == "application/problem+json"
        assert headers["content-length"] == str(len(body))
        assert headers["content-language"] == "ar"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["connection"] == "close"
        assert headers["x-request-id"] == problem["instance"]
        assert headers["date"]

    def test_is_counted_and_logged_under_its_id(self, address: tuple[str, int]) -> None:
        counter = ANSWERS.labels("other", "none", 400)
        before = counter._value.get()
        with capture_logs() as written:
            _, headers, _ = parsed(sent(address, BAD))
        ours = [line for line in written if line.get("request_id") == headers["x-request-id"]]
        assert [(line["event"], line["status"]) for line in ours] == [("answered", 400)]
        assert counter._value.get() == before + 1

    def test_id_is_new_each_time(self, address: tuple[str, int]) -> None:
        ids = {parsed(sent(address, BAD))[1]["x-request-id"] for _ in range(3)}
        assert len(ids) == 3

    @pytest.mark.parametrize(("start", "piece"), [pytest.param(*each, id=name) for name, each in ENDLESS.items()])
    def test_what_goes_on_before_or_behind_a_body_is_not_read_without_end(
        self, address: tuple[str, int], start: bytes, piece: bytes
    ) -> None:
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            connection.sendall(start)
            for _ in range(100):
                if select.select([connection], [], [], 0.05)[0]:
                    break
                connection.sendall(piece)
            status, headers, _ = parsed(rest(connection))
        assert (status, headers["connection"]) == (431, "close")


class Wire(asyncio.Transport):
    """Stand for a connection, and keep what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written, self.is_shut = b"", False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.is_shut = True

    def is_closing(self) -> bool:
        return self.is_shut

    def pause_reading(self) -> None:
        """Go on, as what has come is handed over here."""


async def received(*pieces: bytes) -> tuple[bytes, bool]:
    """Take pieces as they come, answering no request; give what was written, and whether the connection was shut."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(PATIENCE)

    config = uvicorn.Config(silent, http=ForumProtocol, log_config=None, ws="none", lifespan="off")
    config.load()
    protocol, wire = ForumProtocol(config, ServerState(), app_state={}), Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        protocol.data_received(piece)
    found, answering = (wire.written, wire.is_shut), [*protocol.tasks]
    await asyncio.sleep(0)
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)
    return found


class TestUnread:
    """What is no part of a body is taken up to a limit, by pieces."""

    HALF = b"a" * (MOST_UNREAD // 2)
    OPEN = b"GET / HTTP/1.1\r\nHost: x\r\nA: "

    @pytest.mark.parametrize("begin", [b"GET /", OPEN], ids=["address", "header"])
    def test_piece_that_comes_past_the_limit_is_refused(self, begin: bytes) -> None:
        assert asyncio.run(received(self.HALF[: -len(begin)].join([begin, b""]), self.HALF, b"a")) == (b"", False)
        written, is_shut = asyncio.run(received(begin, self.HALF, self.HALF, b"a"))
        status, _, body = parsed(written)
        assert (status, orjson.loads(body)["code"], is_shut) == (431, "headers_too_large", True)

    def test_requests_before_are_not_counted(self) -> None:
        whole = self.OPEN + self.HALF + b"\r\n\r\n"
        assert asyncio.run(received(*[whole + self.OPEN, self.HALF + b"\r\n\r\n"] * 3)) == (b"", False)

    def test_behind_an_answer_under_way_it_gets_none_and_is_not_kept(self) -> None:
        assert asyncio.run(received(GOOD, self.OPEN, *[self.HALF] * 8)) == (b"", False)


class TestConnection:
    def test_long_head_and_long_body_in_pieces_are_read(self, address: tuple[str, int]) -> None:
        long, body = "a" * 50_000, b"b" * 1_000_000
        request = lined(f"A: {long}", f"Content-Length: {len(body)}", "Connection: close") + body
        pieces = (request[start : start + PIECE] for start in range(0, len(request), PIECE))
        status, _, echoed = parsed(sent(address, *pieces))
        assert (status, echoed) == (200, body)

    def test_what_can_be_read_is_served_as_ever(self, address: tuple[str, int]) -> None:
        last = lined("Content-Length: 1", "Connection: close") + b"x"
        answers = sent(address, GOOD, CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", last).split(b"HTTP/1.1 ")[1:]
        assert [(answer[:3], answer.rpartition(b"\r\n\r\n")[2]) for answer in answers] == [
            (b"200", b"read"),
            (b"200", b"abc"),
            (b"200", b"x"),
        ]

    def test_broken_body_is_refused_once(self, address: tuple[str, int]) -> None:
        for path in (b"/", b"/early"):
            answer = sent(address, CHUNKED.replace(b"/", path, 1) + b"3\r\nabc\r\nzz\r\n")
            assert (answer.count(b"HTTP/1.1 "), parsed(answer)[0]) == (1, 400)

    def test_broken_body_behind_another_request_ends_both(self, address: tuple[str, int]) -> None:
        assert sent(address, GOOD + CHUNKED + b"zz\r\n") == b""

    def test_broken_body_of_what_is_being_answered_ends_the_answer(self, running: Any) -> None:
        address, has_begun = running
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            has_begun.clear()
            connection.sendall(CHUNKED.replace(b"/", b"/stream", 1))
            assert has_begun.wait(PATIENCE)
            connection.sendall(b"zz\r\n")
            answer = rest(connection)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"\r\n4\r\none \r\n")

    @pytest.mark.parametrize("good", [GOOD, GOOD * 3], ids=["one", "three"])
    def test_requests_before_it_get_their_answers_and_it_gets_none(self, address: tuple[str, int], good: bytes) -> None:
        answer = sent(address, good + BAD)
        assert answer.count(b"HTTP/1.1 ") == answer.count(b"HTTP/1.1 200 ") == good.count(b"GET")
        assert answer.endswith(b"read")

    def test_request_before_it_that_was_answered_leaves_it_an_answer(self, address: tuple[str, int]) -> None:
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            connection.sendall(GOOD)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
            connection.sendall(BAD)
            assert parsed(rest(connection))[0] == 400

    def test_answer_under_way_is_not_broken_into(self, running: Any) -> None:
        address, has_begun = running
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            has_begun.clear()
            connection.sendall(GOOD.replace(b"/", b"/stream", 1))
            assert has_begun.wait(PATIENCE)
            connection.sendall(BAD)
            answer = rest(connection)
        assert answer.endswith(b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")
