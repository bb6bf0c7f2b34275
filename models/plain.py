"""Run statements of plain columns on the driver itself, past layers that cost several times what such a statement does.

A statement is made once of the columns of tables (`columns_of`), with a parameter for each value; it is
compiled once for each engine. Types are written and read, and errors raised, as SQLAlchemy itself would.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, starmap
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Executable, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, UTCDateTime

from models.base import Table
from models.sessions import Line, line_of

Process = Callable[[Any], Any]
# One verb writes the same instant a dozen times, and each takes longer to put into words than to find again.
REMEMBERED: Final = 256
_remembered: dict[tuple[str, str], Process | None] = {}


@dataclass(frozen=True, slots=True)
class Compiled:
    """Hold the text of a statement for one engine, how its values are written and how its rows are read.

    `named` holds each value's name and how it is written; a driver takes them by name, or where `is_ordered` in order.
    """

    text: str
    is_ordered: bool
    named: Sequence[tuple[str, Process | None]]
    constants: Mapping[str, Any]
    row: Callable[..., Any]
    readers: Sequence[Process | None]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Give the values as the driver takes them."""
        given = {**self.constants, **values} if self.constants else values
        if self.is_ordered:
            return [given[name] if write is None else write(given[name]) for name, write in self.named]
        return {name: given[name] if write is None else write(given[name]) for name, write in self.named}

    def read(self, row: Sequence[Any]) -> Any:
        """Give a row of the driver with its columns by name."""
        pairs = zip(self.readers, row, strict=True)
        return self.row(*[value if reader is None else reader(value) for reader, value in pairs])

    def read_all(self, rows: Sequence[Sequence[Any]]) -> Iterable[Any]:
        """Give rows of the driver with their columns by name."""
        return map(self.read, rows) if any(self.readers) else starmap(self.row, rows)


class Plain:
    """Hold one statement, for whatever engine a session is on."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Give all rows, each with its columns by name."""
        compiled, cursor = self._execute(session, values)
        return list(compiled.read_all(cursor.fetchall()))

    def first(self, session: Session, values: Mapping[str, Any]) -> Any | None:
        """Give the first row, if there is one."""
        compiled, cursor = self._execute(session, values)
        row = cursor.fetchone()
        return None if row is None else compiled.read(row)

    def run(self, session: Session, values: Mapping[str, Any]) -> int:
        """Give how many rows were written."""
        rowcount: int = self._execute(session, values)[1].rowcount
        return rowcount

    def _execute(self, session: Session, values: Mapping[str, Any]) -> tuple[Compiled, Any]:
        line = line_of(session)
        compiled = self.compiled_for(line.connection)
        return compiled, _execute(line, compiled.text, compiled.parameters(values))

    def compiled_for(self, connection: Connection) -> Compiled:
        """Give the statement as the connection's engine takes it."""
        return self._compiled.get(connection.dialect.name) or self._compile(connection)

    def _compile(self, connection: Connection) -> Compiled:
        dialect = connection.dialect
        compiled = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)  # noqa: S101
        # What SQLAlchemy would fill in by itself is filled in by nobody here: such a column has to be named.
        assert not [*compiled.insert_prefetch, *compiled.update_prefetch]  # noqa: S101
        binds = {name: compiled.binds[name] for name in compiled.bind_names.values()}
        order = compiled.positiontup
        columns = getattr(self._statement, "exported_columns", [])
        self._compiled[dialect.name] = found = Compiled(
            text=str(compiled),
            is_ordered=order is not None,
            named=[(name, _writer(binds[name].type, dialect)) for name in (binds if order is None else order)],
            constants={name: bind.effective_value for name, bind in binds.items() if not bind.required},
            row=row_of([column.name for column in columns]),
            readers=[_reader(column.type, dialect) for column in columns],
        )
        return found


class Insertion(Plain):
    """Hold the insert of whole rows of a table."""

    def __init__(self, table: type[Table]) -> None:
        names = list(table.model_fields)
        super().__init__(insert(table).values({name: bindparam(name) for name in names}))
        self._row = row_of(names)
        fields = table.model_fields.items()
        self._defaults = {
            name: each.default for name, each in fields if each.default_factory is None and not each.is_required()
        }

    def row(self, **values: Any) -> Any:
        """Make a row, which has the attributes of the table's objects; constant defaults may be left out."""
        return self._row(**{**self._defaults, **values})

    def write(self, session: Session, row: Any) -> None:
        """Insert a row."""
        self.run(session, row._asdict())


def write_together(session: Session, rows: Iterable[tuple[Insertion, Any]]) -> None:
    """Insert rows of several tables in order; PostgreSQL gets all of them before it is asked for an answer."""
    line = line_of(session)
    connection = line.connection
    try:
        with line.driver.pipeline() if connection.dialect.name == "postgresql" else nullcontext():
            for insertion, alike in groupby(rows, key=itemgetter(0)):
                compiled = insertion.compiled_for(connection)
                values = [compiled.parameters(row._asdict()) for _, row in alike]
                _execute_each(line, compiled.text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(error, connection, "INSERT") from error


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Undo what a block has done when it raises, and let the transaction go on.

    The block may use plain statements only: of objects that it adds the session would know nothing afterwards.
    """
    line = line_of(session)
    _execute(line, "SAVEPOINT block")
    try:
        yield
        session.flush()
    except BaseException:
        # A full disk has ended SQLite's whole transaction by itself, and a dead connection its own.
        if not line.connection.invalidated and getattr(line.driver, "in_transaction", True):
            _execute(line, "ROLLBACK TO block")
            _execute(line, "RELEASE block")
        raise
    _execute(line, "RELEASE block")


def as_sqlalchemy(error: Exception, connection: Connection, text: str) -> Exception:
    """Give the error that SQLAlchemy raises for one of the driver; raise that of a connection that is dead."""
    dialect = connection.dialect
    if dialect.is_disconnect(error, connection.connection.driver_connection, None):  # type: ignore[arg-type]
        # SQLAlchemy finds that out by itself then, and lets go of the others that died with this one.
        connection.exec_driver_sql("SELECT 1")
    return DBAPIError.instance(text, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _execute(line: Line, text: str, parameters: Any = ()) -> Any:
    _tell(line, text, parameters)
    try:
        return line.driver.execute(text, parameters)
    except line.connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(error, line.connection, text) from error


def _execute_each(line: Line, text: str, values: Sequence[Any]) -> None:
    if len(values) == 1:
        _execute(line, text, values[0])
        return
    _tell(line, text, values)
    with closing(line.driver.cursor()) as cursor:
        cursor.executemany(text, values)


def _tell(line: Line, text: str, parameters: Any) -> None:
    # Whoever listens to the engine's statements hears of these too.
    for listener in line.listeners:
        listener(line.connection, None, text, parameters, None, False)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return _remembered.setdefault((dialect.name, "write"), _remembering(process)) if _is_instant(kind) else process


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    process = kind.dialect_impl(dialect).result_processor(dialect, None)
    return _remembered.setdefault((dialect.name, "read"), _remembering(process)) if _is_instant(kind) else process


def _is_instant(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, UTCDateTime)


def _remembering(process: Process | None) -> Process | None:
    return lru_cache(maxsize=REMEMBERED)(process) if process is not None else None


def row_of(names: Sequence[str]) -> Callable[..., Any]:
    """Make a class of rows with columns by name, which they find several times as fast as rows of SQLAlchemy."""
    return namedtuple("Row", names, rename=True)
