"""One POST to a stranger: to a checked address, bounded in time and size, whatever is answered."""

import asyncio
import socket
import time
from typing import Any

import pytest

from api import calls
from forum.delivery.couriers import Attempt
from tests.api.receivers import answering, running_receiver

HEADERS = {"webhook-id": "1"}


def post(url: str, *, allow_private: bool = True) -> Attempt:
    """Call an address once."""
    return asyncio.run(calls.call(url, HEADERS, b"{}", allow_private=allow_private))


ANSWERS: dict[str, tuple[bytes, int | None, str | None]] = {
    "an answer": (b"HTTP/1.1 202 Accepted\r\n\r\n", 202, None),
    "an answer without its phrase": (b"HTTP/1.0 200\r\n\r\n", 200, None),
    "an interim answer first": (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n", 204, None),
    "interim answers without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, None, "not_http"),
    "another protocol": (b"220 mail ESMTP\r\n\r\n", None, "not_http"),
    "a status that is none": (b"HTTP/1.1 999 x\r\n\r\n", None, "not_http"),
    "a head without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000, None, "connection_failed"),
    "an error with a long body": (b"HTTP/1.1 500 x\r\n\r\n" + b"x" * 100_000, 500, None),
}


@pytest.mark.parametrize(("content", "status", "error"), ANSWERS.values(), ids=ANSWERS)
def test_answer_counts_by_the_status_of_its_head(content: bytes, status: int | None, error: str | None) -> None:
    with answering(content) as url:
        attempt = post(url)
    assert (attempt.status, attempt.error) == (status, error)


@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 200 OK\r\n"], ids=["says nothing", "stops in the middle"])
def test_receiver_that_takes_its_time_is_left(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(calls, "DEADLINE", 0.2)
    began = time.monotonic()
    with answering(content) as url:
        attempt = post(url)
    assert (attempt.status, attempt.error) == (None, "timeout")
    assert time.monotonic() - began < 2


def test_name_is_resolved_once_and_the_checked_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads outside when it is checked and within when it is called would otherwise get in."""
    with running_receiver() as receiver:
        port = int(receiver.url.rpartition(":")[2].partition("/")[0])
        answers = iter([["203.0.114.1", "127.0.0.1"], ["127.0.0.1"]])
        asked: list[str] = []

        def resolve(name: str, at: int) -> list[str]:
            asked.append(name)
            return next(answers)

        async def connect(address: str, at: int, **more: Any) -> Any:
            called.append(address)
            raise ConnectionRefusedError

        called: list[str] = []
        monkeypatch.setattr(calls, "_resolve", resolve)
        monkeypatch.setattr(asyncio, "open_connection", connect)
        attempt = post(f"http://rebind.example:{port}/", allow_private=False)
        assert (attempt.error, called, asked) == ("connection_failed", ["203.0.114.1"], ["rebind.example"])
        assert post(f"http://rebind.example:{port}/", allow_private=False).error == "private_address"
        assert called == ["203.0.114.1"]
        assert receiver.received == []


def test_certificate_is_asked_for_the_name_and_not_for_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    async def connect(address: str, at: int, **more: Any) -> Any:
        seen.update(more, address=address, port=at)
        raise ConnectionRefusedError

    monkeypatch.setattr(calls, "_resolve", lambda *_: ["203.0.114.1"])
    monkeypatch.setattr(asyncio, "open_connection", connect)
    assert post("https://hooks.example/", allow_private=False).error == "connection_failed"
    assert (seen["address"], seen["port"], seen["server_hostname"]) == ("203.0.114.1", 443, "hooks.example")
    assert seen["ssl"].check_hostname


def test_server_that_speaks_no_tls_is_told_apart() -> None:
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as url:
        assert post(url.replace("http:", "https:")).error == "tls_failed"


def test_name_that_nobody_knows_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any) -> list[str]:
        raise socket.gaierror

    monkeypatch.setattr(calls, "_resolve", resolve)
    assert post("http://unknown.example/").error == "name_unknown"


def test_arabic_path_and_host_are_sent_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_receiver() as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        monkeypatch.setattr(calls, "_resolve", lambda *_: ["127.0.0.1"])
        assert post(f"http://مثال.example:{port}/ربط%20?اسم=قيمة&b=%41").status == 204
        [one] = receiver.received
        assert one.path == "/%D8%B1%D8%A8%D8%B7%20?%D8%A7%D8%B3%D9%85=%D9%82%D9%8A%D9%85%D8%A9&b=%41"
        assert one.headers["host"] == f"xn--mgbh0fb.example:{port}"
        assert one.headers["content-type"] == "application/json"
        assert one.headers["webhook-id"] == "1"
