"""Keep what analyses quote, and serve each page of the queue and each look at an author by an index of its own."""

from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


class Index(NamedTuple):
    """Name an index, its table and columns, and of which rows it is."""

    name: str
    table: str
    columns: list[str]
    rows: str | None = None

    def create(self) -> None:
        """Lay it on either engine."""
        where: dict[str, Any] = {}
        if self.rows:
            where = {"sqlite_where": sa.text(self.rows), "postgresql_where": sa.text(self.rows)}
        op.create_index(self.name, self.table, self.columns, **where)


QUOTED = ("quote", sa.JSON()), ("quoted_id", sa.Uuid()), ("anchor", sa.JSON())
OPEN, CLOSED = "state = 'open'", "state <> 'open'"
OLD = (
    Index("ix_comments_author_id_id", "comments", ["author_id", "id"]),
    Index("ix_cases_state_opened_at", "cases", ["state", "opened_at"]),
    Index("ix_cases_open_kind", "cases", ["kind", "due_at", "opened_at"], OPEN),
)
NEW = (
    Index("ix_comments_author_id_id_status", "comments", ["author_id", "id", "status"]),
    Index("ix_comments_restricted", "comments", ["author_id", "created_at"], "status IN ('rejected', 'spam')"),
    Index("ix_cases_closed", "cases", ["state", "queue_rank", "due_at", "id"], CLOSED),
    Index("ix_cases_open_opened_at", "cases", ["opened_at"], OPEN),
    Index("ix_cases_open_due_at", "cases", ["kind", "due_at"], OPEN),
    Index("ix_cases_open_kind", "cases", ["kind", "queue_rank", "due_at", "id"], OPEN),
    Index("ix_analysis_revisions_quoted_id", "analysis_revisions", ["quoted_id"], "quoted_id IS NOT NULL"),
)


def upgrade() -> None:
    """Lay columns and indexes."""
    for name, kind in QUOTED:
        op.add_column("analysis_revisions", sa.Column(name, kind, nullable=True))
    _replace(OLD, NEW)


def downgrade() -> None:
    """Take them away."""
    _replace(NEW, OLD)
    for name, _ in QUOTED:
        op.drop_column("analysis_revisions", name)


def _replace(before: tuple[Index, ...], after: tuple[Index, ...]) -> None:
    for index in before:
        op.drop_index(index.name, index.table)
    for index in after:
        index.create()
