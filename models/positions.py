"""Know up to where all that was committed can be seen, for logs whose rows no lock puts in order.

On PostgreSQL a row carries the number of its transaction; those below `pg_snapshot_xmin` have ended, so nothing can
come in between them any more (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT). An
older transaction that is still open puts later rows off and loses none. On SQLite there is one writer at a time, and
rows are numbered in the order of commits.
"""

from sqlalchemy import text, update
from sqlmodel import Session, col, func, select

from models.following import OwnChange, PositionOrigin

_SETTLED = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1")
_GIVEN = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1")


def is_numbered_by_transaction(session: Session) -> bool:
    """Tell whether rows carry the number of their transaction."""
    return session.get_bind().dialect.name == "postgresql"


def settled_transaction(session: Session) -> int:
    """Give the last transaction number up to which every transaction has ended, on PostgreSQL."""
    number: int = session.connection().execute(_SETTLED).scalar_one()
    return number


def keep_positions_rising(session: Session) -> None:
    """Begin the positions of own changes anew above those that stand, where data came to a server with lower numbers.

    A dump that is restored elsewhere brings the numbers of the old server's transactions with it.
    """
    if not is_numbered_by_transaction(session):
        return
    newest = session.exec(select(func.max(OwnChange.position))).one() or 0
    given: int = session.connection().execute(_GIVEN).scalar_one()
    session.execute(update(PositionOrigin).where(col(PositionOrigin.origin) + given < newest).values(origin=newest))
