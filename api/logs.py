"""Log JSON lines to standard error that by construction hold nothing of what somebody wrote.

A field whose name is not in SAFE_FIELDS is written as its type alone, an error as its kinds and frames without its
message, and what a library says as the place in its code that said it.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

SAFE_FIELDS = frozenset(
    {
        "at", "attempts", "case", "chore", "code", "count", "delivery", "event", "frames", "job", "job_kind", "kind",
        "level", "logger", "method", "milliseconds", "phase", "place", "request_id", "route", "status", "webhook",
    }
)  # fmt: skip
# The first line of what these say is constant text of their code; the values that belong into it are left out.
KNOWN_SPEAKERS = frozenset({"uvicorn.error", "alembic.runtime.migration"})
MOST_FRAMES = 12
MOST_CAUSES = 4

Event = MutableMapping[str, Any]
logger = structlog.get_logger("forum.process")


def configure(level: str) -> None:
    """Send what we, the server and libraries log down one way; `level` is a name of the standard library.

    Called once in each process that serves. The server's own set-up has to be off (`log_config=None`).
    """
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.processors.add_log_level,
            _tell_error,
            _withhold,
            structlog.processors.TimeStamper("iso", key="at"),
            _to_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
    )
    # Libraries never go below INFO: at DEBUG some log each statement.
    logging.basicConfig(handlers=[LibraryHandler()], level=max(number, logging.INFO), force=True)
    logging.getLogger("uvicorn.access").disabled = True
    threading.excepthook = _thread_failed
    sys.unraisablehook = _cleanup_failed


class LibraryHandler(logging.Handler):
    """Pass on that a library logged, and where; its words may quote a request or a statement."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of the standard library."""
        event = "a library logged"
        if record.name in KNOWN_SPEAKERS:
            event = str(record.msg).partition("\n")[0]
        place = f"{record.module}.{record.funcName}:{record.lineno}"
        structlog.get_logger(record.name).log(record.levelno, event, place=place, exc_info=record.exc_info)


def kind_of(error: BaseException) -> str:
    """Name an error and what caused it, without their messages."""
    names: list[str] = []
    step: BaseException | None = error
    while step is not None and len(names) < MOST_CAUSES:
        names.append(type(step).__name__)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return " from ".join(names)


def frames_of(error: BaseException) -> list[str]:
    """Give the last steps to where an error was raised, the innermost last."""
    frames, step = [], error.__traceback__
    while step is not None:
        module = step.tb_frame.f_globals.get("__name__", "?")
        frames.append(f"{module}.{step.tb_frame.f_code.co_qualname}:{step.tb_lineno}")
        step = step.tb_next
    return frames[-MOST_FRAMES:]


def _tell_error(_logger: Any, _method: str, event: Event) -> Event:
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event.update(kind=kind_of(error), frames=frames_of(error))
    return event


def _withhold(_logger: Any, _method: str, event: Event) -> Event:
    return {name: value if name in SAFE_FIELDS else f"<{type(value).__name__}>" for name, value in event.items()}


def _to_json(_logger: Any, _method: str, event: Event) -> bytes:
    return orjson.dumps(event, default=lambda value: f"<{type(value).__name__}>")


def _thread_failed(told: threading.ExceptHookArgs) -> None:
    logger.critical("a thread failed", exc_info=told.exc_value)


def _cleanup_failed(told: Any) -> None:
    logger.error("a clean-up failed", exc_info=told.exc_value)
