"""Give each test a committed database of its own: a copied file on SQLite, an emptied database on PostgreSQL."""

import shutil
from pathlib import Path

import psycopg
from psycopg import sql
from pysqlite3 import dbapi2

from migrations.run import upgrade
from tests.postgres import Server

TEMPLATE = "forum_template"
PRISTINE = "pristine"
EMPTY = sql.Identifier(PRISTINE, "empty")
TEMPLATE_LOCK = 7_301


def make_sqlite_template(path: Path) -> Path:
    """Make the migrated file that tests copy."""
    upgrade(f"sqlite:///{path}")
    return path


def copy_sqlite(template: Path, path: Path) -> str:
    """Copy the template and give the address of the copy."""
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def make_postgresql_database(server: Server, name: str) -> str:
    """Make a migrated database; the first to come makes the template, whoever comes meanwhile waits for it."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            upgrade(server.create_database(TEMPLATE))
        url = server.create_database(name, template=TEMPLATE)
    keep_pristine_rows(url)
    return url


def keep_pristine_rows(url: str) -> None:
    """Set the rows that migrations wrote aside, and make the function that puts them back."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(PRISTINE)))
        for table in _tables(connection, "public"):
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(table)).fetchone():
                kept = sql.Identifier(PRISTINE, table._obj[-1])
                connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(kept, table))
        make_emptying(connection)


def make_emptying(connection: psycopg.Connection) -> None:
    """Make the function that brings a database back to what the migrations left.

    As a replica's applier no trigger fires, neither those of foreign keys nor those that refuse to touch the log, and
    deleting a few rows is ten times as fast as TRUNCATE.
    """
    statements = [sql.SQL("DELETE FROM {}").format(table) for table in _tables(connection, "public")]
    statements += [
        sql.SQL("INSERT INTO {} TABLE {}").format(sql.Identifier("public", kept._obj[-1]), kept)
        for kept in _tables(connection, PRISTINE)
    ]
    connection.execute(
        sql.SQL(
            "CREATE FUNCTION {}() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica"
            " SET lock_timeout = '5s' AS $$ BEGIN {}; END $$"
        ).format(EMPTY, sql.SQL("; ").join(statements))
    )


def empty(url: str) -> None:
    """Bring a database back to what the migrations left."""
    with psycopg.connect(url) as connection:
        empty_through(connection)


def empty_through(connection: psycopg.Connection) -> None:
    """Bring a database back; a transaction that a test left open fails this loudly."""
    connection.execute(sql.SQL("SELECT {}()").format(EMPTY))


def restore(template: dbapi2.Connection, connection: dbapi2.Connection) -> None:
    """Write the migrated file over what a test left, whoever else has it open."""
    template.backup(connection)


def _tables(connection: psycopg.Connection, schema: str) -> list[sql.Identifier]:
    query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace"
    return [sql.Identifier(schema, name) for (name,) in connection.execute(query, [schema])]
