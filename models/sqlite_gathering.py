"""Read the rows of a statement from SQLite as one value in JSON, where the driver would hand them over one by one.

For each row the driver lets go of the interpreter and takes it up again, for which a thread beside a busy event loop
waits a millisecond or more: fifty rows, there in a quarter of one, came after fifty. In JSON they take no longer and
come at once. What is read this way are texts, numbers and NULL, which is all that this service stores.
"""

from collections import deque
from functools import partial
from typing import Any, Final, Self

import orjson
from pysqlite3 import dbapi2

READS: Final = ("SELECT", "WITH")
# As many statements as a connection keeps compiled.
KNOWN_STATEMENTS: Final = 512
# By the text of a statement that was read before: the same around which its rows are put together, and its columns.
_known: dict[str, tuple[str, Any]] = {}


class Gathering(dbapi2.Connection):  # type: ignore[misc]
    """Connect as the driver does, and from some moment on give rows all at once."""

    gathers = False

    def gather(self) -> None:
        """Give rows all at once from now on."""
        self.gathers = True
        # Set here, so that other connections pay nothing for it: they make some twenty cursors for one post.
        self.cursor = partial(super().cursor, GatheringCursor)


class GatheringCursor(dbapi2.Cursor):  # type: ignore[misc]
    """Read as the driver's cursor does; the first reading of a statement tells its columns."""

    _columns: Any = None
    _rows: deque[tuple[Any, ...]] | None = None

    def execute(self, text: str, parameters: Any = ()) -> Self:
        """Run a statement."""
        self._rows = None
        known = _known.get(text)
        if known is None:
            super().execute(text, parameters)
            if super().description and text.startswith(READS):
                _learn(text, super().description)
            return self
        super().execute(known[0], parameters)
        self._columns, self._rows = known[1], deque(map(tuple, orjson.loads(super().fetchone()[0])))
        return self

    @property
    def description(self) -> Any:
        """Give the columns, as the driver does."""
        return super().description if self._rows is None else self._columns

    def fetchone(self) -> Any:
        """Give the next row, if there is one."""
        if self._rows is None:
            return super().fetchone()
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Give the next rows."""
        most: int = self.arraysize if size is None else size
        return super().fetchmany(most) if self._rows is None else self._taken(most)

    def fetchall(self) -> list[Any]:
        """Give all rows that are left."""
        return super().fetchall() if self._rows is None else self._taken(len(self._rows))

    def __iter__(self) -> Any:
        """Go through the rows that are left."""
        return super().__iter__() if self._rows is None else iter(self.fetchone, None)

    def _taken(self, most: int) -> list[Any]:
        assert self._rows is not None  # noqa: S101
        return [self._rows.popleft() for _ in range(min(most, len(self._rows)))]


def _learn(text: str, columns: Any) -> None:
    if len(_known) >= KNOWN_STATEMENTS:
        _known.clear()
    _known[text] = gathered(text, len(columns)), columns


def gathered(text: str, columns: int) -> str:
    """Write a statement around another that gives all its rows, in their order, as one value."""
    names = ", ".join(f"c{place}" for place in range(columns))
    # Text would be decoded by the driver, and encoded again to be read.
    rows = f"CAST(json_group_array(json_array({names})) AS BLOB)"
    return f"WITH gathered({names}) AS ({text}) SELECT {rows} FROM gathered"  # noqa: S608
