"""Refuse what is no HTTP, and headers without end, as all else is refused: with a problem and a request id.

The server by itself answers plain text, and gathers headers for as long as they come.
"""

import sys
from typing import Final

import orjson
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.gate import ANSWERS, SECURITY_HEADERS
from api.problems import MEDIA_TYPE, problem_body
from models.base import new_id

# What the parser says of a length that is no number of 64 bits.
TOO_LONG = frozenset({"Content-Length overflow", "Chunk size overflow"})
# Of what stands before a body, behind it or between its parts, which the parser keeps.
MOST_UNREAD: Final = 64 * 1024
logger = structlog.get_logger("forum.access")


class ForumProtocol(HttpToolsProtocol):
    """Speak HTTP as the server does, and refuse in our words."""

    _unread = 0

    def data_received(self, data: bytes) -> None:
        """Pass on what came; refuse when much has come of which neither a head nor a part of a body was made."""
        if self._unread > MOST_UNREAD:
            self._end("headers_too_large")
            return
        self._unread += len(data)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Begin the request."""
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._unread = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser cannot read, in Arabic since no header can be trusted, and close the connection."""
        self._end("body_too_large" if str(sys.exception()) in TOO_LONG else "bad_request")

    def _end(self, code: str) -> None:
        """Refuse and close; behind a request that waits for its answer this gets none, which would be that one's."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._refuse(code)
        elif not cycle.more_body:
            cycle.keep_alive = False
        elif self.pipeline or cycle.response_started:
            self.transport.close()
        else:
            self._refuse(code)

    def _refuse(self, code: str) -> None:
        request_id = str(new_id())
        problem = problem_body(code, "ar", request_id)
        content = orjson.dumps(problem)
        headers = {
            **SECURITY_HEADERS,
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(content)),
            "Content-Language": "ar",
            "Cache-Control": "no-store",
            "X-Request-ID": request_id,
            "Connection": "close",
        }
        lines = [b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]
        lines += [f"{name.lower()}: {value}\r\n".encode() for name, value in headers.items()]
        self.transport.write(b"".join([STATUS_LINE[problem["status"]], *lines, b"\r\n", content]))
        self.transport.close()
        ANSWERS.labels("other", "none", problem["status"]).inc()
        logger.info("answered", method="other", route="none", status=problem["status"], request_id=request_id)
