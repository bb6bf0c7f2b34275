"""Run a call in a session that stands in a transaction which somebody else begins and ends.

A session that does both itself takes several times as long over it as over a statement.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import Connection
from sqlmodel import Session

from models.base import Table
from models.jobs import Call

_LINE: Final = "line"


class Line(NamedTuple):
    """Hold a connection with the driver's own one behind it, and who is to hear of statements."""

    connection: Connection
    driver: Any
    listeners: Iterable[Callable[..., Any]]

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Look up what stands as long as the connection does."""
        return cls(connection, connection.connection.driver_connection, connection.dispatch.before_cursor_execute)


def run_in_session(connection: Connection, call: Call) -> Any:
    """Give the result of a call in a session of its own, with all that the session had to write written."""
    known = {_LINE: Line.of(connection)}
    session = Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only", info=known)
    try:
        result = call(session)
        session.flush()
        return result
    finally:
        # One that was passed by has nothing to let go of.
        if session.in_transaction():
            session.close()


def read_anew(session: Session, table: type[Table], *key: Any) -> None:
    """Let an object that stands for a row in the session read it anew, since a plain statement has written the row."""
    standing = session.identity_map.get((table, key, None))
    if standing is not None:
        session.expire(standing)


def line_of(session: Session) -> Line:
    """Give the line that a session is on, with what the session has to write written."""
    session.flush()
    known: Line | None = session.info.get(_LINE)
    # A savepoint of the session's own is sent only once the session is asked for its connection.
    return Line.of(session.connection()) if known is None or session.in_nested_transaction() else known
