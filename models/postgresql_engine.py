"""Run verbs on PostgreSQL: transactions with bounded waits, run again where the engine asks for it.

A deadlock or a serialization failure undoes the transaction, so its verb runs again after a growing pause. A
connection that turns out dead before the commit was sent has done nothing, so its verb runs again once on a fresh one.
One that dies during the commit leaves the outcome unknown, and the caller is told so.
"""

from dataclasses import dataclass
from time import sleep
from typing import Any, Final

import orjson
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from models.engine_errors import DEADLOCK_DETECTED, SERIALIZATION_FAILURE, postgresql_meaning
from models.jobs import Call
from models.json_text import write_json
from models.sessions import run_in_session

SETTINGS: Final = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
}
READ_SETTINGS: Final = {
    "default_transaction_read_only": "on",
    # One snapshot for all statements of a read, so that a page and its version belong together.
    "default_transaction_isolation": r"repeatable\ read",
    # Pages of an index are in memory or on disks without arms; the server's own figure is that of disks with arms.
    "random_page_cost": "1.1",
}
# A server that vanished without a word is noticed within 30 s.
CONNECTION: Final = {
    "connect_timeout": "5",
    "tcp_user_timeout": "30000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "application_name": "forum",
    "client_encoding": "utf8",
}
UNDONE: Final = frozenset({DEADLOCK_DETECTED, SERIALIZATION_FAILURE})
PAUSES: Final = (0.01, 0.03, 0.1, 0.3, 1.0)


def connect(url: URL, *, size: int, is_write: bool) -> Engine:
    """Prepare a pool of `size` connections; none is opened before it is needed."""
    settings = SETTINGS if is_write else {**SETTINGS, **READ_SETTINGS}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    given = {name: value for name, value in url.query.items() if name != "options"}
    query = {**CONNECTION, **given, "options": f"{options} {url.query.get('options', '')}".strip()}
    return create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        pool_size=size,
        max_overflow=0,
        pool_timeout=5,
        json_serializer=write_json,
        json_deserializer=orjson.loads,
    )


def perform(engine: Engine, call: Call, *, is_write: bool) -> Any:
    """Run a call in a transaction of its own; a write returns after the commit."""
    pauses = iter(PAUSES)
    may_reconnect = True
    while True:
        attempt = Attempt(engine)
        try:
            return attempt.run(call, is_write=is_write)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in UNDONE and (pause := next(pauses, None)) is not None:
                sleep(pause)
            elif error.connection_invalidated and may_reconnect and not attempt.is_committing:
                may_reconnect = False
            elif (refusal := postgresql_meaning(error, is_write=is_write)) is not None:
                raise refusal from error
            else:
                raise


@dataclass(slots=True)
class Attempt:
    """Run a call once, and know whether its commit was sent."""

    engine: Engine
    is_committing: bool = False

    def run(self, call: Call, *, is_write: bool) -> Any:
        """Give the call's result; raise what the call or the engine raised."""
        with self.engine.connect() as connection, connection.begin():
            result = run_in_session(connection, call)
            self.is_committing = is_write
            return result
