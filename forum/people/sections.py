"""Describe the sections of what a person takes away: which rows and columns, in which order, a slice at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal, select, tuple_
from sqlmodel import Session

from models.base import Table, columns_of

ROWS_A_SLICE = 100
USER: BindParameter[UUID] = bindparam("user_id")

Key = Sequence[Any]


@dataclass(frozen=True)
class Section:
    """Hold the rows of a person (asked with `user_id`), and the key that orders them and tells them apart."""

    name: str
    rows: Select[Any]
    key: tuple[ColumnElement[Any], ...]
    most: int = ROWS_A_SLICE


def own(table: type[Table], owner: str, names: str, *, key: str = "id", name: str | None = None) -> Section:
    """Make the section of a table whose column `owner` names the person."""
    columns = columns_of(table)
    rows = select(*(columns[column] for column in names.split())).where(columns[owner] == USER)
    return Section(name or str(table.__tablename__), rows, tuple(columns[column] for column in key.split()))


def below(
    table: type[Table],
    above: tuple[type[Table], str, str],
    names: str,
    *,
    key: str,
    name: str | None = None,
    most: int = ROWS_A_SLICE,
) -> Section:
    """Make the section of a table whose rows belong to rows of another, which a column names as the person's.

    `above` is that table, its column that names the person, and the column here that names its rows.
    """
    parent, owner, reference = above
    columns, parents = columns_of(table), columns_of(parent)
    rows = (
        select(*(columns[column] for column in names.split()))
        .join_from(table, parent, parents.id == columns[reference])
        .where(parents[owner] == USER)
    )
    return Section(name or str(table.__tablename__), rows, (parents.id, *(columns[one] for one in key.split())), most)


def read_slice(
    session: Session, section: Section, user_id: UUID, after: Key | None
) -> tuple[list[dict[str, Any]], Key]:
    """Give the next rows of a section, no more than its slice, and the key of the last of them."""
    keys = [column.label(f"key_{place}") for place, column in enumerate(section.key)]
    statement = section.rows.add_columns(*keys).order_by(*section.key).limit(section.most)
    if after is not None:
        reached = [literal(value, column.type) for value, column in zip(after, section.key, strict=True)]
        # The first condition says again what the second one does, since an index serves it across tables too.
        statement = statement.where(section.key[0] >= reached[0], tuple_(*section.key) > tuple_(*reached))
    rows = session.connection().execute(statement, {"user_id": user_id}).all()
    width = len(section.rows.selected_columns)
    names = [str(column.key) for column in section.rows.selected_columns]
    found = [dict(zip(names, row[:width], strict=True)) for row in rows]
    return found, tuple(rows[-1][width:]) if rows else ()
