"""Write `INSERT … ON CONFLICT` once for both engines."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from models.base import Table


def insert_for(session: Session, table: type[Table]) -> Any:
    """Give the insert construct of the session's engine, which knows ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    construct = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return construct(table.__table__)  # type: ignore[attr-defined]


def insert_once(session: Session, table: type[Table], row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key stands; tell whether it was inserted."""
    statement = insert_for(session, table).values(**row).on_conflict_do_nothing()
    result = session.execute(statement, execution_options={"preserve_rowcount": True})
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount == 1
