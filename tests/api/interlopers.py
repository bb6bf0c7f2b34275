"""Change a row between a rule's look at it and its write, as a writer that our locks did not stop would."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event


@dataclass
class Interloper:
    """Hold the statement that it waits for, what it then does first, and whether it had its chance."""

    before: str
    order: str
    has_acted: bool = False

    def act(self, connection: Connection, _: Any, statement: str, *__: Any) -> None:
        """Give the order just before the first statement of the awaited form, in the same transaction."""
        if not self.has_acted and re.match(self.before, statement):
            self.has_acted = True
            connection.connection.cursor().execute(self.order)


@contextmanager
def interloper(before: str, order: str) -> Iterator[Interloper]:
    """Let somebody act once before a statement of the form, on whatever connection."""
    somebody = Interloper(before, order)
    event.listen(Engine, "before_cursor_execute", somebody.act)
    try:
        yield somebody
    finally:
        event.remove(Engine, "before_cursor_execute", somebody.act)
