"""Run a call in a session that stands in a transaction which somebody else begins and ends.

A session that does both itself takes several times as long over it as over a statement.
"""

from typing import Any, Final

from sqlalchemy import Connection
from sqlmodel import Session

from models.base import Table
from models.jobs import Call

_CONNECTION: Final = "connection"


def run_in_session(connection: Connection, call: Call) -> Any:
    """Give the result of a call in a session of its own, with all that the session had to write written."""
    known = {_CONNECTION: connection}
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


def connection_of(session: Session) -> Connection:
    """Give the connection that a session is on, with what the session has to write written."""
    session.flush()
    known: Connection | None = session.info.get(_CONNECTION)
    return session.connection() if known is None else known
