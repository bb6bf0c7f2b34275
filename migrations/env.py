"""Set Alembic to work on the connection it is handed, whose transaction is not its own to end."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TypeDecorator

from models.tables import metadata


def render_plainly(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write a type of ours or of SQLModel's as the plain type that it stores; False leaves the rest to Alembic."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_plainly,
    # SQLite alters little by itself: there a batch makes the table anew, and its triggers have to be made anew after.
    render_as_batch=True,
)
context.run_migrations()
