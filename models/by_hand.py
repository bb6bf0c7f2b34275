"""Use a database from the command line: one verb, and one plain sentence where it cannot be used."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.database import Database
from models.engine_errors import SQLITE_READONLY, postgresql_meaning, sqlite_meaning
from models.errors import ForumError, Overloaded, StorageFull, Unavailable

R = TypeVar("R")

ADVICE: Final[tuple[tuple[type[ForumError], str], ...]] = (
    (StorageFull, "Make room on its disk."),
    (Overloaded, "Others use it just now; try again soon."),
    (Unavailable, "Is it there and running, and is FORUM_DATABASE_URL right?"),
)
SQLITE_ADVICE: Final = {
    SQLITE_READONLY: "May this account write to its file, and beside it in its folder?",
    dbapi2.SQLITE_CORRUPT: "Bring back a copy, as docs/running.md says.",
}
REFUSED: Final = "Is FORUM_DATABASE_URL that of this program's database, and does its account own the tables?"


class Unusable(Exception):
    """Say in one sentence, without any SQL, why a database cannot be used, and what to do."""


async def carry_out(
    url: str, verb: Callable[[Session], R], *, demand: Callable[[Connection], None], writes: bool = False
) -> R:
    """Open a database, ask what is demanded of it, run one verb and close it; raise Unusable and what those raise."""
    with told_plainly():
        database = Database.open(url)
        try:
            await database.read(lambda session: demand(session.connection()))
            return await (database.write(verb) if writes else database.read(verb))
        finally:
            await database.close()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raise Unusable for what an engine or a file's folder refuses; what a verb refuses stays as it is."""
    try:
        yield
    except OSError as error:
        raise Unusable(
            f"The database cannot be opened: {error.filename}, {error.strerror}. Is FORUM_DATABASE_URL right,"
            " and may this account write there?"
        ) from error
    except (StorageFull, Overloaded, Unavailable) as error:
        raise Unusable(_sentence(error, error.__cause__)) from error
    except (DBAPIError, dbapi2.Error) as error:
        raise Unusable(_sentence(_meaning(error), error)) from error


def _meaning(error: DBAPIError | dbapi2.Error) -> ForumError | None:
    plain = getattr(error, "orig", error)
    if isinstance(plain, dbapi2.Error):
        return sqlite_meaning(plain, is_write=True)
    return postgresql_meaning(error, is_write=True)


def _sentence(meaning: ForumError | None, cause: BaseException | None) -> str:
    # SQLAlchemy's words hold the statement, and so may further lines of the engine's.
    plain = getattr(cause, "orig", cause)
    words = str(plain or meaning).splitlines()
    advice = next((advice for kind, advice in ADVICE if isinstance(meaning, kind)), REFUSED)
    advice = SQLITE_ADVICE.get(getattr(plain, "sqlite_errorcode", 0) & 0xFF, advice)
    return f"The database cannot be used: {words[0] if words else 'no answer'}. {advice}"
