"""Tell what an engine's error means to the caller: come back later, no room, or a mistake that stays as it is."""

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from models.errors import ForumError, Overloaded, StorageFull, Unavailable


class LockTimeout(Overloaded):
    """Say that another transaction held a row's lock for as long as we wait; nothing was done."""


# https://www.sqlite.org/rescode.html; the low byte of an extended code is its primary code.
SQLITE_READONLY: Final = 8
SQLITE_FULL: Final = 13
SQLITE_TROUBLE: Final = {
    2: "INTERNAL",
    3: "PERM",
    4: "ABORT",
    5: "BUSY",
    6: "LOCKED",
    9: "INTERRUPT",
    10: "IOERR",
    11: "CORRUPT",
    14: "CANTOPEN",
    15: "PROTOCOL",
    26: "NOTADB",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK_DETECTED: Final = "40P01"
READ_ONLY_TRANSACTION: Final = "25006"
POSTGRESQL_MEANINGS: Final[dict[str, type[ForumError]]] = {
    SERIALIZATION_FAILURE: Overloaded,
    DEADLOCK_DETECTED: Overloaded,
    "53100": StorageFull,
    "55P03": LockTimeout,
}


def sqlite_meaning(error: BaseException | None, *, is_write: bool) -> ForumError | None:
    """Give the refusal that a driver's error stands for, or None where it is a mistake of the verb."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == SQLITE_FULL:
        return StorageFull()
    # Writing to a read-only database is a mistake in a read; in a write it is the state of the disk.
    if code in SQLITE_TROUBLE or (is_write and code == SQLITE_READONLY):
        return Unavailable()
    return None


def postgresql_meaning(error: DBAPIError, *, is_write: bool) -> ForumError | None:
    """Give the refusal that an error stands for, or None where it is a mistake of the verb."""
    state = getattr(error.orig, "sqlstate", None)
    if state in POSTGRESQL_MEANINGS:
        return POSTGRESQL_MEANINGS[state]()
    # A primary that was made a standby takes no writes; a read that writes is a mistake.
    if is_write and state == READ_ONLY_TRANSACTION:
        return Unavailable()
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return Unavailable()
    return None
