"""Prove that a log line holds what those who run the service need, and no word of anybody else."""

import ast
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from api import logs

WORDS = "what somebody wrote"
ROOT = Path(__file__).parent.parent.parent
Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Read]]:
    """Configure logs for one test, and give what reads the lines."""
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    handlers, level = list(root.handlers), root.level
    stream = io.BytesIO()
    stderr = io.TextIOWrapper(stream)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root.handlers.clear()

    def start(level: str) -> Read:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stderr)
            logs.configure(level)
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    yield start
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    access.disabled = False


@pytest.fixture
def lines(configure: Callable[[str], Read]) -> Read:
    return configure("INFO")


class TestOwnLines:
    """What this service logs."""

    def test_are_json_with_time_level_logger_and_event(self, lines: Read) -> None:
        structlog.get_logger("forum.test").info("done", count=3, status=200)
        [line] = lines()
        assert line.pop("at").endswith("Z")
        assert line == {"event": "done", "level": "info", "logger": "forum.test", "count": 3, "status": 200}

    def test_below_the_level_are_left_out(self, configure: Callable[[str], Read]) -> None:
        lines = configure("WARNING")
        structlog.get_logger("forum.test").info("done")
        structlog.get_logger("forum.test").warning("odd")
        assert [line["event"] for line in lines()] == ["odd"]

    def test_carry_what_is_bound_to_the_request(self, lines: Read) -> None:
        with structlog.contextvars.bound_contextvars(request_id="r1"):
            structlog.get_logger("forum.test").info("done")
        assert lines()[0]["request_id"] == "r1"

    def test_withhold_fields_that_are_not_known_to_be_harmless(self, lines: Read) -> None:
        structlog.get_logger("forum.test").info("done", body=WORDS, secret=WORDS.encode(), parts=[WORDS])
        assert WORDS not in str(lines())
        assert lines()[0]["body"] == "<str>"

    def test_withhold_what_hides_in_a_harmless_field(self, lines: Read) -> None:
        structlog.get_logger("forum.test").info("done", kind=ValueError(WORDS))
        assert lines()[0]["kind"] == "<ValueError>"

    def test_tell_an_error_by_its_kinds_and_frames(self, lines: Read) -> None:
        try:
            try:
                raise ValueError(WORDS)
            except ValueError as cause:
                raise RuntimeError(WORDS) from cause
        except RuntimeError:
            structlog.get_logger("forum.test").exception("failed")
        [line] = lines()
        assert line["kind"] == "RuntimeError from ValueError"
        assert line["frames"][-1].startswith("tests.api.test_logs.TestOwnLines.test_tell_an_error")
        assert WORDS not in str(line)


class TestLibraries:
    """What the server and libraries log."""

    def test_are_told_by_place_and_kind_and_not_by_their_words(self, lines: Read) -> None:
        try:
            raise ValueError(WORDS)
        except ValueError:
            logging.getLogger("sqlalchemy.engine").exception("INSERT %s", WORDS)
        [line] = lines()
        assert (line["event"], line["level"], line["logger"]) == ("a library logged", "error", "sqlalchemy.engine")
        assert line["place"].startswith("test_logs.test_are_told_by_place")
        assert line["kind"] == "ValueError"
        assert WORDS not in str(line)

    def test_the_server_speaks_without_values(self, lines: Read) -> None:
        logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "192.0.2.1", f"/?ticket={WORDS}")
        logging.getLogger("uvicorn.error").error(f"Traceback:\n{WORDS}")
        assert [line["event"] for line in lines()] == ['%s - "WebSocket %s" [accepted]', "Traceback:"]

    def test_the_access_log_of_the_server_is_off(self, lines: Read) -> None:
        logging.getLogger("uvicorn.access").info('"GET /?q=%s"', WORDS)
        assert lines() == []

    def test_are_never_heard_below_info(self, configure: Callable[[str], Read]) -> None:
        lines = configure("DEBUG")
        logging.getLogger("some.library").debug("statement")
        structlog.get_logger("forum.test").debug("ours")
        assert [line["event"] for line in lines()] == ["ours"]


class TestUncaught:
    """What nobody caught."""

    def test_in_a_thread_is_a_line_without_its_message(self, lines: Read) -> None:
        def fail() -> None:
            raise ValueError(WORDS)

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        [line] = lines()
        assert (line["event"], line["level"], line["kind"]) == ("a thread failed", "critical", "ValueError")
        assert WORDS not in str(line)

    def test_in_a_clean_up_is_a_line_without_its_message(self, lines: Read) -> None:
        class Broken:
            def __del__(self) -> None:
                raise ValueError(WORDS)

        Broken()
        [line] = lines()
        assert (line["event"], line["kind"]) == ("a clean-up failed", "ValueError")
        assert WORDS not in str(line)


def logging_calls() -> Iterator[tuple[str, ast.Call]]:
    """Find each call of a logger of ours."""
    folders = ("api", "auth", "forum", "models")
    for path in [ROOT / "main.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())) if path.exists() else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "logger":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_events_are_constants_and_fields_are_known() -> None:
    calls = list(logging_calls())
    assert calls
    for place, call in calls:
        assert len(call.args) == 1, place
        assert isinstance(call.args[0], ast.Constant), place
        assert {field.arg for field in call.keywords} - {"exc_info"} <= logs.SAFE_FIELDS, place
