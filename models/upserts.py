"""Write `INSERT … ON CONFLICT` once for both engines."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from models.base import Table, columns_of
from models.plain import Plain

# By engine, table and the columns that are named: as many as there are places that insert.
_made: dict[tuple[object, ...], Plain] = {}


def insert_for(session: Session, table: type[Table]) -> Any:
    """Give the insert construct of the session's engine, which knows ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    construct = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return construct(table.__table__)  # type: ignore[attr-defined]


def insert_once(session: Session, table: type[Table], row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key stands; tell whether it was inserted.

    Columns with a constant default may be left out.
    """
    whole = {**_defaults(table), **row}
    kind = (session.get_bind().dialect.name, table, *whole)
    if kind not in _made:
        named: dict[str, Any] = {name: bindparam(name) for name in whole}
        _made[kind] = Plain(insert_for(session, table).values(named).on_conflict_do_nothing())
    return _made[kind].run(session, whole) == 1


def insert_or_renew(
    session: Session, table: type[Table], row: Mapping[str, Any], *, key: Sequence[str], renewed: Sequence[str]
) -> None:
    """Insert a whole row, or give the one with its key these columns anew."""
    kind = (session.get_bind().dialect.name, table, *row, *renewed)
    if kind not in _made:
        insert = insert_for(session, table).values({name: bindparam(name) for name in row})
        anew = {name: insert.excluded[name] for name in renewed}
        _made[kind] = Plain(insert.on_conflict_do_update(index_elements=key, set_=anew))
    _made[kind].run(session, row)


@cache
def _defaults(table: type[Table]) -> Mapping[str, Any]:
    return {column.name: column.default.arg for column in columns_of(table) if column.default}
