"""Run statements of plain columns past the layer of objects, which costs several times what such a statement does."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlmodel import Session


def execute_plain(session: Session, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    """Execute a statement that was made once of the columns of tables (`columns_of`) and names no class.

    What the session has to write is written first, as before its own statements.
    """
    session.flush()
    return session.connection().execute(statement, values)
