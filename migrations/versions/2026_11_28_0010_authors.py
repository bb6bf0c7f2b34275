"""Find how an author's last comments ended without reading the comments, however many there are."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RESTRICTED = sa.text("status IN ('rejected', 'spam')")


def upgrade() -> None:
    """Lay the indexes."""
    op.create_index("ix_comments_author_id_id_status", "comments", ["author_id", "id", "status"])
    op.create_index(
        "ix_comments_restricted",
        "comments",
        ["author_id", "created_at"],
        sqlite_where=RESTRICTED,
        postgresql_where=RESTRICTED,
    )
    op.drop_index("ix_comments_author_id_id", "comments")


def downgrade() -> None:
    """Take them away."""
    op.create_index("ix_comments_author_id_id", "comments", ["author_id", "id"])
    op.drop_index("ix_comments_restricted", "comments")
    op.drop_index("ix_comments_author_id_id_status", "comments")
