"""Put columns that were read without types into the form in which JSON has them.

They come as the driver gives them. SQLite keeps ids, instants and objects as text, in forms that SQLAlchemy wrote: 32
hexadecimal digits, "2026-11-24 22:03:56.123456" in UTC, and JSON, which goes on as it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Dialect, bindparam, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator

from models.instants import format_instant


def untyped(column: Any) -> ColumnElement[Any]:
    """Give a column under its own name whose values stay as the driver gives them."""
    return type_coerce(column, NullType()).label(column.key)


class _Values(TypeDecorator[Sequence[Any]]):
    impl = NullType
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        """Write values in JSON for SQLite, which has no arrays."""
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


class IsAmong(FunctionElement[Any]):
    """Hold the condition that a column has one of the values, as the driver gives them, of a parameter.

    Its text is the same for any number of values, so that a statement with it is written and prepared once. It has no
    type, since SQLAlchemy would compare a boolean with 1 for SQLite, which then uses no index.
    """

    name = "is_among"
    inherit_cache = True

    def __init__(self, column: Any, parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=_Values()))


@compiles(IsAmong, "postgresql")
def _of_array(element: IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY({values})"


@compiles(IsAmong, "sqlite")
def _of_json(element: IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608


def id_text(value: UUID | str | None) -> Any:
    """Write an id."""
    if isinstance(value, str):
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return None if value is None else str(value)


def instant_text(value: datetime | str | None) -> Any:
    """Write an instant."""
    if isinstance(value, str):
        return f"{value[:10]}T{value[11:]}Z"
    return None if value is None else format_instant(value)


def document_for_json(value: Any) -> Any:
    """Give a document as orjson writes it out."""
    return orjson.Fragment(value) if isinstance(value, str) else value


def document_read(value: Any) -> Any:
    """Give what a document says."""
    return orjson.loads(value) if isinstance(value, str) else value


def author_for_json(author_id: UUID | str, line: dict[str, Any] | str) -> Any:
    """Give an author line with the author's id before it, as orjson writes it out."""
    if isinstance(line, str):
        return orjson.Fragment(f'{{"id":"{id_text(author_id)}",{line[1:]}')
    return {"id": id_text(author_id), **line}
