"""Ask an engine how it would go about what a verb asks of it."""

from typing import Any

from sqlalchemy import Engine, event, text
from sqlmodel import Session

# Small tables are read whole and sorted on PostgreSQL, unless that is made to seem dear.
DEAR = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort")


def plans(session: Session, verb: Any) -> list[str]:
    """Give the engine's plan of each statement that a verb sends."""
    own = session.connection()
    statements: list[tuple[str, Any]] = []

    def collect(sender: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        # The chores look into the database beside the verb.
        if sender is own:
            statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", collect)
    try:
        verb(session)
    finally:
        event.remove(Engine, "before_cursor_execute", collect)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    for name in () if is_sqlite else DEAR:
        session.execute(text(f"SET LOCAL {name} = off"))
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    # Statements on the driver itself carry lists.
    given = [(sent, tuple(values) if isinstance(values, list) else values) for sent, values in statements]
    rows = [session.connection().exec_driver_sql(f"{explain} {sent}", values).all() for sent, values in given]
    return ["\n".join(str(row[-1]) for row in found) for found in rows]
