"""Name everything that can go wrong in the words of the domain; what HTTP makes of it stands in api/problems.py."""

from datetime import timedelta
from typing import ClassVar


class ForumError(Exception):
    """Stand for one refusal; `code` is the stable name that clients branch on."""

    code: ClassVar[str]


class Refused(ForumError):
    """Carry a refusal whose code is chosen by the rule that refused."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code  # type: ignore[misc]


class Invalid(ForumError):
    """Point at the field of the request that a rule refused, by JSON Pointer (RFC 6901)."""

    code = "validation_failed"

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer
        self.reason = reason


class NotFound(ForumError):
    """Say that nothing stands there, or nothing that this viewer may know of."""

    code = "not_found"


class Unauthenticated(ForumError):
    """Say that the credentials were missing, malformed, revoked or unknown."""

    code = "unauthenticated"


class TokenExpired(Unauthenticated):
    """Say that the access token was genuine and is over, so that a client refreshes it."""

    code = "token_expired"


class Forbidden(ForumError):
    """Say that the thing is visible and the act is not allowed to this identity."""

    code = "forbidden"


class Stale(ForumError):
    """Say that the thing changed since the version that the client names."""

    code = "stale"


class RateLimited(ForumError):
    """Say how long the caller has to wait."""

    code = "rate_limited"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(str(retry_after))
        self.retry_after = retry_after


class Overloaded(ForumError):
    """Say that the queue of writes is full; nothing was done and the same request may be sent again."""

    code = "overloaded"


class Unavailable(ForumError):
    """Say that the database cannot be reached or cut the connection; whether a write took place is unknown."""

    code = "unavailable"


class StorageFull(ForumError):
    """Say that the database has no room left to write."""

    code = "storage_full"
