"""Let many pass together what one may shut, each until its commit; who comes while somebody waits to shut it waits too.

Locks of rows are no such gate on PostgreSQL: who shares one goes past those who wait to have it alone, who may then
wait for as long as others come. SQLite has one writer and needs none.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select
from sqlmodel import Session

from models.plain import Plain

LAST_BYTES: Final = slice(8, 16)
_KEY = bindparam("key", type_=BigInteger())
_PASS, _SHUT = (Plain(select(lock(_KEY))) for lock in (func.pg_advisory_xact_lock_shared, func.pg_advisory_xact_lock))


def pass_gate(session: Session, thing_id: UUID) -> None:
    """Keep the gate of a thing from being shut until the commit; wait while it is."""
    _enter(session, _PASS, thing_id)


def shut_gate(session: Session, thing_id: UUID) -> None:
    """Wait until all who have passed the gate of a thing are done, and keep others out until the commit."""
    _enter(session, _SHUT, thing_id)


def _enter(session: Session, lock: Plain, thing_id: UUID) -> None:
    if session.get_bind().dialect.name == "postgresql":
        # The end of an id is chance; two things that share a gate would wait for each other's closing, no more.
        lock.run(session, {"key": int.from_bytes(thing_id.bytes[LAST_BYTES], signed=True)})
