"""Find due jobs of the outbox by an index for each of those who look for them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROWS = {
    "ix_outbox_jobs_within": "failed_at IS NULL AND kind IN ('event', 'followers')",
    "ix_outbox_jobs_outside": "failed_at IS NULL AND kind NOT IN ('event', 'followers')",
}


def upgrade() -> None:
    """Lay the two, and take away the one that both went through."""
    for name, rows in ROWS.items():
        op.create_index(name, "outbox_jobs", ["due_at"], sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))
    op.drop_index("ix_outbox_jobs_due_at", "outbox_jobs")


def downgrade() -> None:
    """Lay the one again."""
    op.create_index("ix_outbox_jobs_due_at", "outbox_jobs", ["due_at"])
    for name in ROWS:
        op.drop_index(name, "outbox_jobs")
