"""Read all that an engine knows of its tables as sorted lines, so that two schemas can be compared."""

import re

from sqlalchemy import Connection, text

ALEMBIC = "alembic_version"
# SQLite makes it beside the first table whose numbers are never given twice, and never takes it away.
SEQUENCES = "sqlite_sequence"

Schema = dict[str, list[str]]

POSTGRESQL = text("""
    SELECT relname AS "table", concat_ws(' ', attname, format_type(atttypid, atttypmod), nullif(collname, 'default'),
        CASE WHEN attnotnull THEN 'NOT NULL' END, pg_get_expr(adbin, adrelid)) AS line
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conrelid::regclass::text, concat_ws(' ', conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
""")
SQLITE = text(
    "SELECT tbl_name AS \"table\", sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
)


def schema_of(connection: Connection) -> Schema:
    """Give each table's columns, constraints and indexes as the engine writes them, the order aside."""
    lines = _on_sqlite(connection) if connection.dialect.name == "sqlite" else _on_postgresql(connection)
    schema: Schema = {}
    for table, line in sorted(lines):
        if table not in {ALEMBIC, SEQUENCES}:
            schema.setdefault(table, []).append(line)
    return schema


def _on_postgresql(connection: Connection) -> list[tuple[str, str]]:
    return [(row.table, row.line) for row in connection.execute(POSTGRESQL)]


def _on_sqlite(connection: Connection) -> list[tuple[str, str]]:
    """Take statements apart, since a rebuilt table has its columns and constraints in another order."""
    lines: list[tuple[str, str]] = []
    for row in connection.execute(SQLITE):
        statement = " ".join(row.sql.replace('"', "").split())
        is_table = statement.startswith("CREATE TABLE")
        lines += [(row.table, part) for part in (_parts(statement) if is_table else [statement])]
    return lines


def _parts(statement: str) -> list[str]:
    """Cut what stands between a statement's outer parentheses at its outer commas."""
    inside = statement[statement.index("(") + 1 : statement.rindex(")")]
    parts, depth, start = [], 0, 0
    for mark in re.finditer(r"[(),]", inside):
        depth += {"(": 1, ")": -1, ",": 0}[mark.group()]
        if mark.group() == "," and depth == 0:
            parts.append(inside[start : mark.start()].strip())
            start = mark.end()
    return [*parts, inside[start:].strip()]
