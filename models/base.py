"""Fix what every table shares: constraint names, identifiers, enumerations and JSON columns."""

import os
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Enum, MetaData, Text, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import SQLModel

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Stand above every table, so that all share one metadata with one naming convention."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def columns_of(table: type[Table]) -> ReadOnlyColumnCollection[str, Any]:
    """Give the plain columns of a table, for statements that are made once and read no objects."""
    columns: ReadOnlyColumnCollection[str, Any] = table.__table__.c  # type: ignore[attr-defined]
    return columns


def is_one_of(column: Any, members: Iterable[StrEnum]) -> ColumnElement[bool]:
    """Give the condition that a column has one of some members, written out, for statements that are made once."""
    condition: ColumnElement[bool] = column.in_([literal_column(f"'{member}'") for member in members])
    return condition


def enumeration(members: type[StrEnum], name: str) -> Any:
    """Store an enumeration by value as text with a CHECK, the same on both engines."""
    return Enum(
        members,
        values_callable=lambda values: [member.value for member in values],
        native_enum=False,
        create_constraint=True,
        name=name,
        length=32,
    )


def document() -> Any:
    """Store a small JSON value that is read whole and never searched."""
    return JSON(none_as_null=True)


def ordered_text() -> Any:
    """Store ASCII keys that sort by byte on both engines, whatever the collation of the database."""
    return (
        Text()
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(sqlite.TEXT(collation="BINARY"), "sqlite")
    )


def made_at(made: UUID) -> datetime:
    """Give when an id was made, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1_000, UTC)


_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Make a UUIDv7 (RFC 9562, 6.2 method 2): never smaller than one made before in this process."""
    global _last  # noqa: PLW0603
    fresh = (time.time_ns() // 1_000_000) << 74 | int.from_bytes(os.urandom(9)) >> 1 & ((1 << 73) - 1)
    with _lock:
        _last = fresh if fresh > _last else _last + 1 + (fresh & 0xFFFF)
        value = _last
    high, low = value >> 62, value & ((1 << 62) - 1)
    milliseconds, a = high >> 12, high & 0xFFF
    return UUID(int=milliseconds << 80 | 7 << 76 | a << 64 | 0b10 << 62 | low)
