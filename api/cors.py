"""Let pages of configured origins call the service (Fetch Standard, CORS protocol).

Credentials are bearer tokens in a header and never cookies, so no answer allows credentials.
"""

from starlette.datastructures import Headers

ANY_ORIGIN = "*"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = ", ".join(
    (
        "Accept-Language",
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "Last-Event-ID",
        "X-Request-ID",
    )
)
EXPOSED = "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed, X-Request-ID"
MAX_AGE_SECONDS = 7_200


class Cors:
    """Know the origins that may read answers."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origins)
        self._raw = {origin.encode(): self._raw_headers(origin) for origin in self._origins}

    def is_preflight(self, method: str, headers: Headers) -> bool:
        """Tell a browser's question ahead of a request from a request."""
        return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers

    def preflight_headers(self, headers: Headers) -> dict[str, str]:
        """Say what a page may send; nothing to an origin that is not allowed."""
        allowed = self._allow_origin(headers)
        if not allowed:
            return {}
        return {
            **allowed,
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
        }

    def answer_headers(self, headers: Headers) -> dict[str, str]:
        """Let an allowed page read the answer and our headers on it."""
        allowed = self._allow_origin(headers)
        return {**allowed, "Access-Control-Expose-Headers": EXPOSED} if allowed else {}

    def raw_answer_headers(self, origin: bytes) -> list[tuple[bytes, bytes]]:
        """Give the same for an answer that leaves without the framework."""
        return self._raw.get(ANY_ORIGIN.encode()) or self._raw.get(origin, [])

    def _raw_headers(self, origin: str) -> list[tuple[bytes, bytes]]:
        return Headers(self.answer_headers(Headers({"origin": origin}))).raw

    def _allow_origin(self, headers: Headers) -> dict[str, str]:
        origin = headers.get("origin")
        if origin is None:
            return {}
        if ANY_ORIGIN in self._origins:
            return {"Access-Control-Allow-Origin": ANY_ORIGIN}
        return {"Access-Control-Allow-Origin": origin} if origin in self._origins else {}
